"""Invitations: what an address says so that it leads others into a session that several people answer.

No table stands behind them: an invitation is the session's id and the time when it ends, sealed by the server's key, so that neither
can be read or made by others and the same invitation has the same address each time. Whether the session (still) takes guests, and
whether it is there at all, is asked when somebody comes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from engross.store.vault import Vault

HOUR = 3600
_PURPOSE = "invitation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What an invitation says."""

    session_id: str
    needs_multi_user: bool
    """Whether it holds only while the session's ``multi_user`` is true."""


class Invitations:
    """The invitations of all sessions."""

    def __init__(self, vault: Vault) -> None:
        self._ring = vault.ring

    def make(self, session_id: str, *, needs_multi_user: bool, hours: float | None = None) -> str:
        """Text for an address. With *hours* it ends by itself: at the end of the hour after them, so that it does not change with
        each look at a page."""
        until = 0 if hours is None else int((time.time() + hours * HOUR) // HOUR + 1)
        return self._ring.seal_text(f"{session_id} {int(needs_multi_user)} {until}", _PURPOSE)

    def read(self, token: str) -> Invitation | None:
        """What ``make`` wrote; None when it was not made here or has ended."""
        text = self._ring.open_text(token, _PURPOSE)
        if text is None:
            return None
        session_id, needs, until = text.split(" ")
        if int(until) and time.time() >= int(until) * HOUR:
            return None
        return Invitation(session_id=session_id, needs_multi_user=needs == "1")
