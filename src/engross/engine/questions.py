"""Questions: from a Question block to the Screen that shows it.

Everything the screen says is evaluated here; whatever is missing raises Undefined, and the question is asked again when it is there.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engross import names, quoting
from engross.context import current
from engross.engine import choices, fields, overview, parts, progress, reviews, runners
from engross.engine.fields import Asking, Kind, key_for
from engross.engine.responses import file_response, reload_seconds
from engross.engine.screen import Button, HelpText, Option, Response, Screen, ScreenField, ShownPaper
from engross.errors import BlockError, CodeError, UndefinedName
from engross.language.blocks import ActionButton, Field, Question, QuestionKind
from engross.language.interview import GENERATED_REVIEW
from engross.library.words import word

if TYPE_CHECKING:
    from engross.engine.solver import Goal, Solver

EXTRA_GROUPS = 15
"""List collect: empty items kept ready beyond those there are."""
YES_NO = {
    QuestionKind.YESNO: ("boolean", 1, (("Yes", True), ("No", False))),
    QuestionKind.NOYES: ("boolean", -1, (("Yes", False), ("No", True))),
    QuestionKind.YESNOMAYBE: ("threestate", 1, (("Yes", True), ("No", False), ("I don't know", None))),
    QuestionKind.NOYESMAYBE: ("threestate", -1, (("Yes", False), ("No", True), ("I don't know", None))),
}


def ask(block: Question, solver: Solver, goal: Goal) -> Screen:
    """The screen of *block*, asked for *goal*. Raises Undefined for what it needs, and ``runners.Emptied``."""
    with quoting.quoted(solver.typed()):
        return _asked(block, solver, goal)


def _asked(block: Question, solver: Solver, goal: Goal) -> Screen:
    _before(block, solver, goal)
    section = _section(block, solver)
    question = solver.render(block.question).rstrip()
    _breadcrumb(block, question, solver)
    subquestion = solver.render(block.subquestion).rstrip() if block.subquestion is not None else None
    screen = Screen(
        kind=block.kind.value,
        question=question,
        subquestion=subquestion,
        block=block.name,
        block_id=block.id,
        sought=goal.path,
        events=block.events,
        where=str(block.where),
    )
    screen = overview.one_way(_around(screen, block, solver))
    screen = _content(screen, block, solver, goal)
    screen = _papers(screen, block, solver)
    _owners_exist(screen, block, solver, goal)
    _role(block, solver)
    runners.need(block.need_post, solver)
    return _entered(section, screen, solver)


def _before(block: Question, solver: Solver, goal: Goal) -> None:
    """``need``, ``undefine``, ``reconsider``: in the order in which docassemble does them for questions."""
    namespace = solver.answers.namespace
    runners.need(block.need, solver)
    for path in block.undefine:
        solver.undefine(goal.bind(path, namespace))
    for path in block.reconsider.variables:
        solver.reconsider(goal.bind(path, namespace))


def _section(block: Question, solver: Solver) -> str | None:
    """The section that the question is in, if it says one. Its own text still finds the visitor in the section before."""
    if block.section is None:
        return None
    section = str(solver.value(block.section))
    if section:
        current().screen["section"] = section
    return section or None


def _entered(section: str | None, screen: Screen, solver: Solver) -> Screen:
    """*screen*, with the visitor in *section*."""
    answers = solver.answers
    if section is None or section == answers.section:
        return screen
    answers.section = section
    answers.past_sections.add(section)
    return replace(screen, sections=parts.navigation(solver))


def _breadcrumb(block: Question, question: str, solver: Solver) -> None:
    if solver.answers.events:
        crumb = solver.render(block.breadcrumb).rstrip() if block.breadcrumb is not None else question
        solver.answers.events[0]["breadcrumb"] = crumb


# ------------------------------------------------------------------------------------------------- around the question


def _around(screen: Screen, block: Question, solver: Solver) -> Screen:
    """What a screen has whatever it asks: parts, buttons, help, terms, progress, sections."""
    value = solver.value
    context = current()
    if (percent := _number(value(block.progress))) is not None:
        progress.say(percent, solver.interview, solver.answers)
    back = value(block.back_button)
    going_back_forbidden = bool(value(block.prevent_going_back)) or context.moment.no_way_back
    if going_back_forbidden:
        solver.answers.steps_offset = solver.answers.steps
    steps = solver.answers.steps - solver.answers.steps_offset
    said = parts.evaluated(block, solver)
    continue_key = "resume button" if block.kind is QuestionKind.REVIEW else "continue button"
    label = block.continue_label or (block.resume_label if block.kind is QuestionKind.REVIEW else None)
    return replace(
        screen,
        action_buttons=_action_buttons(block, solver),
        review_action=overview.way(solver) if block.kind is not QuestionKind.REVIEW else None,
        help=_help(block, solver),
        terms=_terms("terms", block.terms, solver.interview.terms, solver),
        auto_terms=_terms("auto_terms", block.auto_terms, solver.interview.auto_terms, solver),
        parts=said,
        css_class=solver.plain(block.css_class) if block.css_class else said.get("css class"),
        decorations=tuple(solver.plain(item).strip() for item in block.decorations),
        audio=tuple(solver.plain(item).strip() for item in block.audio),
        video=tuple(solver.plain(item).strip() for item in block.video),
        continue_label=solver.render(label) if label else said.get(f"{continue_key} label"),
        continue_color=_optional(value(block.continue_color)) or said.get(f"{continue_key} color"),
        hide_continue=bool(value(block.hide_continue_button)),
        disable_continue=bool(value(block.disable_continue_button)),
        back_allowed=steps > 1 and not going_back_forbidden and back is not False,
        back_label=solver.render(block.back_button_label) if block.back_button_label else said.get("back button label"),
        corner_back_label=(
            solver.render(block.corner_back_button_label)
            if block.corner_back_button_label
            else said.get("corner back button label")
        ),
        progress=progress.shown(solver.interview, solver.answers),
        sections=parts.navigation(solver),
        reload_seconds=reload_seconds(value(block.reload)) if block.reload is not None else None,
        language=context.language,
        messages=_messages(context.screen.get("messages", ())),
        scripts=tuple(context.screen.get("scripts", ())),
        menu=tuple(fields.plain(item) for item in _menu(solver)),
        check_in=block.check_in,
    )


def _menu(solver: Solver) -> list[Any]:
    items = solver.answers.namespace.get("menu_items")
    items = getattr(items, "elements", items)
    return list(items) if isinstance(items, list) else []


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _optional(value: Any) -> str | None:
    return None if value is None else str(value)


def _terms(
    kind: str, own: dict[str, Any], of_interview: dict[str, dict[str, Any]], solver: Solver
) -> dict[str, str]:
    """Term → definition: the interview's, what ``update_terms`` added, the block's own."""
    language = current().language
    listed = of_interview.get(language) or of_interview.get("*") or {}
    if not listed and of_interview and language not in of_interview:
        listed = next(iter(of_interview.values()))
    added = solver.answers.misc.get(kind, {})
    more = {**added.get("*", {}), **added.get(language, {})}
    return {term: solver.render(words) for term, words in {**listed, **more, **own}.items()}


def _help(block: Question, solver: Solver) -> tuple[HelpText, ...]:
    found = []
    for entry in (block.help, solver.interview.help.get(current().language) or solver.interview.help.get("*")):
        if entry is None:
            continue
        content = solver.render(entry.content)
        if content.strip() or entry.audio or entry.video:
            found.append(
                HelpText(
                    content=content,
                    label=solver.render(entry.label) if entry.label else None,
                    heading=solver.render(entry.heading) if entry.heading else None,
                )
            )
    return tuple(found)


def _action_buttons(block: Question, solver: Solver) -> tuple[Button, ...]:
    made: list[Button] = []
    for button in block.action_buttons:
        if button.code is not None:
            made += _computed_buttons(solver.evaluate(button.code), button)
            continue
        if button.show_if is not None and not solver.value(button.show_if):
            continue
        action = solver.plain(button.action).strip() if button.action else ""
        url = solver.plain(button.url).strip() if button.url else None
        arguments = {key: fields.plain(solver.value(item)) for key, item in button.arguments.items()}
        made.append(
            _button(
                label=solver.render(button.label).strip(),
                action=action,
                url=url,
                arguments=arguments,
                forget_prior=button.forget_prior,
                color=_optional(solver.value(button.color)) or "primary",
                icon=_optional(solver.value(button.icon)),
                placement=_optional(solver.value(button.placement)),
                css_class=_optional(solver.value(button.css_class)),
                new_window=bool(solver.value(button.new_window)),
            )
        )
    return tuple(made)


def _computed_buttons(data: Any, written: ActionButton) -> list[Button]:
    data = getattr(data, "elements", data)
    if not isinstance(data, list):
        raise CodeError("the code of `action buttons` must give a list", where=written.code.where if written.code else None)
    made = []
    for entry in data:
        if not isinstance(entry, dict) or not isinstance(entry.get("label"), str) or not isinstance(entry.get("action"), str):
            raise CodeError("each of `action buttons` must be a dictionary with `label` and `action`")
        if entry.get("show if") is not None and not entry["show if"]:
            continue
        made.append(
            _button(
                label=quoting.printed(entry["label"]),
                action=entry["action"],
                arguments=dict(entry.get("arguments") or {}),
                forget_prior=bool(entry.get("forget prior") or entry.get("forget_prior")),
                color=entry.get("color") or "primary",
                icon=entry.get("icon"),
                placement=entry.get("placement"),
                css_class=entry.get("css class"),
                new_window=bool(entry.get("new window")),
            )
        )
    return made


def _button(*, label: str, action: str, forget_prior: bool, url: str | None = None, arguments: dict[str, Any], **look: Any) -> Button:
    if url is None and re.match(r"https?://|javascript:|/|\?", action):
        url, action = action, ""
    if forget_prior and action:
        arguments = {"_action": action, "_arguments": arguments}
        action = "_da_priority_action"
    return Button(label=label, url=url, action=action or None, arguments=arguments, **look)


# ------------------------------------------------------------------------------------------------------ what it asks


def _content(screen: Screen, block: Question, solver: Solver, goal: Goal) -> Screen:
    match block.kind:
        case QuestionKind.FIELDS:
            return _fields(screen, block, solver, goal)
        case QuestionKind.MULTIPLE_CHOICE:
            return _multiple_choice(screen, block, solver, goal)
        case QuestionKind.REVIEW:
            return _review(screen, block, solver, goal)
        case QuestionKind.RESPONSE:
            return _respond(screen, block, solver)
        case QuestionKind.DEADEND:
            return screen
    if block.variable is None:
        raise BlockError("this question sets no variable", where=block.where)
    path = goal.bind(block.variable, solver.answers.namespace)
    entry = ScreenField(key=key_for(path), variable=block.variable, path=path, datatype="boolean")
    if block.kind in YES_NO:
        datatype, sign, labels = YES_NO[block.kind]
        options = tuple(Option(key=str(value), label=word(label), value=value) for label, value in labels)
        entry = replace(entry, datatype=datatype, options=options, extras={"sign": sign})
    elif block.kind is QuestionKind.SIGNATURE:
        required = block.required if isinstance(block.required, bool) else bool(solver.value(block.required))
        pen = solver.value(block.extras.get("pen color"))
        entry = replace(entry, datatype="signature", required=required, extras={"pen color": pen} if pen else {})
    return replace(screen, fields=(entry,))


def _continue_field(block: Question, asking: Asking) -> tuple[ScreenField, ...]:
    """The variable that the Continue button sets beside other inputs."""
    if block.continue_button_field is None:
        return ()
    path = asking.bind(block.continue_button_field)
    entry = ScreenField(
        key=key_for(path),
        variable=block.continue_button_field,
        path=path,
        datatype="boolean",
        input_type="continue",
        required=False,
    )
    return (entry,)


def _fields(screen: Screen, block: Question, solver: Solver, goal: Goal) -> Screen:
    if block.list_collect is not None and solver.value(block.list_collect.enabled):
        return _list_collect(screen, block, solver, goal)
    asking = Asking(block, solver, goal)
    entries = fields.field_entries(asking)
    made = fields.make(entries, asking)
    if entries and not asking.can_be_asked and block.continue_button_field is None:
        _make_owners_exist([entry.variable for entry in entries if entry.variable], solver)
        raise runners.Emptied(block, asking.emptied)
    made += _continue_field(block, asking)
    return replace(screen, fields=tuple(made))


def _make_owners_exist(variables: list[str], solver: Solver) -> None:
    for owner in fields.bound_owner_paths(variables):
        solver.look(owner)


def _list_collect(screen: Screen, block: Question, solver: Solver, goal: Goal) -> Screen:
    """Fields for several items of one list."""
    collect = block.list_collect
    assert collect is not None  # noqa: S101 - the caller looked
    entries = fields.field_entries(Asking(block, solver, goal))
    list_variable, iterator = collected_list(entries, block)
    namespace = solver.answers.namespace
    list_path = goal.bind(list_variable, namespace)
    group = solver.look(list_variable)
    if not hasattr(group, "elements") or not isinstance(group.elements, list):
        raise BlockError(f"`list collect` needs a DAList, and `{list_path}` is none", where=block.where)
    may_append = bool(solver.value(collect.allow_append))
    count = max(len(group.elements), int(getattr(group, "minimum_number", 0) or 0), 1)
    spare = EXTRA_GROUPS if may_append and not getattr(group, "ask_object_type", False) else 0
    made: list[ScreenField] = []
    labels: list[str] = []
    before = namespace.get(iterator)
    number = 0
    for item in range(count + spare):
        namespace[iterator] = item
        asking = Asking(block, solver, goal, group=item, iterator=iterator, defaults=item < count, number=number)
        made += fields.make(entries, asking)
        number = asking.number
        labels.append(solver.render(collect.label) if collect.label else "")
    if before is None:
        namespace.pop(iterator, None)
    else:
        namespace[iterator] = before
    return replace(
        screen,
        fields=tuple(made),
        list_collect={
            "list": list_path,
            "groups": count,
            "spare": spare,
            "is_final": bool(solver.value(collect.is_final)) if collect.is_final is not None else True,
            "allow_append": may_append,
            "allow_delete": bool(solver.value(collect.allow_delete)),
            "add_label": solver.render(collect.add_another_label) if collect.add_another_label else None,
            "labels": labels,
            "minimum": int(getattr(group, "minimum_number", 0) or 0),
        },
    )


def collected_list(entries: list[Field], block: Question) -> tuple[str, str]:
    """The list that the fields have in common, and the iterator that counts its items. Raises BlockError."""
    paths = [names.parse(entry.variable) for entry in entries if entry.variable]
    if paths:
        common: list[names.Step] = []
        for steps in zip(*(path.steps for path in paths), strict=False):
            if len(set(steps)) > 1:
                break
            common.append(steps[0])
        for place in range(len(common) - 1, -1, -1):
            step = common[place]
            if isinstance(step, names.Item) and step.key in names.ITERATORS:
                return str(names.Path(paths[0].root, tuple(common[:place]))), step.key
    raise BlockError("`list collect` needs fields of the items of one list, such as `fruit[i].name`", where=block.where)


def _multiple_choice(screen: Screen, block: Question, solver: Solver, goal: Goal) -> Screen:
    offered = choices.listed(block.choices, solver) if block.choices is not None else []
    variety = block.choice_style
    if block.variable is None:
        return _unnamed_choice(screen, block, solver, offered, variety)
    path = goal.bind(block.variable, solver.answers.namespace)
    if not offered and variety != "combobox":
        _make_owners_exist([block.variable], solver)
        raise runners.Emptied(block, [(path, lambda: None)])
    asking = Asking(block, solver, goal)
    datatype = block.field_datatype or "text"
    written = Field(where=block.where, variable=block.variable, datatype=datatype, default=block.default)
    default = fields._default(written, path, asking)
    kind = Kind(datatype)
    required = block.required if isinstance(block.required, bool) else bool(solver.value(block.required))
    entry = ScreenField(
        key=key_for(path),
        variable=block.variable,
        path=path,
        datatype=datatype,
        input_type="combobox" if variety == "combobox" else None,
        required=required,
        default=fields.as_json(default, datatype),
        options=tuple(
            replace(option, url=selection.url, action=selection.action)
            for option, selection in zip(
                fields._options(offered, kind, path, default, written), offered, strict=True
            )
        ),
        validation_messages={key: solver.render(text) for key, text in block.validation_messages.items()},
        extras={"shuffle": True} if block.shuffle else {},
    )
    return replace(screen, variety=variety, fields=(entry, *_continue_field(block, asking)))


def _unnamed_choice(
    screen: Screen, block: Question, solver: Solver, offered: list[choices.Selection], variety: str
) -> Screen:
    """Choices that set nothing: embedded blocks, and buttons such as Exit."""
    options = tuple(
        Option(
            key=str(selection.number),
            label=selection.label,
            value=selection.number,
            help=selection.help,
            image=selection.image,
            group=selection.group,
            css_class=selection.css_class,
            color=selection.color,
            selected=selection.default,
            url=selection.url,
            action=selection.action,
        )
        for selection in offered
    )
    if options and all(option.action not in (None, "continue") for option in options):
        return replace(screen, variety=variety, buttons=options)
    name = solver.choice_name(block)
    entry = ScreenField(key="_choice", datatype="text", options=options, extras={"choice of": name})
    return replace(screen, variety=variety, fields=(entry,))


def _review(screen: Screen, block: Question, solver: Solver, goal: Goal) -> Screen:
    lines = overview.lines(solver) if GENERATED_REVIEW in block.events else reviews.lines(block, solver, goal)
    variable = block.continue_button_field
    made: tuple[ScreenField, ...] = ()
    if variable is not None:
        path = goal.bind(variable, solver.answers.namespace)
        made = (ScreenField(key=key_for(path), variable=variable, path=path, datatype="boolean", input_type="continue"),)
    elif goal.path is not None:
        events = solver.answers.events
        if not any(event["action"] in (goal.path, goal.pattern.text) for event in events):
            events.insert(0, {"action": goal.path, "arguments": {}, "context": {}})
    table = _table_of(block, solver)
    return replace(screen, review=lines, fields=made, parts={**screen.parts, "tabular": table} if table else screen.parts)


def _table_of(block: Question, solver: Solver) -> str | None:
    """CSS classes of the table that ``tabular`` makes of a review; None when it stays a list."""
    if block.tabular is True:
        return "table table-borderless"
    return solver.plain(block.tabular).strip() or None if block.tabular else None


def _respond(screen: Screen, block: Question, solver: Solver) -> Screen:
    """``response``, ``binaryresponse``, ``all_variables``, ``response filename``, ``redirect``."""
    said = {key: solver.value(item) for key, item in block.response.items()}
    kind = said.get("content type")
    status = int(said.get("response code") or 200)
    if said.get("redirect url") or said.get("redirect"):
        url = str(said.get("redirect url") or said.get("redirect"))
        return replace(screen, kind="redirect", response=Response(redirect=url, status=302))
    if said.get("response filename") is not None:
        return replace(screen, kind="sendfile", response=file_response(said["response filename"], kind, status))
    if said.get("all_variables"):
        from engross.library.interchange import serializable_dict

        data = serializable_dict(solver.answers.namespace, include_internal=bool(said.get("include_internal")))
        return replace(screen, response=Response(json=data, content_type="application/json", status=status))
    if said.get("binaryresponse") is not None:
        content = said["binaryresponse"]
        content = content if isinstance(content, bytes) else str(content).encode()
        return replace(screen, response=Response(content=content, content_type=kind or "application/octet-stream", status=status))
    text = "" if said.get("null response") else str(said.get("response", ""))
    return replace(screen, response=Response(text=text, content_type=kind or "text/plain; charset=utf-8", status=status))


def _papers(screen: Screen, block: Question, solver: Solver) -> Screen:
    """Attachments that the screen offers."""
    if not block.attachments and block.attachment_code is None:
        return screen
    from engross.engine import attachments

    drafted = attachments.papers(block.attachments, solver) if block.attachments else []
    papers = [_shown(draft) for draft in drafted]
    if block.attachment_code is not None:
        papers += _computed_papers(solver.evaluate(block.attachment_code))
    options = {key: fields.plain(solver.value(item)) for key, item in block.attachment_options.items()}
    return replace(screen, papers=tuple(papers), attachment_options=options)


def _shown(draft: Any) -> ShownPaper:
    """A paper as the screen offers it: a file's id where its bytes are there already."""
    formats: dict[str, str | None] = {}
    for kind in draft.formats:
        file = getattr(draft.collection, kind.replace("rtf to docx", "docx"), None)
        number = getattr(file, "number", None)
        formats[kind] = str(number) if number is not None else None
    return ShownPaper(
        name=quoting.printed(draft.name),
        filename=draft.filename,
        description=quoting.printed(draft.description),
        content=draft.content,
        formats=formats,
        variable=draft.variable,
    )


