"""Actions: links and buttons that ask the interview for something, and work done in the background.

A link carries the name of an action (an event, a variable, or one of the engine's own, ``_da_…``) and its arguments as base64
of JSON, as docassemble's links do; ``web`` takes it apart and the engine runs it for the session's own visitor.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

from engross import names
from engross.context import Purpose, TaskReport, TaskState, current, current_or_none, moment
from engross.errors import AuthorError
from engross.flow import BackgroundResponse, BackgroundResponseAction
from engross.library import words
from engross.library.interchange import safe_json
from engross.library.locales import get_config

WAIT_SECONDS = 20.0
"""How long code may wait for a task's result, at most."""
_VOLATILE = re.compile(r"^x[.\[]|^x$|\[[ijklmn]\]")
_COLORS = frozenset(
    ["primary", "secondary", "tertiary", "success", "danger", "warning", "info", "light", "dark", "link"]
)

# -------------------------------------------------------------------------------------------------------------- links


def _check_stable(function: str, action: str) -> str:
    """*action*, unless it names ``x`` or ``i``, which mean nothing once the link is clicked."""
    if _VOLATILE.search(action):
        raise AuthorError(
            f"{function}() was given `{action}`, but x and i … mean nothing when the link is clicked. Use the object's own "
            "name: x.attr_name('…'), or x[i].instanceName."
        )
    return action


LINKS = "links"
"""Where a session keeps (in ``Answers.misc``) the marks of the links to built-in actions that code of its interview made."""
MOST_LINKS = 5000
"""Marks that are kept; the oldest are forgotten first. They are those of the links of a page, which are made again with it."""


def canonical(action: str, arguments: Any) -> str:
    """This action with these arguments in a form to be compared."""
    return json.dumps([action, arguments], sort_keys=True, default=str)


def mark_of(action: str, arguments: Any) -> str:
    """Tells this action with these arguments from every other."""
    return hashlib.sha256(canonical(action, arguments).encode()).hexdigest()[:32]


def _noted(action: str, arguments: Mapping[str, Any]) -> None:
    """A link to a built-in action was made by code, not typed by a visitor: only such a one does what it says (``visit.act``)."""
    context = current_or_none()
    misc = getattr(context.internal, "misc", None) if context is not None else None
    if misc is None or not action.startswith("_da_"):
        return
    made: dict[str, bool] = misc.setdefault(LINKS, {})
    made[mark_of(action, arguments)] = True
    while len(made) > MOST_LINKS:
        del made[next(iter(made))]


def encoded_action(action: str, arguments: Mapping[str, Any]) -> str:
    """The value of a link's ``action``: base64 of JSON, without padding."""
    plain = safe_json(dict(arguments))
    _noted(action, plain)
    text = json.dumps({"action": action, "arguments": plain})
    return base64.b64encode(text.encode()).decode().rstrip("=")


