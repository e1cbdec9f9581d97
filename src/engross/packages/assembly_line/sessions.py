"""Saved answer sets: answers kept under a name, to be used again in another form; and answers as JSON.

An answer set is a session of ``al_saved_sessions_store.yml`` that belongs to who is signed in. Names, arguments and what they give are
AssemblyLine's; where it asks docassemble's tables, ours asks ``context.Shelf``, so nobody's sessions but the visitor's own are found.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from engross.context import OtherSession, current
from engross.library.actions import interview_url, url_action
from engross.library.asking import all_variables, set_parts, set_variables, user_logged_in, validation_error
from engross.library.bundles import ALDocument, ALDocumentBundle, ALStaticDocument
from engross.library.collections import DADict, DAList, DASet
from engross.library.dates import as_datetime, format_date
from engross.library.exhibits import ALExhibit, ALExhibitList
from engross.library.files import DAFile, DAFileCollection, DAFileList
from engross.library.interchange import log, serializable_dict
from engross.library.locales import get_config, get_language
from engross.library.objects import DAObject
from engross.library.session_tables import note
from engross.library.sessions import (
    create_session,
    get_session_variables,
    set_session_variables,
)
from engross.library.templates import DALazyTemplate
from engross.library.words import word
from engross.names import same_interview

__all__ = [
    "al_session_store_default_filename",
    "al_sessions_variables_to_remove",
    "config_with_language_fallback",
    "delete_interview_sessions",
    "export_interview_variables",
    "find_matching_sessions",
    "get_combined_filename_list",
    "get_filenames_having_sessions",
    "get_filtered_session_variables",
    "get_filtered_session_variables_string",
    "get_interview_metadata",
    "get_saved_interview_list",
    "interview_list_html",
    "is_file_like",
    "is_valid_json",
    "load_interview_answers",
    "load_interview_json",
    "nice_interview_subtitle",
    "rename_current_session",
    "rename_interview_answers",
    "save_interview_answers",
    "session_list_html",
    "set_current_session_metadata",
    "set_interview_metadata",
    "update_current_session_metadata",
    "update_session_metadata",
]

LABEL = "metadata"
al_session_store_default_filename = "engross.packages.assembly_line:data/questions/al_saved_sessions_store.yml"
"""The interview that answer sets are sessions of."""
al_sessions_variables_to_remove = {
    "_internal", "all_courts", "allow_cron", "court_emails", "device_local", "docket_number", "docket_numbers", "feedback_form",
    "github_repo_name", "github_user", "interview_short_title", "macourts", "menu_items", "metadata_title", "multi_user", "nav",
    "session_local", "speak_text", "url_args", "user_ask_role", "user_local",
}  # fmt: skip
"""What belongs to one form or one session, and not into an answer set."""
_PAPERS = (DAFile, DAFileCollection, DAFileList, ALDocument, ALDocumentBundle, ALStaticDocument, ALExhibit, ALExhibitList, DALazyTemplate)
_HOW_LISTED = ("auto_title", "title", "description", "steps", "progress", "original_interview_filename", "answer_count")


def is_file_like(obj: Any) -> bool:
    """Whether it is a file, a paper or a text made anew each time: things that are not copied with answers."""
    return isinstance(obj, _PAPERS)


# ------------------------------------------------------------------------------------------------ what is noted of a session


def set_interview_metadata(filename: str, session_id: str, data: Mapping[str, Any], metadata_key_name: str = LABEL) -> None:
    """Note *data* of a session (``title``, ``description`` …) in place of what was noted before. Raises DAError."""
    note(session_id, metadata_key_name, dict(data), replace=True)


def update_session_metadata(filename: str, session_id: str, data: Mapping[str, Any], metadata_key_name: str = LABEL) -> None:
    """Add *data* to what is noted of a session. Raises DAError."""
    note(session_id, metadata_key_name, dict(data))


def set_current_session_metadata(data: Mapping[str, Any], metadata_key_name: str = LABEL) -> None:
    """As ``set_interview_metadata``, of this session."""
    note(None, metadata_key_name, dict(data), replace=True)


def update_current_session_metadata(data: Mapping[str, Any], metadata_key_name: str = LABEL) -> None:
    """As ``update_session_metadata``, of this session."""
    note(None, metadata_key_name, dict(data))


def get_interview_metadata(filename: str, session_id: str, metadata_key_name: str = LABEL) -> dict[str, Any]:
    """What is noted of a session; nothing of one that is not the visitor's."""
    if session_id == current().session_id:
        return dict(current().internal.misc.get("snapshots", {}).get(metadata_key_name) or {})
    return next((dict(one.notes.get(metadata_key_name) or {}) for one in current().shelf.all() if one.id == session_id), {})


