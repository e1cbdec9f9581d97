"""For those who run the site: is it alive, can it work, what does it do.

``/healthz`` says that the process answers, ``/readyz`` that it can save answers, ``/metrics`` counts. None of them holds an answer,
a name or an id of a session.
"""

from __future__ import annotations

import anyio
import sqlalchemy as sa
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    generate_latest,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from engross.web.numbers import JOBS, registry
from engross.web.site import Site, is_loopback, site_of

READY_SECONDS = 5


async def health(request: Request) -> Response:
    """``/healthz``: the process answers."""
    return PlainTextResponse("ok\n")


async def readiness(request: Request) -> Response:
    """``/readyz``: the database answers, or 503."""
    site = site_of(request)
    with anyio.move_on_after(READY_SECONDS):
        trouble = await site.run(_database_trouble, site)
        return JSONResponse({"database": trouble or "ok"}, 503 if trouble else 200)
    return JSONResponse({"database": "did not answer in time"}, 503)


def _database_trouble(site: Site) -> str | None:
    """What is wrong with the database in a word, or None."""
    try:
        with site.store.database.read() as connection:
            connection.execute(sa.text("select 1"))
    except Exception as error:  # noqa: BLE001 - whatever it is, the site cannot work
        return type(error).__name__
    return None


async def metrics(request: Request) -> Response:
    """``/metrics`` for Prometheus; only from this machine."""
    if not is_loopback(request):
        return PlainTextResponse("Ask from the machine itself.\n", 403)
    site = site_of(request)
    if hasattr(site.store, "jobs"):
        for name, count in (await site.run(site.store.jobs.counts)).items():
            JOBS.labels(state=str(name)).set(count)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
