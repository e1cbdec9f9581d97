"""HTTP only: pages, files, events, API."""