def rename_interview_answers(filename: str, session_id: str, new_name: str, metadata_key_name: str = LABEL) -> None:
    """Give a session another title. Raises DAError."""
    update_session_metadata(filename, session_id, {"title": new_name}, metadata_key_name)
    if session_id == current().session_id:
        set_parts(subtitle=new_name)
    else:
        set_session_variables(filename, session_id, {"_internal['subtitle']": new_name}, overwrite=True)


def rename_current_session(new_name: str, metadata_key_name: str = LABEL) -> None:
    """Give this session another title."""
    rename_interview_answers(current().interview_file, current().session_id, new_name, metadata_key_name)


# --------------------------------------------------------------------------------------------------- saving and loading


def get_filtered_session_variables(
    filename: str | None = None,
    session_id: str | None = None,
    variables_to_filter: Iterable[str] | None = None,
    additional_variables_to_filter: Iterable[str] | None = None,
) -> dict[str, Any]:
    """A copy of the answers of a session (this one when none is named), without files and what belongs to one form."""
    left_out = set(variables_to_filter or al_sessions_variables_to_remove) | set(additional_variables_to_filter or ())
    if filename and session_id:
        answers = get_session_variables(filename, session_id, simplify=False)
    else:
        answers = all_variables(simplify=False, make_copy=True)
    kept = {name: value for name, value in answers.items() if name not in left_out and not is_file_like(value)}
    seen: set[int] = set()
    for value in kept.values():
        _without_files(value, seen)
    return kept


def _without_files(value: Any, seen: set[int]) -> None:
    """Take files and papers out of *value* and what it holds."""
    if id(value) in seen or not isinstance(value, DAObject):
        return
    seen.add(id(value))
    for name, held in list(vars(value).items()):
        if is_file_like(held):
            delattr(value, name)
        else:
            _without_files(held, seen)
    elements = vars(value).get("elements")
    match elements:
        case dict() if isinstance(value, DADict):
            for key in [key for key, held in elements.items() if is_file_like(held)]:
                del elements[key]
        case list() | set() if isinstance(value, DAList | DASet):
            value.elements = type(elements)(held for held in elements if not is_file_like(held))
    for held in elements.values() if isinstance(elements, dict) else elements or ():
        _without_files(held, seen)


def get_filtered_session_variables_string(
    filename: str | None = None,
    session_id: str | None = None,
    variables_to_filter: Iterable[str] | None = None,
    additional_variables_to_filter: Iterable[str] | None = None,
    indent: int = 4,
) -> str:
    """The same as JSON, in the shape that ``load_interview_json`` reads."""
    found = get_filtered_session_variables(filename, session_id, variables_to_filter, additional_variables_to_filter)
    return json.dumps(serializable_dict(found), indent=indent)


