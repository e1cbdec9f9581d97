"""Elsewhere: what an interview may ask of accounts, records and services that Engross does not offer.

Each function exists, so that an interview loads; it gives the quiet answer where docassemble has one, else it says which
service is not configured.
"""

from __future__ import annotations

import datetime
from typing import Any

from engross.context import current
from engross.errors import OperatorError
from engross.library.dates import as_datetime, current_datetime
from engross.library.objects import NotConfigured


def _missing(function: str, service: str) -> OperatorError:
    return OperatorError(f"{function}() was called, but {service} is not configured on this server.")


def _refuses(function: str, service: str) -> Any:
    def refuse(*pargs: Any, **kwargs: Any) -> Any:
        raise _missing(function, service)

    refuse.__name__ = refuse.__qualname__ = function
    refuse.__doc__ = f"Not configured: {service}."
    return refuse


_ACCOUNTS = "managing accounts from interviews"
_TELEPHONE = "a telephone service"

get_user_list = _refuses("get_user_list", _ACCOUNTS)
set_user_info = _refuses("set_user_info", _ACCOUNTS)
get_user_secret = _refuses("get_user_secret", _ACCOUNTS)
create_user = _refuses("create_user", _ACCOUNTS)
invite_user = _refuses("invite_user", _ACCOUNTS)
manage_privileges = _refuses("manage_privileges", _ACCOUNTS)


def get_user_info(user_id: Any = None, email: str | None = None) -> dict[str, Any] | None:
    """What is known of who is signed in: ``id email first_name last_name privileges timezone active``; None when nobody is, and of
    everybody else."""
    person = current().person
    if not person.logged_in or (user_id is not None and str(user_id) != str(person.id)) or (email is not None and email != person.email):
        return None
    return {
        "id": person.id, "email": person.email, "first_name": person.first_name, "last_name": person.last_name,
        "privileges": sorted(person.roles), "timezone": person.timezone, "active": True,
    }  # fmt: skip


get_sms_session = _refuses("get_sms_session", _TELEPHONE)
initiate_sms_session = _refuses("initiate_sms_session", _TELEPHONE)
terminate_sms_session = _refuses("terminate_sms_session", _TELEPHONE)


variables_snapshot_connection = _refuses("variables_snapshot_connection", "a database of snapshots")
variables_snapshot_connect = _refuses("variables_snapshot_connect", "a database of snapshots")
interview_email = _refuses("interview_email", "incoming e-mail")
run_python_module = _refuses("run_python_module", "running modules as programs")


def send_sms(*pargs: Any, **kwargs: Any) -> bool:
    """Text messages are not configured: False, as docassemble says when sending fails."""
    return False


def send_fax(*pargs: Any, **kwargs: Any) -> FaxStatus:
    """Fax is not configured: a status that says so."""
    return FaxStatus()


class FaxStatus:
    """How a fax stands: not configured."""

    def status(self) -> str:
        """In a word."""
        return "not-configured"

    def pages(self) -> int:
        """How many pages were sent."""
        return 0

    def info(self) -> dict[str, str]:
        """What is known of it."""
        return {"FaxStatus": "not-configured"}

    def received(self) -> bool:
        """Whether it arrived."""
        return False


def get_emails(key: str | None = None, index: Any = None) -> list[Any]:
    """E-mails that came for the session: none."""
    return []


class RelationshipTree(NotConfigured):
    """Relations between objects."""

    _service = "the relationship tree"
    _page = "https://docassemble.org/docs/objects.html#RelationshipTree"


# ---------------------------------------------------------------------------------------------------------------- times


def start_time(timezone: str | None = None) -> Any:
    """When the session began."""
    began = current().internal.starttime
    return current_datetime(timezone) if began is None else as_datetime(began, timezone=timezone)


def last_access_time(
    include_privileges: Any = None,
    exclude_privileges: Any = None,
    include_cron: bool = False,
    timezone: str | None = None,
) -> Any:
    """When somebody last used the session before this visit, or None."""
    times = [time for time in current().internal.accesstime.values() if time is not None]
    return as_datetime(max(times), timezone=timezone) if times else None


def last_access_delta(*pargs: Any, **kwargs: Any) -> datetime.timedelta:
    """How long ago that was."""
    last = last_access_time(*pargs, **kwargs)
    return datetime.timedelta(0) if last is None else current_datetime() - last


def last_access_days(*pargs: Any, **kwargs: Any) -> float:
    """How many days ago that was."""
    return last_access_delta(*pargs, **kwargs).total_seconds() / 86400.0


def last_access_hours(*pargs: Any, **kwargs: Any) -> float:
    """How many hours ago that was."""
    return last_access_delta(*pargs, **kwargs).total_seconds() / 3600.0


def last_access_minutes(*pargs: Any, **kwargs: Any) -> float:
    """How many minutes ago that was."""
    return last_access_delta(*pargs, **kwargs).total_seconds() / 60.0


def returning_user(
    minutes: float | None = None, hours: float | None = None, days: float | None = None
) -> bool:
    """Whether the visitor was away for longer than that; six hours when nothing is said."""
    away = last_access_delta().total_seconds()
    if minutes is not None:
        return away > minutes * 60
    if hours is not None:
        return away > hours * 3600
    return away > (days * 86400 if days is not None else 6 * 3600)
