"""Sessions: what interview code may do with the other sessions of its visitor, docassemble's way.

Only those that belong to who is signed in, and those that the session has made itself, are there (``context.Shelf``); of all others
each function says that there is no such session.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engross import quoting
from engross.context import OtherSession, current
from engross.errors import AuthorError
from engross.library.asking import all_variables, session_tags, set_parts, set_variables
from engross.library.dates import as_datetime
from engross.library.interchange import serializable_dict
from engross.library.question_data import question_data
from engross.library.session_tables import no_such_session
from engross.names import same_interview

_INTERNAL_TITLES = {f"_internal[{quote}{name}{quote}]": name for name in ("title", "subtitle", "short title") for quote in "'\""}
"""How interviews set the titles of another session → which it is."""


def create_session(yaml_filename: str, secret: str | None = None, url_args: Mapping[str, Any] | None = None) -> str:
    """A new session of an interview; its id. It belongs to who is signed in. *secret* has no meaning here: all is encrypted."""
    arguments = {str(name): str(value) for name, value in (url_args or {}).items()}
    return current().shelf.create(str(yaml_filename), url_arguments=arguments)


def get_session_variables(yaml_filename: str, session_id: str, secret: str | None = None, simplify: bool = True) -> dict[str, Any]:
    """The answers of another session, as JSON data; with ``simplify=False`` as they are. Raises DAError when there is none."""
    if session_id == current().session_id:
        return dict(all_variables(simplify=simplify, make_copy=not simplify))
    try:
        answers = current().shelf.variables(session_id)
    except KeyError:
        raise no_such_session() from None
    return serializable_dict(answers) if simplify else answers


def set_session_variables(
    yaml_filename: str,
    session_id: str,
    variables: Mapping[str, Any],
    secret: str | None = None,
    question_name: str | None = None,
    overwrite: bool = False,
    process_objects: bool = False,
) -> None:
    """Set variables of another session: path → value. With *process_objects* they come from JSON. Raises DAError when there is none.

    *question_name* and *overwrite* have no effect: no step is added to the other session, so there is none to write over.
    """
    titles = {_INTERNAL_TITLES[path]: value for path, value in variables.items() if path in _INTERNAL_TITLES}
    if session_id == current().session_id:
        set_parts(**titles)
        set_variables({path: value for path, value in variables.items() if path not in _INTERNAL_TITLES}, process_objects)
        return
    given: Mapping[str, Any] = variables
    if process_objects:
        from engross.library.structures import transform_json_variables

        quoting.remember(current().internal.typed, dict(variables))
        given = transform_json_variables(dict(variables))
    try:
        current().shelf.put(session_id, {path: value for path, value in given.items() if path not in _INTERNAL_TITLES}, titles)
    except KeyError:
        raise no_such_session() from None


def run_action_in_session(
    yaml_filename: str,
    session_id: str,
    action: str,
    arguments: Mapping[str, Any] | None = None,
    persistent: bool = False,
    overwrite: bool = False,
    secret: str | None = None,
) -> bool:
    """Run an action in another session, now: its changes are there when this returns, and stay when this session goes back.

    A question that the action asks is not put to the other session's visitor, unless the action is *persistent*. With *overwrite* it adds
    no step. Raises DAError when there is no such session, AuthorError for this one, and what the action's code raises.
    """
    _check_other("run_action_in_session", session_id)
    try:
        current().shelf.act(session_id, action, arguments or {}, persistent=persistent, step=not overwrite)
    except KeyError:
        raise no_such_session() from None
    return True


def go_back_in_session(yaml_filename: str, session_id: str, secret: str | None = None, return_question: bool = False) -> dict[str, Any] | None:
    """Undo the last step of another session; at its first nothing happens. With *return_question* what it shows then
    (``get_question_data``). Raises DAError when there is no such session, AuthorError for this one."""
    _check_other("go_back_in_session", session_id)
    try:
        current().shelf.back(session_id)
    except KeyError:
        raise no_such_session() from None
    return get_question_data(yaml_filename, session_id) if return_question else None


def get_question_data(yaml_filename: str, session_id: str, secret: str | None = None) -> dict[str, Any]:
    """What another session asks now, in docassemble's words (``question_data``); it takes no step. Raises DAError when there is no such
    session, AuthorError for this one."""
    _check_other("get_question_data", session_id)
    try:
        return question_data(current().shelf.screen(session_id))
    except KeyError:
        raise no_such_session() from None


def _check_other(function: str, session_id: str) -> None:
    if session_id == current().session_id:
        raise AuthorError(f"{function}() is for other sessions; it was given this one.")


def interview_list(
    exclude_invalid: bool = True,
    action: str | None = None,
    filename: str | None = None,
    session: str | None = None,
    user_id: Any = None,
    include_dict: bool = True,
    delete_shared: bool = False,
    next_id: str | None = None,
    query: Any = None,
) -> Any:
    """The sessions of who is signed in, the one used last first: ``([{filename, session, title …}], None)``; None when nobody is.

    With *action* ``delete`` (of *filename* and *session*) or ``delete_all`` (of *filename*, or all but this one): how many were
    deleted. *user_id* finds nobody else's. *query* chooses by *filename* as far as it names any (``DA.Sessions.filename == …``).
    """
    context = current()
    if not context.person.logged_in:
        return None
    found = [
        one
        for one in context.shelf.all()
        if (filename is None or same_interview(one.interview, filename))
        and (session is None or one.id == session)
        and (query is None or bool(query.holds(one)))
    ]
    if action in ("delete", "delete_all"):
        return sum(context.shelf.delete(one.id) for one in found if one.id != context.session_id)
    if action is not None:
        raise AuthorError(f"interview_list() knows the actions `delete` and `delete_all`, not `{action}`.")
    return [_row(one, include_dict) for one in found], None


def _row(one: OtherSession, include_dict: bool) -> dict[str, Any]:
    context = current()
    row: dict[str, Any] = {
        "filename": one.interview,
        "session": one.id,
        "modtime": _local(one.touched),
        "starttime": _local(one.created),
        "utc_modtime": as_datetime(_iso(one.touched), timezone="UTC"),
        "utc_starttime": as_datetime(_iso(one.created), timezone="UTC"),
        "title": str(one.titles.get("title") or _noted(one, "title") or one.metadata.get("title") or one.interview),
        "subtitle": one.titles.get("subtitle"),
        "user_id": context.person.id,
        "temp_user_id": None,
        "email": context.person.email,
        "tags": session_tags() if one.id == context.session_id else {str(tag) for tag in one.metadata.get("tags") or ()},
        "metadata": dict(one.metadata),
        "valid": True,
    }
    if include_dict:
        row["dict"] = get_session_variables(one.interview, one.id, simplify=False)
    return row


def _noted(one: OtherSession, name: str) -> Any:
    return next((said[name] for said in one.notes.values() if said.get(name)), None)


def _iso(seconds: float) -> str:
    import datetime

    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat()


def _local(seconds: float) -> Any:
    return as_datetime(_iso(seconds), timezone=current().timezone)