def save_interview_answers(
    filename: str = al_session_store_default_filename,
    variables_to_filter: Iterable[str] | None = None,
    metadata: dict[str, Any] | None = None,
    metadata_key_name: str = LABEL,
    original_interview_filename: str | None = None,
    source_filename: str | None = None,
    source_session: str | None = None,
    additional_variables_to_filter: Iterable[str] | None = None,
) -> str:
    """Copy the answers of a session (this one when none is named) into a new answer set; its id. *metadata*: its ``title`` …"""
    answers = get_filtered_session_variables(source_filename, source_session, variables_to_filter, additional_variables_to_filter)
    form = all_variables(special="metadata").get("title") or current().interview_file
    said = {
        **(metadata or {}),
        "steps": current().internal.steps,
        "original_interview_filename": original_interview_filename or str(form).strip(),
        "answer_count": len(answers),
    }
    made = create_session(filename)
    titles = {"_internal['subtitle']": said["title"]} if said.get("title") else {}
    set_session_variables(filename, made, {**answers, **titles}, overwrite=True)
    set_interview_metadata(filename, made, said, metadata_key_name)
    return made


def load_interview_answers(
    old_interview_filename: str,
    old_session_id: str,
    new_session: bool = False,
    new_interview_filename: str | None = None,
    variables_to_filter: Iterable[str] | None = None,
    additional_variables_to_filter: Iterable[str] | None = None,
) -> Any:
    """Take the answers of a session into this one, or into a new one, whose id is given. True when that went well.
    Raises DAError when there is no such session."""
    answers = get_filtered_session_variables(old_interview_filename, old_session_id, variables_to_filter, additional_variables_to_filter)
    return _taken(answers, new_session, new_interview_filename, process_objects=False)


def load_interview_json(
    json_string: str, new_session: bool = False, new_interview_filename: str | None = None, variables_to_filter: Iterable[str] | None = None
) -> Any:
    """Take answers from JSON into this session, or into a new one, whose id is given. True when that went well. Raises ValueError."""
    answers = json.loads(json_string)
    if not isinstance(answers, dict):
        raise ValueError("The JSON must be a table of variables.")
    kept = {name: value for name, value in answers.items() if name not in set(variables_to_filter or ())}
    return _taken(kept, new_session, new_interview_filename, process_objects=True)


def _taken(answers: dict[str, Any], new_session: bool, filename: str | None, *, process_objects: bool) -> Any:
    if not new_session:
        set_variables(answers, process_objects=process_objects)
        return True
    target = filename or current().interview_file
    made = create_session(target)
    set_session_variables(target, made, answers, process_objects=process_objects)
    return made


def export_interview_variables(
    filename: str | None = None,
    session_id: str | None = None,
    variables_to_filter: Iterable[str] | None = None,
    output: Any = None,
    additional_variables_to_filter: Iterable[str] | None = None,
) -> Any:
    """The answers of a session (this one when none is named) as a JSON file."""
    if output is None:
        output = DAFile()
        output.set_random_instance_name()
    text = get_filtered_session_variables_string(filename, session_id, variables_to_filter, additional_variables_to_filter)
    output.initialize(filename="variables.json")
    output.write(text)
    output.commit()
    return output


def is_valid_json(json_string: str) -> bool:
    """Whether a text is JSON; the visitor is told when it is not."""
    try:
        json.loads(json_string)
    except ValueError:
        validation_error(word("This is not JSON."))
        return False
    return True


# ------------------------------------------------------------------------------------------------------------- listing


