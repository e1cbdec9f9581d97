"""What is counted for Prometheus. No number has a label that tells of a visitor."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

registry = CollectorRegistry()
SCREENS = Counter("engross_screens", "Screens shown", registry=registry)
FAILURES = Counter("engross_page_failures", "Pages that an error took the place of", registry=registry)
SECONDS = Histogram(
    "engross_screen_seconds", "Seconds to think and write one screen", registry=registry,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
JOBS = Gauge("engross_jobs", "Jobs by state", ["state"], registry=registry)
CONVERTER = Info("engross_converter", "The program that makes PDFs", registry=registry)
DISK_FREE = Gauge("engross_disk_free_bytes", "Free bytes where answers are kept", registry=registry)
OLDEST_JOB = Gauge("engross_oldest_job_seconds", "Age of the oldest job that waits", registry=registry)