def _with_priority(action: str, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """``_forget_prior=True``: the action comes before everything that still waits."""
    if arguments.pop("_forget_prior", False):
        return "_da_priority_action", {"_action": action, "_arguments": arguments}
    return action, arguments


def url_action(action: str, **kwargs: Any) -> str:
    """The address of a link that runs *action* with these arguments in the visitor's session."""
    action, arguments = _with_priority(_check_stable("url_action", action), kwargs)
    context = current_or_none()
    page = urlsplit(context.url).path if context is not None else "/interview"
    interview = context.interview_file if context is not None else ""
    return f"{page}?{_query({'action': encoded_action(action, arguments), 'i': interview})}"


_SPOILED = re.compile(r"_(?![0-9A-Za-z])|(?<![0-9A-Za-z])_|-(?=-)|(?<=-)-|\.(?=\.)|(?<=\.)\.")
"""What Markdown would take in an address for emphasis, a dash or an ellipsis."""


def _query(values: Mapping[str, Any]) -> str:
    """The part of an address after its question mark, so written that a text of Markdown may hold it."""
    return _SPOILED.sub(lambda found: f"%{ord(found.group()):02X}", urlencode(values))


def _interview_address(arguments: dict[str, Any]) -> str:
    """An address of an interview; ``i`` chooses another one, ``local`` leaves out the server's name."""
    context = current()
    local = arguments.pop("local", False)
    arguments.pop("style", None)
    hours = [given for name in ("temporary", "once_temporary") if (given := arguments.pop(name, None))]
    is_here = "i" not in arguments and not any(arguments.get(name) for name in ("reset", "new_session"))
    chosen = str(arguments.pop("i", None) or context.interview_file)
    if ":" not in chosen and chosen != context.interview_file:
        chosen = f"{context.package}:data/questions/{chosen.removeprefix('data/questions/')}"
    named = arguments.get("session") or (context.session_id if is_here else None)
    if named and context.session_id and (invitation := context.shelf.invite(str(named), hours=_hours(hours[0]) if hours else None)):
        arguments["session"] = invitation
    query = {
        key: "1" if value is True else value for key, value in arguments.items() if value not in (None, False)
    }
    page = urlsplit(context.url).path if local else context.url
    return f"{page}?{_query({'i': chosen} | query)}"


def _hours(given: Any) -> float:
    """How long an address holds: hours; as in docassemble ``True`` is a day."""
    return 24.0 if given is True else float(given)


def interview_url(**kwargs: Any) -> str:
    """The address of the interview; other arguments become its ``url_args``. While ``multi_user`` is true it is an invitation: it leads
    others into this session; with *session*, into one that this one has made. *temporary* is for how many hours it does."""
    return _interview_address(kwargs)


def interview_url_action(action: str, **kwargs: Any) -> str:
    """The full address of a link that runs *action*; to be sent or printed."""
    own = {
        name: kwargs.pop(name) for name in ("i", "local", "new_session", "reset", "session") if name in kwargs
    }
    action, arguments = _with_priority(_check_stable("interview_url_action", action), kwargs)
    return _interview_address(own | {"action": encoded_action(action, arguments)})


def _as_qr(address: str, width: Any, alt_text: Any) -> str:
    from engross.library.files import qr_code

    return qr_code(address, width=width, alt_text=alt_text)


def interview_url_as_qr(width: Any = None, alt_text: Any = None, **kwargs: Any) -> str:
    """``interview_url`` as a square that telephones read."""
    return _as_qr(interview_url(**kwargs), width, alt_text)


def interview_url_action_as_qr(action: str, width: Any = None, alt_text: Any = None, **kwargs: Any) -> str:
    """``interview_url_action`` as a square that telephones read."""
    return _as_qr(interview_url_action(action, **kwargs), width, alt_text)


def url_ask(data: Any) -> str:
    """The address of a link that asks for variables, in order; beside names, ``{undefine|invalidate|recompute|set|follow up:
    …}`` and ``{action: …, arguments: …}``."""
    wishes: list[Any] = []
    for entry in data if isinstance(data, list) else [data]:
        for wish in _wishes(entry):
            if wish not in wishes:
                wishes.append(wish)
    return url_action("_da_force_ask", variables=wishes)


def _wishes(entry: Any) -> list[Any]:
    match entry:
        case str():
            return [_name(entry)]
        case {"action": str(action), "arguments": dict(arguments)} if len(entry) == 2:
            return [{"action": _check_stable("url_ask", action), "arguments": arguments}]
        case {"set": list(pairs)} if len(entry) == 1:
            clean = [[_name(name), value] for pair in pairs for name, value in pair.items()]
            return [{"action": "_da_set", "arguments": {"variables": clean}}]
        case {"follow up": list(variables)} if len(entry) == 1:
            return [{"action": _name(name), "arguments": {}} for name in variables]
        case {"invalidate": list(variables)} if len(entry) == 1:
            return [_built_in("_da_invalidate", variables)]
        case {"undefine": list(variables)} if len(entry) == 1:
            return [_built_in("_da_undefine", variables)]
        case {"recompute": list(variables)} if len(entry) == 1:
            return [_built_in("_da_undefine", variables), _built_in("_da_compute", variables)]
    raise AuthorError(f"url_ask(): {entry!r} is neither a variable name nor something that can be asked for.")


def _built_in(action: str, variables: list[Any]) -> dict[str, Any]:
    return {"action": action, "arguments": {"variables": [_name(name) for name in variables]}}


def _name(text: Any) -> str:
    name = text.strip() if isinstance(text, str) else ""
    if not names.is_path(name):
        raise AuthorError(f"url_ask(): {text!r} is not a variable name.")
    return _check_stable("url_ask", name)


def action_menu_item(label: str, action: str, **kwargs: Any) -> dict[str, Any]:
    """An entry for ``menu_items`` that runs *action*."""
    size = kwargs.pop("_screen_size", None)
    item = {"label": label, "url": url_action(action, **kwargs)}
    return item | {"screen_size": size} if size is not None else item


def action_arguments() -> dict[str, Any]:
    """The arguments of the action that runs."""
    given = safe_copy(current().action_arguments)
    if "_initial" in given and "_changed" in given:
        del given["_initial"], given["_changed"]
    return given


def safe_copy(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A copy that the caller may change."""
    import copy

    return copy.deepcopy(dict(arguments))


def action_argument(item: str | None = None) -> Any:
    """One argument of the action that runs, or None; without a name, the action itself."""
    context = current()
    return context.action if item is None else context.action_arguments.get(item)


# ------------------------------------------------------------------------------------------------------------ buttons


def button_color(purpose: str, otherwise: str) -> str:
    """The color of a button for *purpose* (``edit delete add reorder``), as ``button colors`` of the configuration says."""
    colors = get_config("button colors") or {}
    return str(colors.get(purpose, otherwise))


def icon_html(icon: Any) -> str:
    """A Font Awesome icon as HTML, with a space after it; nothing when *icon* is not a name."""
    if not isinstance(icon, str) or not icon:
        return ""
    name = re.sub(r"^(fa[a-z])-fa-", r"\1 fa-", icon)
    if not re.search(r"^fa[a-z-]* fa-", name):
        name = f"fa-solid fa-{name}"
    for old, new in (("fas ", "fa-solid "), ("far ", "fa-regular "), ("fab ", "fa-brands ")):
        if name.startswith(old):
            name = new + name.removeprefix(old)
    return f'<i class="{html.escape(name)}"></i> '


def _size(size: str) -> str:
    return "" if size == "md" else f" btn-{size if size in ('sm', 'lg') else 'sm'}"


def _more(classes: Any) -> str:
    return f" {html.escape(str(classes))}" if classes else ""


def action_button_html(
    url: str,
    icon: Any = None,
    color: str = "success",
    size: str = "sm",
    block: bool = False,
    label: Any = "Edit",
    classname: Any = None,
    new_window: Any = None,
    id_tag: str | None = None,
) -> str:
    """A link that looks like a button, as HTML."""
    label = label if isinstance(label, str) else "Edit"
    color = color if color in _COLORS else "dark"
    target = {None: "", True: 'target="_blank" ', False: 'target="_self" '}.get(
        new_window, f'target="{html.escape(str(new_window))}" '
    )
    tag = f" id={json.dumps(html.escape(id_tag))}" if id_tag is not None else ""
    classes = f"btn{_size(size)}{' btn-block' if block else ''} btn-{color} btn-darevisit{_more(classname)}"
    return (
        f'<a {target}href="{_escaped(url)}"{tag} class="{classes}">{icon_html(icon)}{words.word(label)}</a> '
    )


def _escaped(url: str) -> str:
    """An address inside an attribute; what is escaped already stays."""
    return url if "&amp;" in url else html.escape(url)


def small_button(url: str, purpose: str, label: str, icon: str, css_class: str = "") -> str:
    """The Edit or Delete button of a table's row, as HTML."""
    color = button_color(purpose, {"edit": "secondary", "delete": "danger"}.get(purpose, "secondary"))
    classes = f"btn btn-sm btn-{color} btn-darevisit{css_class}"
    words_shown = f'<span class="text-nowrap"><i class="{icon}"></i> {label}</span>'
    return f'<a href="{_escaped(url)}" role="button" class="{classes}">{words_shown}</a>'


def add_button(
    url: str, label: str, *, icon: Any, color: str | None, size: str, block: bool, css_class: Any
) -> str:
    """The button that adds an item to a list, as HTML."""
    color = color or button_color("add", "secondary")
    color = color if color in _COLORS - {"link"} else "success"
    classes = f"btn{_size(size)}{' btn-block' if block else ''} btn-{color} btn-darevisit{_more(css_class)}"
    return f'<a href="{_escaped(url)}" class="{classes}">{icon_html(icon)}{label}</a>'


def reorder_buttons(instance_name: str, index: Any) -> str:
    """The buttons that move a table's row up and down, as HTML. The page makes links of them (``engine.screen.moves_in``)."""
    color = button_color("reorder", "info")
    for by in (-1, 1):
        url_action("_da_list_move", list=instance_name, item=index, by=by)  # so that the page may ask for it
    table = base64.b64encode(instance_name.encode()).decode().rstrip("=")
    up, down = (html.escape(words.word(f"Reorder by moving {way}")) for way in ("up", "down"))
    classes = f"btn btn-sm btn-{color} btn-darevisit"
    return (
        f'<span class="text-nowrap"><a href="#" role="button" class="{classes} datableup" data-tablename="{table}" '
        f'data-tableitem="{index}" title="{up}"><i class="fa-solid fa-arrow-up"></i>'
        f'<span class="visually-hidden">{words.word("Move up")}</span></a> '
        f'<a href="#" role="button" class="{classes} databledown"><i class="fa-solid fa-arrow-down" title="{down}"></i>'
        f'<span class="visually-hidden">{words.word("Move down")}</span></a></span> '
    )


# --------------------------------------------------------------------------------------------------------- background


class Task:
    """Work in the background: what ``background_action`` returns. Kept with the answers; holds only its id."""

    def __init__(self, task_id: str) -> None:
        self.id = task_id

    def _report(self) -> TaskReport:
        return current().jobs.report(self.id)

    def _ended(self) -> TaskReport:
        """How the task ended; waits for it, though not for ever."""
        report = self._report()
        return report if _is_over(report) else current().jobs.wait(self.id, WAIT_SECONDS)

    def ready(self) -> bool:
        """Whether the task has ended, well or not."""
        return _is_over(self._report())

    def failed(self) -> bool:
        """Whether the task ended without a result."""
        return self._report().state in (TaskState.FAILURE, TaskState.REVOKED)

    def wait(self) -> bool:
        """Wait until the task ends."""
        self._ended()
        return True

    def get(self) -> Any:
        """The task's value: what ``background_response`` gave; None when it failed."""
        return self._ended().value

    def result(self) -> SimpleNamespace:
        """``value``, ``error_type``, ``error_message`` of the task."""
        report = self._ended()
        return SimpleNamespace(
            value=report.value,
            error_type=report.error_type,
            error_message=report.error_message,
            error_trace=None,
            variables=None,
        )

    def revoke(self, terminate: bool = True) -> None:
        """Stop the task."""
        current().jobs.cancel(self.id)

    def state(self) -> str:
        """``PENDING STARTED SUCCESS FAILURE REVOKED``"""
        return self._report().state.value

    def status(self) -> str:
        """The same as ``state``."""
        return self.state()

    def date_done(self) -> datetime | None:
        """When the task ended, or None."""
        finished = self._report().finished_at
        return datetime.fromtimestamp(finished, UTC) if finished is not None else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Task) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)