def get_saved_interview_list(
    filename: str | None = al_session_store_default_filename,
    user_id: Any = None,
    metadata_key_name: str = LABEL,
    limit: int = 50,
    offset: int = 0,
    filename_to_exclude: str = "",
    exclude_current_filename: bool = True,
    exclude_filenames: Iterable[str] | None = None,
    exclude_newly_started_sessions: bool = False,
) -> list[dict[str, Any]]:
    """The visitor's sessions of an interview (of all, when *filename* is empty), with what is noted of each; those used last first.
    A name without a colon in *exclude_filenames* leaves out a whole package. Empty when nobody is signed in."""
    if not user_logged_in():
        log("The list of saved sessions was asked for, and nobody is signed in.")
        return []
    left_out = [name for name in (filename_to_exclude, *(exclude_filenames or ())) if name]
    if exclude_current_filename:
        left_out.append(current().interview_file)
    found = [
        _listed(number, one, metadata_key_name)
        for number, one in enumerate(current().shelf.all())
        if (not filename or same_interview(one.interview, filename))
        and not any(same_interview(one.interview, name) or (":" not in name and one.interview.startswith(name)) for name in left_out)
        and not (exclude_newly_started_sessions and one.steps < 2)
    ]
    return found[max(offset, 0) : max(offset, 0) + limit]


def _listed(number: int, one: OtherSession, label: str) -> dict[str, Any]:
    noted = dict(one.notes.get(label) or {})
    when = datetime.datetime.fromtimestamp(one.touched, datetime.UTC)
    own = {
        "indexno": number, "filename": one.interview, "num_keys": one.steps, "user_id": current().person.id,
        "modtime": as_datetime(when.isoformat(), timezone=current().timezone), "key": one.id,
    }  # fmt: skip
    return {**own, **{name: noted.get(name) for name in _HOW_LISTED}, "data": noted}


def find_matching_sessions(
    keyword: str,
    metadata_column_names: Iterable[str] | None = None,
    filenames: Iterable[str] | None = None,
    user_id: Any = None,
    metadata_key_name: str = LABEL,
    limit: int = 50,
    offset: int = 0,
    filename_to_exclude: str = "",
    exclude_current_filename: bool = True,
    exclude_filenames: Iterable[str] | None = None,
    exclude_newly_started_sessions: bool = False,
    **_: Any,
) -> list[dict[str, Any]]:
    """The visitor's sessions with *keyword* in something noted of them (``title auto_title description``), in any case of its letters."""
    columns = list(metadata_column_names or ("title", "auto_title", "description"))
    rows = get_saved_interview_list(
        None, None, metadata_key_name, 10_000, 0, filename_to_exclude, exclude_current_filename, exclude_filenames, exclude_newly_started_sessions
    )
    wanted = list(filenames or ())
    found = [
        row
        for row in rows
        if (not wanted or any(same_interview(row["filename"], name) for name in wanted))
        and (not keyword or any(keyword.casefold() in str(row["data"].get(name) or "").casefold() for name in columns))
    ]
    return found[max(offset, 0) : max(offset, 0) + limit]


def get_filenames_having_sessions(user_id: Any = None, global_search_allowed_roles: Any = None) -> list[str]:
    """The interviews that the visitor has sessions of."""
    return list(dict.fromkeys(one.interview for one in current().shelf.all())) if user_logged_in() else []


def get_combined_filename_list(user_id: Any = None, global_search_allowed_roles: Any = None) -> list[dict[str, str]]:
    """The same as choices: reference → title."""
    titles = {one.interview: str(one.metadata.get("title") or one.interview).strip() for one in current().shelf.all()} if user_logged_in() else {}
    return [{reference: title} for reference, title in titles.items()]


def delete_interview_sessions(
    user_id: Any = None, filename_to_exclude: str = al_session_store_default_filename, exclude_current_filename: bool = True
) -> None:
    """Delete the visitor's sessions, but not answer sets and sessions of this interview."""
    kept = [name for name in (filename_to_exclude, current().interview_file if exclude_current_filename else "") if name]
    for one in current().shelf.all() if user_logged_in() else ():
        if not any(same_interview(one.interview, name) for name in kept):
            current().shelf.delete(one.id)


def nice_interview_subtitle(answer: Mapping[str, Any], exclude_identical: bool = True) -> str:
    """What to call a session in a list."""
    return str(answer.get("title") or answer.get("auto_title") or answer.get("description") or "")


