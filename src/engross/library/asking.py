"""Asking: what code of an interview says to the engine: is this defined, define that, ask this now, end with an answer.

Names are walked step by step through the answers (``names``); nothing here evaluates text. What ends a pass is raised as a
``flow.Turn``, and the engine answers it. Names and arguments are those of docassemble's functions
(https://docassemble.org/docs/functions.html).
"""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from types import FrameType, GeneratorType
from typing import Any

from engross import names, quoting
from engross.context import Context, Purpose, current, current_or_none, moment
from engross.errors import AuthorError, Undefined, UndefinedName
from engross.flow import AskFor, Command, Respond, ShowMessage, StartAgain
from engross.library.interchange import safe_json, serializable_dict
from engross.library.objects import DAObject, has
from engross.library.words import ensure_definition, word

SPECIAL = ("x", "i", "j", "k", "l", "m", "n")
"""Names that mean an object or an index while a block runs."""


class DAValidationError(Exception):
    """A visitor's input is refused; the message is shown, beside *field* if it is named."""

    says_to_visitor = True

    def __init__(self, *pargs: Any, field: str | None = None) -> None:
        super().__init__(*pargs)
        self.field = field


def validation_error(the_message: Any, field: str | None = None) -> None:
    """Refuse what the visitor typed, and say why."""
    raise DAValidationError(str(the_message), field=field)


# -------------------------------------------------------------------------------------------------- looking up names


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False
    return True


def _parse(function: str, var: Any) -> names.Path:
    str(var)  # asks for what the object needs before it complains
    if not isinstance(var, str):
        raise AuthorError(f"{function}() must be given a name as text, not {var!r}.")
    try:
        return names.parse(var)
    except names.BadPath as error:
        raise AuthorError(f"{function}() must be given a variable name, not `{var}`.") from error


def _scope(root: str, frame: FrameType | None, prior: bool) -> Mapping[str, Any]:
    """Where the name *root* has a value: the answers, else the code that called, outwards as far as the interview."""
    context = current_or_none()
    if context is not None:
        if context.moment.names_used is not None:
            context.moment.names_used.add(root)
        before = getattr(context.interviewing, "before", None) if prior else None
        if before and root in before:
            kept: Mapping[str, Any] = before
            return kept
        if root in context.namespace:
            return context.namespace
    while frame is not None and not _is_beyond_the_interview(frame):
        if frame.f_globals.get("__name__") != __name__ and root in frame.f_locals:
            return frame.f_locals
        frame = frame.f_back
    return {}


_AUTHORS_SIDE = ("engross.library.", "engross.packages.")
_MACHINERY = frozenset({"jinja2", "docxtpl", "mako", "starlette", "pytest", "_pytest"})


def _is_beyond_the_interview(frame: FrameType) -> bool:
    """Whether the frame is Engross's or a template engine's: its variables are none of the interview's."""
    module = str(frame.f_globals.get("__name__") or "")
    if module.startswith("engross.") and not module.startswith(_AUTHORS_SIDE):
        return True
    is_jinja_template = "environment" in frame.f_globals and "root" in frame.f_globals
    return is_jinja_template or module.partition(".")[0] in _MACHINERY


@contextmanager
def _probing() -> Iterator[None]:
    """While it lasts, lists and dictionaries do not grow by being looked at."""
    here = moment()
    before, here.probing = here.probing, True
    try:
        yield
    finally:
        here.probing = before


_MISSING = object()


def _step_key(step: names.Item, scope: Mapping[str, Any]) -> Any:
    """The value of a subscript; it may be a path through the same scope or through the answers."""
    context = current_or_none()
    if context is None or not isinstance(context.namespace, Mapping):
        return names.key_value(step.key, scope)
    return names.key_value(step.key, {**context.namespace, **scope})


def _item(owner: Any, key: Any) -> Any:
    """The item of a group or of a plain container as it is now, or _MISSING."""
    elements = owner.elements if isinstance(owner, DAObject) and has(owner, "elements") else owner
    try:
        return elements[key]
    except (KeyError, IndexError, TypeError):
        return _MISSING


def _probe(path: names.Path, scope: Mapping[str, Any]) -> Any:
    """The value at the path, or _MISSING; asks nothing and changes nothing."""
    if path.root not in scope:
        return _MISSING
    value = scope[path.root]
    with _probing():
        for step in path.steps:
            try:
                if isinstance(step, names.Attribute):
                    value = getattr(value, step.name, _MISSING)
                else:
                    value = _item(value, _step_key(step, scope))
            except Exception:  # noqa: BLE001 - whatever an author's property says, the value is not there now
                return _MISSING
            if value is _MISSING:
                return _MISSING
    return value


