"""When the session was used, and what docassemble's server can do with other sessions and accounts.

Engross keeps each session to its own visitor: code of an interview cannot read, make or change another session or an account.
Those functions are here so that packages can import them; lists are empty, and the rest says so when it is called.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, NoReturn

from engross.context import current_or_none
from engross.library.dates import DADateTime, current_datetime, dd
from engross.library.faults import DAError
from engross.library.locales import get_default_timezone

_PAGE = "docs/compatibility.md"


def _moment(value: Any, timezone: str | None) -> DADateTime:
    """A time that the engine noted (UTC when it names no zone) in *timezone*."""
    import zoneinfo

    noted = datetime.datetime.fromisoformat(value) if isinstance(value, str) else value
    if noted.tzinfo is None:
        noted = noted.replace(tzinfo=datetime.UTC)
    return dd(noted.astimezone(zoneinfo.ZoneInfo(timezone or get_default_timezone())))


def _noted(name: str) -> Any:
    context = current_or_none()
    return getattr(context.internal, name, None) if context is not None else None


def start_time(timezone: str | None = None) -> DADateTime:
    """When the session began."""
    began = _noted("starttime")
    return current_datetime(timezone) if began is None else _moment(began, timezone)


def last_access_time(
    include_privileges: Any = None,
    exclude_privileges: Any = None,
    include_cron: bool = False,
    timezone: str | None = None,
) -> DADateTime | None:
    """When the visitor was here before this page; None at the first."""
    times = (_noted("accesstime") or {}).values()
    return max((_moment(time, timezone) for time in times), default=None)


def last_access_delta(*pargs: Any, **kwargs: Any) -> datetime.timedelta:
    """How long ago that was."""
    last = last_access_time(*pargs, **kwargs)
    return datetime.timedelta(0) if last is None else current_datetime() - last


def last_access_days(*pargs: Any, **kwargs: Any) -> float:
    """How many days ago that was."""
    return last_access_delta(*pargs, **kwargs) / datetime.timedelta(days=1)


def last_access_hours(*pargs: Any, **kwargs: Any) -> float:
    """How many hours ago that was."""
    return last_access_delta(*pargs, **kwargs) / datetime.timedelta(hours=1)


def last_access_minutes(*pargs: Any, **kwargs: Any) -> float:
    """How many minutes ago that was."""
    return last_access_delta(*pargs, **kwargs) / datetime.timedelta(minutes=1)


def returning_user(
    minutes: float | None = None, hours: float | None = None, days: float | None = None
) -> bool:
    """Whether the visitor comes back after so long; six hours when nothing is said."""
    limits = [(minutes, last_access_minutes), (hours, last_access_hours), (days, last_access_days)]
    return last_access_hours() > 6 or any(limit is not None and ago() > limit for limit, ago in limits)


def get_emails(key: Any = None, index: Any = None) -> list[Any]:
    """Mail that came in for the session: none, since Engross receives no mail."""
    return []


def get_user_list(*pargs: Any, **kwargs: Any) -> tuple[list[Any], None]:
    """Accounts on this server: none that an interview may see."""
    return [], None


def get_user_info(*pargs: Any, **kwargs: Any) -> None:
    """What is known of an account: nothing that an interview may see."""
    return


def read_records(key: Any) -> dict[int, Any]:
    """What ``write_record`` kept: nothing."""
    return {}


def _refused(name: str, what: str) -> Callable[..., NoReturn]:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise DAError(f"{name}(): {what}; see {_PAGE}.")

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = f"Not in Engross: {what}."
    return refuse


_OTHER = "the code of an interview cannot reach another session"
_ACCOUNT = "the code of an interview cannot reach accounts"
_SHARED = "the code of an interview cannot keep things outside of its session"
_SMS = "there is no telephone service"
create_session = _refused("create_session", _OTHER)
get_session_variables = _refused("get_session_variables", _OTHER)
set_session_variables = _refused("set_session_variables", _OTHER)
go_back_in_session = _refused("go_back_in_session", _OTHER)
run_action_in_session = _refused("run_action_in_session", _OTHER)
get_question_data = _refused("get_question_data", _OTHER)
get_user_secret = _refused("get_user_secret", _ACCOUNT)
set_user_info = _refused("set_user_info", _ACCOUNT)
create_user = _refused("create_user", _ACCOUNT)
invite_user = _refused("invite_user", _ACCOUNT)
manage_privileges = _refused("manage_privileges", _ACCOUNT)
write_record = _refused("write_record", _SHARED)
delete_record = _refused("delete_record", _SHARED)
stash_data = _refused("stash_data", _SHARED)
retrieve_stashed_data = _refused("retrieve_stashed_data", _SHARED)
interview_email = _refused("interview_email", "no mail is received")
send_sms = _refused("send_sms", _SMS)
send_fax = _refused("send_fax", _SMS)
get_sms_session = _refused("get_sms_session", _SMS)
initiate_sms_session = _refused("initiate_sms_session", _SMS)
terminate_sms_session = _refused("terminate_sms_session", _SMS)


def run_python_module(module: str, arguments: list[str] | None = None) -> NoReturn:
    """Not in Engross: an interview starts no programs."""
    raise DAError(f"run_python_module(): an interview cannot start programs; see {_PAGE}.")


def write_answer_json(
    user_code: str, filename: str, data: Any, tags: str | None = None, persistent: bool = False
) -> None:
    """Keep *data* as the snapshot *tags* of this session, as ``store_variables_snapshot`` does."""
    context = current_or_none()
    misc = getattr(context.internal, "misc", None) if context is not None else None
    if misc is not None:
        misc.setdefault("snapshots", {})[tags] = data