def interview_list_html(
    filename: str = al_session_store_default_filename,
    user_id: Any = None,
    metadata_key_name: str = LABEL,
    exclude_newly_started_sessions: bool = False,
    date_label: str | None = None,
    details_label: str | None = None,
    actions_label: str | None = None,
    delete_label: str | None = None,
    view_label: str | None = None,
    load_action: str = "al_sessions_fast_forward_session",
    delete_action: str = "al_sessions_delete_session",
    view_only: bool = False,
    limit: int = 50,
    offset: int = 0,
    display_interview_title: bool = True,
    show_view_button: bool = True,
    answers: list[dict[str, Any]] | None = None,
) -> str:
    """The visitor's answer sets as a table: a name to load each, when it was saved, and a way to delete it. Empty without any."""
    rows = answers if answers is not None else get_saved_interview_list(
        filename, None, metadata_key_name, limit, offset, "", False, None, exclude_newly_started_sessions
    )  # fmt: skip
    shown = [row for row in rows if row["key"] != current().session_id]
    if not shown:
        return ""
    head = "".join(
        f'<th scope="col">{escape(str(text))}</th>'
        for text in (word("Name"), date_label or word("Date"), details_label or word("Details"), actions_label or word("Actions"))
    )
    lines = []
    for row in shown:
        name = nice_interview_subtitle(row) or str(row["filename"])
        target = url_action(load_action, i=row["filename"], session=row["key"])
        first = escape(name) if view_only else f'<a href="{escape(target)}">{escape(name)}</a>'
        doing = _link(url_action(delete_action, filename=row["filename"], session=row["key"]), delete_label or word("Delete"), name)
        if show_view_button:
            doing += " " + _link(interview_url(i=row["filename"], session=row["key"], local=True), view_label or word("View"), name)
        details = escape(str(row.get("original_interview_filename") or "")) if display_interview_title else ""
        lines.append(f'<tr class="al-saved-answer-table-row"><td>{first}</td><td>{format_date(row["modtime"])}</td><td>{details}</td><td>{doing}</td></tr>')
    return (
        '<div class="table-responsive"><table class="table table-striped al-saved-answer-table">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _link(address: str, words: str, name: str) -> str:
    """A link whose name says what it is about."""
    return f'<a href="{escape(address)}">{escape(str(words))}<span class="visually-hidden"> {escape(name)}</span></a>'


def session_list_html(
    filename: str | None = None, user_id: Any = None, metadata_key_name: str = LABEL, limit: int = 50, offset: int = 0,
    exclude_filenames: Iterable[str] | None = None, exclude_newly_started_sessions: bool = False,
    answers: list[dict[str, Any]] | None = None, **_: Any,
) -> str:  # fmt: skip
    """The visitor's forms in progress as a table: a name that leads on, and when each was used last. Empty without any."""
    rows = answers if answers is not None else get_saved_interview_list(
        filename, None, metadata_key_name, limit, offset, al_session_store_default_filename, True, exclude_filenames, exclude_newly_started_sessions
    )  # fmt: skip
    lines = [
        f'<tr><td><a href="{escape(interview_url(i=row["filename"], session=row["key"], local=True))}">'
        f'{escape(nice_interview_subtitle(row) or str(row["filename"]))}</a></td><td>{format_date(row["modtime"])}</td></tr>'
        for row in rows
    ]
    return f'<div class="table-responsive"><table class="table table-striped al-saved-session-table"><tbody>{"".join(lines)}</tbody></table></div>' if lines else ""


def config_with_language_fallback(config_key: str, top_level_config_key: str | None = None) -> str | None:
    """A text of the server's ``config``, under ``assembly line``, ``interview list``; a table gives it by language."""
    found = ((get_config("assembly line") or {}).get("interview list") or {}).get(config_key) or get_config(top_level_config_key or config_key)
    if isinstance(found, Mapping):
        found = found.get(get_language()) or next(iter(found.values()), None)
    return None if found is None else str(found)
