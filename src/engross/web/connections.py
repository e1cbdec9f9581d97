"""Connections: how long the server holds a browser's connection that has nothing to do, and how many of them.

A connection that the server closes at the moment when a form is sent on it loses the form on its way; the browser, or the person,
has to send it again. uvicorn closes idle connections after five seconds, which is about as long as people think about a question. So
they are held longer than proxies hold theirs (nginx: 60 seconds), and as this is longer than needed when very many people come, the
one that has been idle for longest goes when there are too many.
"""

from __future__ import annotations

import resource
from typing import Any

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from engross.settings import Settings

IDLE_SECONDS = 75
"""How long an idle connection is held. Proxies in front must hold theirs for less: the end that closes first never loses a request."""
MOST_IDLE = 1000
"""Idle connections that are held at once, if the system allows as many; each costs about 10 kB."""


def most_idle() -> int:
    """``MOST_IDLE``, or half of the files that this process may open, whichever is less."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_IDLE if soft == resource.RLIM_INFINITY else max(1, min(MOST_IDLE, soft // 2))


class Held(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # uvicorn chooses the class by what is installed
    """One connection of the server. A new one closes that which has been idle for longest when there are more than ``most``."""

    most = most_idle()
    since = 0.0
    """Time of the loop at which it was opened or the last answer on it was complete."""

    def connection_made(self, transport: Any) -> None:
        """Somebody connects."""
        super().connection_made(transport)
        self.since = self.loop.time()
        if len(self.connections) > self.most:
            idle = [one for one in self.connections if one is not self and isinstance(one, Held) and one.is_idle]
            if len(idle) >= self.most:
                min(idle, key=lambda one: one.since).transport.close()

    def on_response_complete(self) -> None:
        """An answer was sent."""
        self.since = self.loop.time()
        super().on_response_complete()

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered; one whose head has not wholly come is none yet."""
        return not self.transport.is_closing() and (self.cycle is None or self.cycle.response_complete)


def config(application: Any, settings: Settings) -> uvicorn.Config:
    """How *application* is served."""
    return uvicorn.Config(
        application,
        host=settings.host,
        port=settings.port,
        http=Held,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=round(settings.stop_seconds),
    )