def defined(var: str, prior: bool = False) -> bool:
    """Whether the variable has a value now; asks nothing."""
    if isinstance(var, str) and _is_literal(var):
        return True
    path = _parse("defined", var)
    return _probe(path, _scope(path.root, sys._getframe(1), prior)) is not _MISSING


def showifdef(var: str, alternative: Any = "", prior: bool = False) -> Any:
    """The variable's value if it has one now, else *alternative*; asks nothing."""
    if isinstance(var, str) and _is_literal(var):
        return ast.literal_eval(var)
    path = _parse("showifdef", var)
    found = _probe(path, _scope(path.root, sys._getframe(1), prior))
    return alternative if found is _MISSING else found


def showif(var: str, condition: Any, alternative: Any = "") -> Any:
    """The variable's value if *condition* holds, else *alternative*."""
    return value(var) if condition else alternative


def value(var: str, prior: bool = False) -> Any:
    """The variable's value; asks for it if it has none."""
    if isinstance(var, str) and _is_literal(var):
        return ast.literal_eval(var)
    path = _parse("value", var)
    scope = _scope(path.root, sys._getframe(1), prior)
    if path.root not in scope:
        raise UndefinedName(path.root)
    found = scope[path.root]
    walked = path.root
    for step in path.steps:
        walked += str(step)
        if isinstance(step, names.Attribute):
            if not hasattr(found, step.name) and _is_nameless(found):
                raise UndefinedName(walked)
            found = getattr(found, step.name)
            continue
        try:
            key = _step_key(step, scope)
        except KeyError:
            key = value(step.key)
        item = _item(found, key)
        if item is _MISSING:
            if _is_nameless(found):
                raise UndefinedName(walked)
            item = _asked_item(found, key, walked)
        found = item
    return found


def _is_nameless(thing: Any) -> bool:
    """Whether the thing has no name of its own, so that only the path that led to it can name what is missing."""
    return isinstance(thing, DAObject) and not thing.has_nonrandom_instance_name


def _asked_item(owner: Any, key: Any, path: str) -> Any:
    if isinstance(owner, DAObject):
        return owner[key]  # type: ignore[index]
    raise UndefinedName(path)


def intrinsic_name_of(var: str, the_user_dict: Mapping[str, Any] | None = None) -> str:
    """*var*, with its longest part that is an object replaced by the object's own name: ``x.age`` → ``users[0].age``."""
    scope = current().namespace if the_user_dict is None else the_user_dict
    path = names.parse(var)
    for cut in range(len(path.steps), -1, -1):
        thing = _probe(names.Path(path.root, path.steps[:cut]), scope)
        if isinstance(thing, DAObject) and thing.has_nonrandom_instance_name:
            return thing.instanceName + "".join(map(str, path.steps[cut:]))
    return var


def _intrinsic(wish: Any) -> Any:
    """A wish of ``force_ask`` with every name in it as its object's own name."""
    if isinstance(wish, str):
        return intrinsic_name_of(wish) if names.is_path(wish) else wish
    if isinstance(wish, dict) and len(wish) == 1:
        key, given = next(iter(wish.items()))
        if key in ("undefine", "invalidate", "recompute", "follow up"):
            listed = given if isinstance(given, list) else [given]
            return {key: [_intrinsic(item) for item in listed]}
    return wish


def _unpacked(pargs: Iterable[Any]) -> list[Any]:
    """Arguments, with generators and ``map`` among them taken apart."""
    flat: list[Any] = []
    for parg in pargs:
        if isinstance(parg, GeneratorType | map | filter):
            flat.extend(parg)
        else:
            flat.append(parg)
    return flat


# ------------------------------------------------------------------------------------------------------ setting names


def define(var: str, val: Any) -> None:
    """Set the variable."""
    ensure_definition(var, val)
    names.put(current().namespace, str(_parse("define", var)), val)


def set_variables(variables: Any, process_objects: bool = False) -> None:
    """Set several variables: name → value. With *process_objects* they come from JSON, in the shape of ``all_variables``, which a
    visitor may have sent: its texts print as they stand."""
    if isinstance(variables, DAObject) and has(variables, "elements"):
        variables = variables.elements
    if not isinstance(variables, Mapping):
        raise AuthorError("set_variables() must be given a dictionary.")
    if process_objects:
        from engross.library.structures import transform_json_variables

        quoting.remember(current().internal.typed, variables)
        variables = transform_json_variables(variables)
    for var, val in variables.items():
        names.put(current().namespace, str(_parse("set_variables", var)), val)


def undefine(*pargs: Any, invalidate: bool = False) -> None:
    """Take the variables' values away; with *invalidate* they are offered as defaults when asked for again."""
    context = current()
    for var in _unpacked(pargs):
        if isinstance(var, str) and _is_literal(var):
            continue
        path = _parse("undefine", var)
        if invalidate:
            old = _probe(path, context.namespace)
            if old is not _MISSING:
                context.internal.dirty[str(path)] = old
        _forget(path, context)