def _is_over(report: TaskReport) -> bool:
    return report.state in (TaskState.SUCCESS, TaskState.FAILURE, TaskState.REVOKED)


def background_action(action: str, ui_notification: str | None = None, **kwargs: Any) -> Task:
    """Run *action* in the background, on the answers as they are when this page is saved. *ui_notification*: ``refresh``,
    ``flash``, ``javascript``, ``fields`` or None: what the page does with the result."""
    return Task(current().jobs.start(action, kwargs, notify=ui_notification))


def background_response(*pargs: Any, **kwargs: Any) -> None:
    """End the task with this value."""
    _make_files((pargs, kwargs))
    if pargs and kwargs:
        raise BackgroundResponse({"pargs": list(pargs), "kwargs": kwargs})
    if len(pargs) > 1:
        raise BackgroundResponse(list(pargs))
    raise BackgroundResponse(pargs[0] if pargs else kwargs)


def background_response_action(*pargs: Any, **kwargs: Any) -> None:
    """End the task by running an action on the newest answers."""
    _make_files(kwargs)
    raise BackgroundResponseAction(pargs[0] if pargs else None, kwargs)


def _make_files(value: Any) -> None:
    """Papers that a task hands over exist when the task ends, also where interview code only planned them."""
    context = current_or_none()
    if context is not None and context.purpose is not Purpose.SCREEN:
        from engross.library.files import make_all

        make_all(value)


def background_error_action(action: str, **kwargs: Any) -> None:
    """Run *action* on the newest answers if the task fails."""
    moment().on_error = (action, kwargs)
