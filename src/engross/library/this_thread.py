"""``this_thread``: docassemble's name for what is at hand during a visit, for the packages that look into it.

Everything is read from the visit's context. Interviews do not need it; published libraries do.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from engross.context import current_or_none, moment, outside
from engross.library.locales import get_country, get_language, surroundings


class GlobalVariables:
    """What ``set_info`` set: ``user``, ``role``; None for what was not."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return moment().info.get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        moment().info[name] = value


@dataclass(frozen=True, slots=True)
class CurrentQuestion:
    """The block that runs, as far as packages ask for it."""

    package: str
    """The package of its file: a library's objects look for files of the library."""


class ThisThread:
    """The visit that is going on, under docassemble's names."""

    global_vars = GlobalVariables()

    @property
    def evaluation_context(self) -> str | None:
        """``docx``, ``pdf`` …, or None for a screen."""
        return surroundings().medium

    @property
    def language(self) -> str:
        return get_language()

    @property
    def locale(self) -> str:
        return str(surroundings().locale)

    @property
    def country(self) -> str:
        return get_country()

    @property
    def misc(self) -> dict[str, Any]:
        """What library code keeps while a page is made."""
        return surroundings().screen

    @property
    def internal(self) -> dict[str, Any]:
        """docassemble's ``_internal``."""
        context = current_or_none()
        memory = getattr(context.internal, "memory", None) if context else None
        return memory() if memory else {}

    @property
    def current_question(self) -> CurrentQuestion:
        context = current_or_none()
        if context is None:
            return CurrentQuestion("")
        return CurrentQuestion(getattr(context.moment.block, "package", None) or context.package)

    @property
    def current_info(self) -> dict[str, Any]:
        return get_current_info()


this_thread = ThisThread()


def get_current_info() -> dict[str, Any]:
    """The session, the interview, the user and the action of this visit, as docassemble's table of them."""
    context = current_or_none()
    if context is None:
        return {}
    person = context.person
    info: dict[str, Any] = {
        "session": context.session_id,
        "yaml_filename": context.interview_file,
        "url": context.url,
        "url_root": context.url.split("/interview")[0] + "/",
        "encrypted": True,
        "interface": "worker" if context.purpose.value == "job" else "web",
        "clientip": context.device.get("ip"),
        "headers": {"User-Agent": context.device.get("user_agent", "")},
        "user": {
            "is_anonymous": not person.logged_in,
            "is_authenticated": person.logged_in,
            "theid": person.id,
            "email": person.email,
            "firstname": person.first_name,
            "lastname": person.last_name,
            "roles": sorted(person.roles),
            "timezone": person.timezone,
        },
    }
    if context.action is not None:
        info |= {"action": context.action, "arguments": dict(context.action_arguments)}
    return info


def get_uid() -> str | None:
    """The session's id; older than ``user_info().session``."""
    context = current_or_none()
    return context.session_id if context is not None else None


def empty_globals() -> dict[str, Any]:
    """The start of a state for ``global_context``: nothing."""
    return {}


_SAID_OUTSIDE = ("language", "locale", "timezone", "country", "currency", "medium", "config", "screen")


@contextmanager
def global_context(state: Any) -> Iterator[ThisThread]:
    """Tests of packages run in it: what they set outside of a visit is forgotten afterwards."""
    here = outside()
    before = {name: copy.copy(getattr(here, name)) for name in _SAID_OUTSIDE}
    info = dict(moment().info)
    try:
        yield this_thread
    finally:
        for name, value in before.items():
            setattr(here, name, value)
        moment().info.clear()
        moment().info.update(info)