def _messages(said: Any) -> tuple[tuple[str, str], ...]:
    """What code told the visitor: text and priority."""
    pairs = [(item["message"], item["priority"]) if isinstance(item, dict) else tuple(item) for item in said]
    return tuple((quoting.printed(text), str(priority)) for text, priority in pairs)


def _computed_papers(value: Any) -> list[ShownPaper]:
    """Papers from ``attachment code``: file collections."""
    value = getattr(value, "elements", value)
    papers = []
    for item in value if isinstance(value, list | tuple) else [value]:
        info = getattr(item, "info", None)
        if not isinstance(info, dict):
            continue
        formats: dict[str, str | None] = {}
        for kind in info.get("formats", ()):
            number = getattr(getattr(item, kind, None), "number", None)
            formats[kind] = str(number) if number is not None else None
        papers.append(
            ShownPaper(
                name=str(info.get("name", "")),
                filename=str(info.get("filename", "")),
                description=str(info.get("description", "")),
                formats=formats,
                variable=getattr(item, "instanceName", None),
            )
        )
    return papers


def _owners_exist(screen: Screen, block: Question, solver: Solver, goal: Goal) -> None:
    """What the fields are attributes or items of must be there before they can be set."""
    if screen.list_collect is not None:
        return
    _make_owners_exist([entry.variable for entry in screen.fields if entry.variable and entry.active], solver)


def _role(block: Question, solver: Solver) -> None:
    """``role``: a question for someone else sends this visitor to ``role_event``."""
    namespace = solver.answers.namespace
    if "role" not in namespace:
        return
    wanted = block.role or tuple(getattr(solver.interview, "default_role", None) or ())
    if wanted and namespace["role"] not in wanted and "role_event" not in block.sets:
        namespace["role_needed"] = list(wanted)
        raise UndefinedName("role_event")
