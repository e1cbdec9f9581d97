"""The web application: routes, layers, and what is made once for all requests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from engross.settings import Settings
from engross.web import accounts, api, events, files, interview, later, operator
from engross.web.guard import Guard, Limits, Taps, TooMuch
from engross.web.pages import STATIC
from engross.web.site import AT_ONE_PLACE, Interviews, Refused, Site, log, refuse, trouble_page


def create_app(settings: Settings, visits: Any, store: Any, interviews: Interviews) -> Starlette:
    """The application over ``visit.Visits``, an open store and the interviews that are served."""
    secure = (settings.url or "").startswith("https:")
    site = Site(
        settings=settings,
        visits=visits,
        store=store,
        interviews=interviews,
        secure=secure,
        posts=Taps(settings.posts_per_second, settings.posts_burst),
        places=Taps(settings.posts_per_second * AT_ONE_PLACE, settings.posts_burst * AT_ONE_PLACE),
        starts=Taps(settings.sessions_per_hour / 3600, settings.sessions_per_hour),
        door=operator.Door(),
    )
    accounts.prepare(site)
    limits = Limits(
        body_bytes=settings.body_limit,
        file_bytes=settings.file_limit,
        fields=settings.field_count_limit,
        header_bytes=settings.header_limit,
        seconds=settings.request_seconds,
    )

    async def refuse_early(request: Request, status: int, message: str) -> ASGIApp:
        request.scope["app"] = app
        return refuse(request, status, message)

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        site.stopping = anyio.Event()
        if settings.url or settings.host not in ("127.0.0.1", "::1", "localhost"):
            here = settings.url or f"http://{settings.host}:{settings.port}"
            log.info("operator page, once", link=f"{here.rstrip('/')}{settings.root_path}/operator/enter/{site.door.token}")
        if settings.accounts:
            await site.run(accounts.say_first_link, site)
        yield
        site.stopping.set()

    app = Starlette(
        debug=False,
        routes=routes(),
        lifespan=life,
        middleware=[
            Middleware(Guard, limits=limits, secure=secure, frame_ancestors=settings.frame_ancestors, refuse=refuse_early),
            Middleware(GZipMiddleware, minimum_size=800),
        ],
        exception_handlers={Refused: _refused, TooMuch: _too_much, HTTPException: _http_error, Exception: _failed},
    )
    app.state.site = site
    return app


def routes() -> list[Route | Mount]:
    """Every address of the site."""
    return [
        Route("/", interview.first_page, methods=["GET"]),
        Route("/interview", interview.show, methods=["GET"]),
        Route("/interview", interview.submit, methods=["POST"]),
        Route("/interview/back", interview.back, methods=["POST"]),
        Route("/interview/action", interview.act, methods=["POST"]),
        Route("/interview/join", interview.join, methods=["POST"]),
        Route("/interview/lookup", interview.look_up, methods=["POST"]),
        Route("/interview/checkin", interview.check_in, methods=["POST"]),
        Route("/interview/restart", interview.restart, methods=["POST"]),
        Route("/interview/delete", interview.delete, methods=["POST"]),
        Route("/interview/language", interview.choose_language, methods=["POST"]),
        Route("/interview/variables", interview.variables, methods=["GET"]),
        Route("/interview/later", later.page, methods=["GET"]),
        Route("/interview/later", later.make, methods=["POST"]),
        Route("/interview/later/end", later.end, methods=["POST"]),
        Route("/resume/{token}", later.resume_page, methods=["GET"]),
        Route("/resume/{token}", later.resume, methods=["POST"]),
        Route("/interview/events", events.stream, methods=["GET"]),
        Route("/interview/state", events.state, methods=["GET"]),
        Route("/files/{file_id}", files.download, methods=["GET"]),
        Route("/files/{file_id}/{name}", files.download, methods=["GET"]),
        Route("/packagestatic/{package}/{path:path}", files.package_static, methods=["GET"]),
        Route("/operator", operator.page, methods=["GET"]),
        Route("/operator/retry", operator.try_again, methods=["POST"]),
        Route("/operator/enter/{token}", operator.entrance, methods=["GET"]),
        Route("/operator/enter/{token}", operator.enter, methods=["POST"]),
        Route("/healthz", operator.health, methods=["GET"]),
        Route("/readyz", operator.readiness, methods=["GET"]),
        Route("/metrics", operator.metrics, methods=["GET"]),
        *accounts.routes(),
        *api.routes(),
        Mount("/static", OwnFiles(directory=STATIC)),
    ]


class OwnFiles(StaticFiles):
    """Our own style, script and vendored files; kept by browsers, because their address changes with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            versioned = b"v=" in scope["query_string"]
            response.headers["cache-control"] = "public, max-age=31536000, immutable" if versioned else "public, max-age=300"
        return response


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - registered for this class only
    return refuse(request, error.status, error.message, retry_after=error.retry_after)


async def _too_much(request: Request, error: Exception) -> Response:
    assert isinstance(error, TooMuch)  # noqa: S101 - registered for this class only
    return refuse(request, error.status, error.message)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    said = {404: "This page is not here.", 405: "This page cannot be used like that."}
    return refuse(request, error.status_code, said.get(error.status_code, "We could not do that."))


async def _failed(request: Request, error: Exception) -> Response:
    return trouble_page(request, error, interview=None)
