"""What a screen costs over HTTP while fifty people answer and two others have papers made without a pause.

    script/bench web [--visitors 50] [--seconds 60] [--think 5]

A real ``engross serve`` with one worker, and one process that plays all visitors, share the machine. The server's share of a screen is
what its own clock says (the histogram engross_screen_seconds of /metrics: thinking and writing, without the way to the browser; no page waits for papers here, which it would do on purpose for a second); beside
it stands what the visitors see, which holds the client's own waiting as well. Seconds of the processor are those of the web process. The
last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import tempfile
from pathlib import Path

import httpx

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "bars"), str(Path(__file__).resolve().parents[2])]

import real  # noqa: E402

MOST_MS = 100.0
"""p95 of the server's share of a screen."""
MOST_KB = 120.0
"""First question page with what it loads, gzipped; a font of icons not counted."""
BUCKET = re.compile(r'^engross_screen_seconds_bucket\{le="([^"]+)"\} ([0-9.e+]+)$', re.MULTILINE)
LOADED = re.compile(r'<(?:link[^>]*rel="(?:stylesheet|icon)"[^>]*href|link[^>]*href|script[^>]*src|img[^>]*src)="([^"#]+)"')


def buckets(server: real.Real) -> dict[float, float]:
    """Upper border in seconds → screens that took at most so long, since the start."""
    return {float(border): float(count) for border, count in BUCKET.findall(httpx.get(f"{server.address}/metrics").text)}


def percentile(before: dict[float, float], after: dict[float, float], share: float) -> float:
    """Milliseconds below which *share* of the screens between two looks stay, between two borders by proportion."""
    counts = {border: after[border] - before.get(border, 0.0) for border in sorted(after)}
    wanted = share * max(counts.values())
    below, under = 0.0, 0.0
    for border, count in counts.items():
        if count >= wanted:
            if border == float("inf"):
                return below * 1000
            return (below + (border - below) * (wanted - under) / max(count - under, 1e-9)) * 1000
        below, under = border, count
    return below * 1000


def weight(server: real.Real, interview: Path) -> dict[str, float]:
    """Kilobytes on the way for the first question page, by kind."""
    sizes: dict[str, float] = {}
    with httpx.Client(base_url=server.address, headers={"accept-encoding": "gzip"}) as browser:

        def sent(address: str, **more: dict[str, str]) -> tuple[str, str, float]:
            with browser.stream("GET", address, follow_redirects=True, **more) as answer:
                raw = b"".join(answer.iter_raw())
                kind = answer.headers.get("content-type", "").partition(";")[0]
            return kind, address, len(raw) / 1024

        _, _, sizes["page"] = sent("/interview", params={"i": str(interview)})
        page = browser.get("/interview", params={"i": str(interview)}, follow_redirects=True).text
        for address in dict.fromkeys(LOADED.findall(page)):
            if address.startswith("/"):
                kind, _, kilobytes = sent(address.replace("&amp;", "&"))
                sizes[kind] = sizes.get(kind, 0.0) + kilobytes
    return sizes


def main() -> int:
    """Measure and print; 1 when something was lost or refused, or the page is too heavy."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--think", type=float, default=5.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="engross-bench-") as folder:
        interview = real.twelve_questions(Path(folder) / "interview")
        with real.real(interview, workers=1, office_pool=2, screen_wait_seconds=0) as server:
            sizes = weight(server, interview)
            asyncio.run(real.crowd(server, interview, visitors=4, think=0.1, seconds=3, makers=2))  # warm: LibreOffice is up
            before, used = buckets(server), server.cpu()
            course = asyncio.run(real.crowd(server, interview, visitors=options.visitors, think=options.think, seconds=options.seconds, makers=2))
            used = server.cpu() - used
            after = buckets(server)
            memory = server.memory()
    screens = after[float("inf")] - before.get(float("inf"), 0.0)
    figures = {
        "visitors": options.visitors,
        "screens": int(screens),
        "server_p50_ms": round(percentile(before, after, 0.5), 1),
        "server_p95_ms": round(percentile(before, after, 0.95), 1),
        "seen_p50_ms": round(course.percentile(0.5) * 1000, 1),
        "seen_p95_ms": round(course.percentile(0.95) * 1000, 1),
        "seen_p99_ms": round(course.percentile(0.99) * 1000, 1),
        "cpu_ms_per_request": round(used * 1000 / max(screens, 1), 2),
        "web_memory_mb": memory >> 20,
        "first_page_kb": round(sum(size for kind, size in sizes.items() if "font" not in kind), 1),
        "errors": course.errors + course.statuses["503"],
        "lost": course.lost,
    }
    print("first question page, gzipped: " + ", ".join(f"{kind} {size:.1f} kB" for kind, size in sizes.items()))
    print(f"server's share of a screen: p95 {figures['server_p95_ms']} ms (at most {MOST_MS:g}); page {figures['first_page_kb']} kB (at most {MOST_KB:g})")
    print(json.dumps(figures))
    return int(course.lost > 0 or course.errors > 0 or figures["first_page_kb"] > MOST_KB)


if __name__ == "__main__":
    sys.exit(main())