def _forget(path: names.Path, context: Context) -> None:
    with _probing():
        try:
            names.delete(context.namespace, str(path))
        except TypeError:
            return  # the owner is not something that has items: nothing to forget


def invalidate(*pargs: Any) -> None:
    """Take the variables' values away, and offer them as defaults when they are asked for again."""
    undefine(*pargs, invalidate=True)


def reconsider(*pargs: Any, evaluate: bool = False) -> None:
    """Compute the variables again, each once per page."""
    context = current_or_none()
    if context is None:
        return  # a plain unit test: nothing can be computed again
    done = context.internal.reconsidered
    for var in _unpacked(pargs):
        path = intrinsic_name_of(var) if evaluate else var
        if path in done:
            continue
        undefine(path)
        done.add(path)
        value(path)


def need(*pargs: Any) -> bool:
    """Make sure the values that are handed over have been asked for: naming them is enough."""
    ensure_definition(*pargs)
    return True


def dispatch(var: str) -> bool:
    """Ask for *var*, then for the variable it names, again and again until it is ``None``."""
    _parse("dispatch", var)
    while value(var) != "None":
        value(value(var))
        undefine(value(var))
        undefine(var)
    undefine(var)
    return True


def prevent_dependency_satisfaction(function: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator: what is undefined inside *function* is an error of it and asks nothing."""

    @functools.wraps(function)
    def wrapped(*pargs: Any, **kwargs: Any) -> Any:
        try:
            return function(*pargs, **kwargs)
        except Undefined as missing:
            raise AuthorError(
                f"{function.__name__}() needs `{missing.path}`, which is not defined."
            ) from missing

    return wrapped


# ----------------------------------------------------------------------------------------------- turning to the engine


def force_ask(
    *pargs: Any, persistent: bool = True, forget_prior: bool = False, evaluate: bool = False, **kwargs: Any
) -> None:
    """Ask for these now, in order, even if they are defined."""
    wishes = _unpacked(pargs)
    if not wishes:
        raise AuthorError("force_ask() must be given the name of a variable.")
    for wish in wishes:
        if isinstance(wish, str):
            _parse("force_ask", wish)
    if forget_prior:
        current().internal.events.clear()
    if not persistent:
        raise UndefinedName(str(wishes[0]))
    raise AskFor([_intrinsic(wish) for wish in wishes] if evaluate else wishes)


def force_ask_nameerror(variable_name: str, priority: bool = False) -> None:
    """Say that the variable is undefined."""
    raise UndefinedName(str(_parse("force_ask", variable_name)))


def force_gather(*pargs: Any, forget_prior: bool = False, evaluate: bool = False) -> None:
    """Make sure these become defined, even if the interview's logic does not ask for them."""
    context = current()
    if forget_prior:
        context.internal.events.clear()
    wanted = [str(_parse("force_gather", var)) for var in _unpacked(pargs)]
    if evaluate:
        wanted = [intrinsic_name_of(var) for var in wanted]
    gathering = context.internal.gathering
    waiting = {entry["var"] for entry in gathering}
    for var in wanted:
        if var not in waiting:
            gathering.append({"var": var, "context": _special_names(context.namespace)})
    if wanted:
        raise AskFor([wanted[-1]], gathering=True)


def _special_names(namespace: MutableMapping[str, Any]) -> dict[str, Any]:
    return {name: namespace[name] for name in SPECIAL if name in namespace}


def process_action() -> None:
    """Do the action that was asked for, or the next on the stack; code that calls it says where in the interview."""
    current().interviewing.process_action()


def re_run_logic() -> None:
    """Begin again from the top of the interview, with what is now in the answers."""
    raise StartAgain


def forget_result_of(*pargs: Any) -> None:
    """Let the blocks with these ids run again, and forget the choices made in them."""
    answers = current().internal
    for block_id in _unpacked(pargs):
        name = f"ID {block_id}"
        for key in [k for k in answers.choices if k == name or k.startswith(f"{name}|WITH|")]:
            del answers.choices[key]
        answers.answered.discard(name)


def message(*pargs: Any, **kwargs: Any) -> None:
    """Show a screen made on the spot: question, subquestion, and which buttons it has."""
    raise ShowMessage(*pargs, **kwargs)


def response(*pargs: Any, **kwargs: Any) -> None:
    """Answer with text, bytes, a file, an address or nothing, in place of a page."""
    how = {"content_type": kwargs.get("content_type"), "status": kwargs.get("response_code")}
    if pargs:
        kwargs["response"] = pargs[0]
    kinds = {
        "response": "text",
        "binaryresponse": "binary",
        "file": "file",
        "url": "redirect",
        "null": "null",
    }
    for key, kind in kinds.items():
        if key in kwargs:
            raise Respond(kind, kwargs[key], **how)
    if kwargs.get("all_variables"):
        raise Respond("all_variables", kwargs.get("include_internal", False), **how)
    raise Respond("text", "Empty Response", **how)


def json_response(data: Any, response_code: int | None = None) -> None:
    """Answer with JSON in place of a page."""
    raise Respond("json", safe_json(data), content_type="application/json", status=response_code)


def variables_as_json(include_internal: bool = False) -> None:
    """Answer with all answers as JSON in place of a page."""
    raise Respond("all_variables", include_internal, content_type="application/json")


def command(*pargs: Any, **kwargs: Any) -> None:
    """Leave, restart, sign in …: ``restart new_session exit interview_exit logout exit_logout leave signin register
    refresh``."""
    kind = pargs[0] if pargs else kwargs.get("type", "exit")
    raise Command(str(kind), url=kwargs.get("url", kwargs.get("question_text")), sleep=kwargs.get("sleep"))


# ------------------------------------------------------------------------------------------------------- all answers


def all_variables(
    simplify: bool = True, include_internal: bool = False, special: Any = False, make_copy: bool = False
) -> Any:
    """All answers: as JSON data, or with ``simplify=False`` as they are. *special*: ``titles``, ``metadata`` or ``tags``."""
    context = current()
    if special == "titles":
        return _titles(context)
    if special == "metadata":
        return _copied(context.interviewing.metadata())
    if special == "tags":
        return set(session_tags())
    hidden = ("__builtins__", "_internal", "nav")
    answers = {key: item for key, item in context.namespace.items() if key not in (*hidden, *_LOCAL)}
    answers |= {key: context.namespace[key] for key in _LOCAL if key in context.namespace}
    if include_internal and hasattr(context.internal, "memory"):
        answers["_internal"] = context.internal.memory()
    if simplify:
        return serializable_dict(answers, include_internal=include_internal)
    return _copied(answers) if make_copy else answers


_LOCAL = ("session_local", "device_local", "user_local")
"""Objects beside the answers; listed after them."""


def _copied(thing: Any) -> Any:
    import copy

    return copy.deepcopy(thing)


def _titles(context: Context) -> dict[str, Any]:
    metadata = context.interviewing.metadata()
    said = context.internal.parts
    keys = {"title": "full", "short title": "short", "tab title": "tab", "subtitle": "sub", "logo": "logo"}
    found = {}
    for key, name in keys.items():
        text = said.get(key, metadata.get(key))
        if text is not None:
            found[name] = text
    return found


def store_variables_snapshot(
    data: Any = None, include_internal: bool = False, key: str | None = None, persistent: bool = False
) -> None:
    """Keep the answers (or *data*) as JSON beside the session, one for each *key*.

    They live and end with the session: there is no table of snapshots to search from outside.
    """
    context = current()
    content = (
        serializable_dict(context.namespace, include_internal=include_internal)
        if data is None
        else safe_json(data)
    )
    context.internal.misc.setdefault("snapshots", {})[key or ""] = content


def session_tags() -> set[str]:
    """The session's tags, at first those of the interview's metadata; change the set to change them."""
    context = current()
    misc = context.internal.misc
    if "tags" not in misc:
        tags = context.interviewing.metadata().get("tags")
        misc["tags"] = {str(tag) for tag in tags} if isinstance(tags, list) else set()
    tags_now: set[str] = misc["tags"]
    return tags_now


def get_user_dict() -> MutableMapping[str, Any]:
    """The answers, name → value."""
    return current().namespace


# ----------------------------------------------------------------------------------------------- how the screen looks

_PARTS = frozenset(
    {
        "title",
        "logo",
        "exit link",
        "exit label",
        "exit url",
        "pre",
        "post",
        "submit",
        "continue button label",
        "help label",
        "under",
        "right",
        "tab title",
        "short title",
        "short logo",
        "back button label",
        "corner back button label",
        "resume button label",
        "date format",
        "time format",
        "datetime format",
        "footer",
        "title url",
        "css class",
        "table css class",
        "title url opens in other window",
        "navigation bar html",
    }
)


def set_parts(**kwargs: Any) -> None:
    """Set parts of the screen: ``title``, ``subtitle``, ``short``, ``tab``, ``logo``, ``under`` …; kept until set again."""
    parts = current().internal.parts
    for short, part in (("short", "short title"), ("tab", "tab title"), ("subtitle", "subtitle")):
        if short in kwargs:
            parts[part] = kwargs[short]
    for key, text in kwargs.items():
        part = key.replace("_", " ")
        if part in _PARTS:
            parts[part] = text


set_title = set_parts


def set_progress(number: float | None) -> None:
    """Set the progress bar, in percent; None hides it."""
    current().internal.progress = number


def get_progress() -> Any:
    """The progress bar, in percent."""
    return current().internal.progress


def update_terms(dictionary: Any, auto: bool = False, language: str = "*") -> None:
    """Add terms with their definitions; with *auto* they need no braces in the text."""
    kind = "auto_terms" if auto else "terms"
    terms = current().internal.misc.setdefault(kind, {}).setdefault(language, {})
    for term, definition in _term_pairs(dictionary):
        terms[" ".join(str(term).lower().split())] = str(definition)


def _term_pairs(dictionary: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(dictionary, Mapping):
        yield from dictionary.items()
        return
    if not isinstance(dictionary, list):
        raise AuthorError("update_terms() must be given a dictionary or a list of dictionaries.")
    for entry in dictionary:
        if not isinstance(entry, Mapping):
            raise AuthorError("update_terms(): a list of terms is a list of dictionaries.")
        if entry.keys() == {"phrases", "definition"} and isinstance(entry["phrases"], list):
            for phrase in entry["phrases"]:
                yield phrase, entry["definition"]
        else:
            yield from entry.items()


def set_save_status(status: str) -> None:
    """How the answers are kept after this request: as a ``new`` step, ``overwrite`` the last one, or ``ignore``."""
    here = moment()
    if status in ("new", "overwrite", "ignore") and here.save != "ignore":
        here.save = status


def prevent_going_back() -> None:
    """Take away the way back to screens before this one."""
    moment().no_way_back = True


class DANav:
    """The sections of the interview and where the visitor is; a window on what the engine remembers."""

    @property
    def current(self) -> str | None:
        """Key of the section the visitor is in."""
        section: str | None = current().internal.section
        return section

    @current.setter
    def current(self, section: str | None) -> None:
        current().internal.section = section

    @property
    def past(self) -> set[str]:
        """Keys of the sections the visitor has been in."""
        past: set[str] = current().internal.past_sections
        return past

    @property
    def sections(self) -> Any:
        """language → sections, if code has set them."""
        return current().internal.sections

    def _flag(self, name: str, default: bool) -> bool:
        return bool(current().internal.misc.get("nav", {}).get(name, default))

    def _set_flag(self, name: str, on: bool) -> None:
        current().internal.misc.setdefault("nav", {})[name] = on

    @property
    def hidden(self) -> bool:
        """Whether the navigation bar is hidden."""
        return self._flag("hidden", False)

    @property
    def disabled(self) -> bool:
        """Whether its links are off."""
        return self._flag("disabled", False)

    @property
    def progressive(self) -> bool:
        """Whether only sections that were visited can be clicked."""
        return self._flag("progressive", True)

    @progressive.setter
    def progressive(self, on: bool) -> None:
        self._set_flag("progressive", on)

    def set_section(self, section: str) -> bool:
        """Say where the visitor is; returns whether that is new."""
        answers = current().internal
        if section == answers.section:
            return False
        answers.section = section
        answers.past_sections.add(section)
        return True

    def get_section(self, display: bool = False, language: str | None = None) -> str | None:
        """Key of the current section; with *display* its title."""
        key = self.current
        if key is None or not display:
            return key
        return dict(_section_titles(self.get_sections(language))).get(key, key)

    def section_ids(self, language: str | None = None) -> list[str]:
        """Keys of all sections and subsections."""
        return [key for key, _ in _section_titles(self.get_sections(language))]

    def set_sections(self, sections: Any, language: str | None = None) -> None:
        """Replace the interview's sections."""
        answers = current().internal
        if not isinstance(answers.sections, dict):
            answers.sections = {}
        answers.sections[language or current().language] = sections or []

    def get_sections(self, language: str | None = None) -> Any:
        """The sections, as ``sections`` blocks or ``set_sections`` gave them."""
        context = current()
        chosen = context.internal.sections
        if chosen is None:
            interview = getattr(context.interviewing, "interview", None)
            return _written(getattr(interview, "sections", {}), language or context.language)
        return chosen.get(language or context.language, chosen.get("*", []))

    def hide(self) -> None:
        """Hide the navigation bar."""
        self._set_flag("hidden", True)

    def unhide(self) -> None:
        """Show the navigation bar again."""
        self._set_flag("hidden", False)

    def disable(self) -> None:
        """Turn its links off."""
        self._set_flag("disabled", True)

    def enable(self) -> None:
        """Turn its links on again."""
        self._set_flag("disabled", False)

    def visible(self, language: str | None = None) -> bool:
        """Whether there is a bar to be seen."""
        return bool(self.get_sections(language)) and not self.hidden

    def enabled(self) -> bool:
        """Whether its links work."""
        return not self.disabled

    def show_sections(self, style: str = "inline", show_links: bool | None = None) -> str:
        """The sections as HTML, for the middle of a page."""
        if style != "inline" and not self.visible():
            return ""
        inner = "danavlinks dainline" if style == "inline" else "danavlinks"
        return f'  <div class="dasections"><div class="{inner}">\n{self._links(show_links)}  </div></div>\n'

    def _links(self, show_links: bool | None) -> str:
        import html

        from engross.library.actions import url_action

        linked = self.enabled() if show_links is None else show_links
        lines = []
        for key, title in _section_titles(self.get_sections()):
            text = html.escape(str(title))
            state = " active" if key == self.current else ""
            reachable = linked and key in self.past and names.is_path(str(key))
            if reachable:
                address = html.escape(url_action(str(key)))
                lines.append(f'    <a class="danavlink nav-link{state}" href="{address}">{text}</a>\n')
            else:
                lines.append(f'    <span class="danavlink nav-link notavailableyet{state}">{text}</span>\n')
        return "".join(lines)

    def __str__(self) -> str:
        return self.show_sections()


def _section_titles(sections: Any) -> Iterator[tuple[str, str]]:
    """(key, title) of all sections and subsections, in order."""
    for entry in sections or []:
        if not isinstance(entry, Mapping):
            yield str(entry), str(entry)
            continue
        inner = entry.get("subsections", [])
        for key, title in entry.items():
            if key == "subsections":
                continue
            if isinstance(title, list):
                inner, title = title, key
            yield str(key), str(title)
        yield from _section_titles(inner)


def _written(sections: Mapping[str, Any], language: str) -> list[Any]:
    """The interview's own ``sections`` in the shape in which authors write them."""

    def entry(section: Any) -> Any:
        title = section.title.source
        if section.children:
            return {section.key: title, "subsections": [entry(child) for child in section.children]}
        return {section.key: title}

    return [entry(section) for section in sections.get(language, sections.get("*", ()))]


nav = DANav()


class DABreadCrumbs(DAObject):
    """The chain of actions the visitor is in, as breadcrumbs at the top of a page."""

    def get_crumbs(self) -> list[Any]:
        """The actions that have a ``breadcrumb``, the outermost first."""
        return [event for event in reversed(current().internal.events) if event.get("breadcrumb")]

    def show(self) -> str:
        """The breadcrumbs as HTML; nothing when there are fewer than two."""
        crumbs = self.get_crumbs()
        if len(crumbs) < 2:
            return ""
        last = len(crumbs) - 1
        return self.container(self.inner(crumb["breadcrumb"], n == last) for n, crumb in enumerate(crumbs))

    def container(self, items: Iterable[str]) -> str:
        """The HTML around the breadcrumbs."""
        return (
            f'<nav class="da-breadcrumb mt-2" aria-label="{word("breadcrumb")}">'
            f'<ol class="breadcrumb">{"".join(items)}</ol></nav>\n'
        )

    def inner(self, label: str, active: bool) -> str:
        """The HTML of one breadcrumb."""
        if active:
            return f'<li class="da-breadcrumb-item breadcrumb-item">{label}</li>'
        return f'<li class="da-breadcrumb-item breadcrumb-item active" aria-current="page">{label}</li>'

    def __str__(self) -> str:
        return self.show()


# ----------------------------------------------------------------------------------------------- who, where, with what


def set_info(**kwargs: Any) -> None:
    """Say who the user is (``user``) and in which ``role``; set it in an ``initial`` block."""
    moment().info.update(kwargs)


def get_info(att: str) -> Any:
    """What ``set_info`` said, or None; the role is ``user`` at first."""
    return moment().info.get(att, "user" if att == "role" else None)


def user_logged_in() -> bool:
    """Whether the visitor is signed in."""
    return current().person.logged_in


def user_privileges() -> list[str]:
    """The visitor's privileges; ``user`` when not signed in."""
    person = current().person
    return sorted(person.roles) if person.logged_in else ["user"]


def user_has_privilege(*pargs: Any) -> bool:
    """Whether the visitor has any of the privileges."""
    wanted: set[str] = set()
    for parg in pargs:
        wanted.update([parg] if isinstance(parg, str) else map(str, parg))
    return bool(wanted & set(user_privileges()))


class TheUser:
    """``user_info()``: who is signed in."""

    @property
    def first_name(self) -> str:
        """First name; ``Anonymous`` when nobody is signed in."""
        return current().person.first_name if user_logged_in() else "Anonymous"

    @property
    def last_name(self) -> str:
        """Last name; ``User`` when nobody is signed in."""
        return current().person.last_name if user_logged_in() else "User"

    def name(self) -> str:
        """First and last name."""
        return " ".join(filter(None, (self.first_name, self.last_name))) or "Unnamed User"

    def _known(self, attribute: str) -> Any:
        return getattr(current().person, attribute, None) if user_logged_in() else None

    @property
    def id(self) -> int | None:
        """The account's number, or None."""
        number: int | None = self._known("id")
        return number

    @property
    def email(self) -> str | None:
        """E-mail address, or None."""
        email: str | None = self._known("email")
        return email

    @property
    def timezone(self) -> str | None:
        """Time zone, or None."""
        zone: str | None = self._known("timezone")
        return zone

    @property
    def privileges(self) -> list[str]:
        """The privileges."""
        return user_privileges()

    @property
    def permissions(self) -> list[str]:
        """Nothing: Engross has no permissions beside privileges."""
        return []

    login_method = phone_number = country = organization = language = None
    subdivision_first = subdivision_second = subdivision_third = None

    @property
    def session(self) -> str:
        """The session's id, as in ``current_context``."""
        return current().session_id

    @property
    def filename(self) -> str:
        """The interview's file, as in ``current_context``."""
        return current().interview_file

    @property
    def package(self) -> str:
        """The interview's package, as in ``current_context``."""
        return TheContext().package

    @property
    def variable(self) -> str | None:
        """The variable sought now, as in ``current_context``."""
        return TheContext().variable

    @property
    def question_id(self) -> str | None:
        """The id of the block that runs, as in ``current_context``."""
        return TheContext().question_id

    @property
    def current_section(self) -> str | None:
        """Key of the current section, as in ``current_context``."""
        return TheContext().current_section

    def __str__(self) -> str:
        return self.name()


class AttachmentInfo:
    """``current_context().attachment``: the paper that is being made, empty outside of one."""

    def __init__(self, **about: Any) -> None:
        self.name = about.get("name", "")
        self.filename = about.get("filename", "")
        self.description = about.get("description", "")
        self.update_references = bool(about.get("update_references", False))
        self.redact = about.get("redact", True)
        self.pdfa = bool(about.get("pdfa", False))
        self.tagged = bool(about.get("tagged", False))


class TheContext:
    """``current_context()``: what runs now."""

    @property
    def session(self) -> str:
        """The session's id."""
        return current().session_id

    @property
    def filename(self) -> str:
        """The interview's file: ``package:data/questions/name.yml``."""
        return current().interview_file

    @property
    def package(self) -> str:
        """The interview's package."""
        return current().interview_file.partition(":")[0]

    @property
    def current_package(self) -> str | None:
        """The package of the block that runs."""
        return getattr(moment().block, "package", None) or current().package

    @property
    def current_filename(self) -> str | None:
        """The file of the block that runs."""
        where = getattr(moment().block, "where", None)
        return where.file if where is not None else current().interview_file

    @property
    def question_id(self) -> str | None:
        """The ``id`` of the block that runs."""
        return getattr(moment().block, "id", None)

    @property
    def variable(self) -> str | None:
        """The variable sought now."""
        seeking = current().internal.seeking
        return seeking[-1] if seeking else None

    @property
    def current_section(self) -> str | None:
        """Key of the current section."""
        context = current()
        section: str | None = context.screen.get("section") or context.internal.section
        return section

    @property
    def inside_of(self) -> str:
        """What text is made for: ``standard``, ``docx``, ``pdf`` …"""
        return current().medium or "standard"

    @property
    def request_url(self) -> dict[str, str]:
        """The arguments of the page's address."""
        return dict(current().url_arguments)

    @property
    def attachment(self) -> AttachmentInfo:
        """The paper that is being made."""
        return AttachmentInfo(**(moment().attachment or {}))


def user_info() -> TheUser:
    """Who is signed in."""
    return TheUser()


def current_context() -> TheContext:
    """What runs now."""
    return TheContext()


def interview_path() -> str | None:
    """Where the interview comes from: ``package:data/questions/name.yml``; None where no interview runs."""
    context = current_or_none()
    return (context.interview_file or None) if context is not None else None


def interface() -> str:
    """How the interview is used: ``web``, or ``worker`` in a background task."""
    return "worker" if current().purpose is Purpose.JOB else "web"


class Device:
    """``device()``: what the browser's user agent says."""

    def __init__(self, agent: str) -> None:
        text = agent.lower()
        self.ua_string = agent
        self.is_bot = any(word in text for word in ("bot", "crawler", "spider"))
        self.is_tablet = "ipad" in text or ("android" in text and "mobile" not in text)
        self.is_mobile = not self.is_tablet and any(word in text for word in ("mobi", "iphone", "ipod"))
        self.is_touch_capable = self.is_mobile or self.is_tablet
        self.is_pc = not (self.is_mobile or self.is_tablet or self.is_bot)

    def __str__(self) -> str:
        return "PC" if self.is_pc else "mobile"


def device(ip: bool = False) -> Any:
    """The visitor's device, or None when there is no browser; with *ip* its address."""
    known = current().device
    if ip:
        return known.get("ip")
    agent = known.get("user_agent")
    return Device(str(agent)) if agent else None


def language_from_browser(*pargs: str) -> str | None:
    """The language the browser prefers, of those given; None when it says nothing of them."""
    header = str(current().device.get("accept_language") or "")
    ranked = []
    for place, entry in enumerate(header.split(",")):
        tag, _, weight = entry.strip().partition(";q=")
        code = tag.strip().lower()
        if code and code != "*":
            try:
                ranked.append((-float(weight or 1), place, code))
            except ValueError:
                continue
    for _, _, code in sorted(ranked):
        for form in (code, code.partition("-")[0]):
            if not pargs or form in pargs:
                return form
    return None


def _location() -> dict[str, Any] | None:
    location = current().device.get("location")
    return location if isinstance(location, dict) else None


def location_returned() -> bool:
    """Whether the browser has answered where it is."""
    return _location() is not None


def location_known() -> bool:
    """Whether the browser's place is known."""
    return "latitude" in (_location() or {})


def user_lat_lon() -> tuple[Any, Any]:
    """Latitude and longitude of the browser; twice the error when it refused; twice None when it was not asked."""
    location = _location() or {}
    if "latitude" in location and "longitude" in location:
        return location["latitude"], location["longitude"]
    return location.get("error"), location.get("error")


def referring_url(default: str | None = None, current: bool = False) -> str:
    """The address of the page that led here."""
    from engross.context import current as visit
    from engross.library.locales import get_config

    context = visit()
    found = context.device.get("referer") if current else context.internal.misc.get("referer")
    return str(found or default or get_config("exitpage", "/"))


# ------------------------------------------------------------------------------------------------------ what was done


def task_performed(task: str, persistent: Any = False) -> bool:
    """Whether the task was marked as performed."""
    ensure_definition(task)
    return bool(current().internal.tasks.get(task))


def task_not_yet_performed(task: str, persistent: Any = False) -> bool:
    """Whether the task was not marked as performed."""
    return not task_performed(task, persistent)


def mark_task_as_performed(task: str, persistent: Any = False) -> int:
    """Count the task; returns how often it was counted."""
    ensure_definition(task)
    tasks = current().internal.tasks
    tasks[task] = tasks.get(task, 0) + 1
    return int(tasks[task])


def times_task_performed(task: str, persistent: Any = False) -> int:
    """How often the task was counted."""
    ensure_definition(task)
    return int(current().internal.tasks.get(task, 0))


def set_task_counter(task: str, times: int, persistent: Any = False) -> None:
    """Set how often the task was counted."""
    ensure_definition(task, times)
    current().internal.tasks[task] = times


def explain(the_explanation: Any, category: str = "default") -> bool:
    """Note a reason; ``logic_explanation`` tells all of them. Returns True, so that it can stand in a condition."""
    known = current().internal.misc.setdefault("explanations", {}).setdefault(category, [])
    if the_explanation not in known:
        known.append(the_explanation)
    return True


def clear_explanations(category: str = "default") -> None:
    """Forget the reasons noted."""
    explanations = current().internal.misc.setdefault("explanations", {})
    if category == "all":
        explanations.clear()
    else:
        explanations.pop(category, None)


def logic_explanation(category: str = "default") -> list[Any]:
    """The reasons noted."""
    return list(current().internal.misc.get("explanations", {}).get(category, []))


def set_status(**kwargs: Any) -> None:
    """Note values that are kept beside the answers."""
    current().internal.misc.setdefault("status", {}).update(kwargs)


def get_status(setting: str) -> Any:
    """A value that ``set_status`` noted, or None."""
    return current().internal.misc.get("status", {}).get(setting)


# --------------------------------------------------------------------------------- services that Engross does not have


def set_live_help_status(availability: Any = None, mode: Any = None, partner_roles: Any = None) -> None:
    """Live help is not configured: nothing happens."""


class ChatPartners(dict[str, int]):
    """How many people of each kind are there to chat with, ``peer`` and ``help``, as keys and as attributes."""

    def __getattr__(self, name: str) -> int:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def chat_partners_available(*pargs: Any, **kwargs: Any) -> ChatPartners:
    """Live chat is not configured: nobody is there."""
    return ChatPartners(peer=0, help=0)


def get_chat_log(utc: bool = False, timezone: str | None = None) -> list[Any] | None:
    """Live chat is not configured: no messages."""
    return None


def interview_menu(*pargs: Any, **kwargs: Any) -> list[Any]:
    """Interviews the server offers: none are listed."""
    return []


def server_capabilities() -> dict[str, bool]:
    """What the server is set up for."""
    off = [
        "sms",
        "fax",
        "google_login",
        "facebook_login",
        "phone_login",
        "twitter_login",
        "azure_login",
        "voicerss",
        "s3",
        "azure",
        "gcs",
        "googledrive",
    ]
    return {"email": True} | dict.fromkeys(off, False)
