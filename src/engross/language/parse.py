"""Parse: one source block → one Block, a small function per kind.

What kind a block is follows docassemble's ``Question`` constructor, where the last of the keys that stand for a kind decides. Keys may be
written in any case. A key that nobody knows is a Notice with the nearest key; what docassemble refuses is a BlockError.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from engross.errors import BlockError, nearest
from engross.language.attachments import content_file_code, parse_attachments, read_content_file
from engross.language.blocks import (
    ActionButton,
    AttachmentBlock,
    Block,
    Choices,
    Code,
    Data,
    Expression,
    Help,
    ListCollect,
    ObjectDeclaration,
    Objects,
    ObjectsFromFile,
    Question,
    QuestionKind,
    Reconsidered,
    Require,
    Settings,
    Table,
    Template,
    Text,
    Value,
)
from engross.language.fields import parse_block_choices, parse_fields, parse_review, parse_validation_messages
from engross.language.reader import Reader, Reading, as_words, lower_keys, plain
from engross.language.source import Listing, Mapping, SourceBlock

SETTINGS_KEYS = (
    "features", "metadata", "include", "modules", "imports", "reset", "sections", "translations", "default language",
    "on change", "machine learning storage", "attachment options", "image sets", "images", "def", "interview help",
    "default screen parts", "default validation messages", "order", "default role", "terms", "auto terms", "comment",
)  # fmt: skip
"""Keys that say something of the interview."""
RUNNING_SETTINGS = ("modules", "imports", "reset")
"""Those of them that docassemble counts as blocks that run."""
HEADER_KEYS = (
    "id", "mandatory", "initial", "if", "generic object", "generic list object", "sets", "only sets", "event", "need",
    "depends on", "reconsider", "undefine", "language", "supersedes", "scan for variables", "role", "section", "comment",
    "usedefs", "ga id", "segment", "segment id",
)  # fmt: skip
QUESTION_KEYS = (
    "question", "subquestion", "fields", "field", "yesno", "noyes", "yesnomaybe", "noyesmaybe", "choices", "buttons", "dropdown",
    "combobox", "signature", "review", "continue button field", "continue button label", "continue button color",
    "resume button label", "resume button color", "back button", "back button label", "corner back button label",
    "skip undefined", "list collect", "script", "css", "css class", "table css class", "action buttons", "validation code",
    "validation messages", "attachment", "attachments", "attachment code", "attachments code", "allow emailing",
    "allow downloading", "email subject", "email body", "email template", "email address default",
    "always include editable files", "include attachment notice", "include download tab", "describe file types",
    "manual attachment list", "zip filename", "progress", "under", "pre", "post", "right", "submit", "help", "audio", "video",
    "decoration", "reload", "breadcrumb", "prevent going back", "hide continue button", "disable continue button", "shuffle",
    "default", "datatype", "required", "pen color", "question metadata", "check in", "allowed to set", "tabular", "response",
    "binaryresponse", "all_variables", "response filename", "redirect url", "null response", "content type", "response code",
    "include_internal", "sleep", "action", "backgroundresponse", "command", "none of the above", "indent", "url",
)  # fmt: skip
OTHER_KEYS = (
    "code", "objects", "objects from file", "use objects", "data", "data from code", "variable name", "gathered", "table", "rows",
    "columns", "edit", "edit header", "delete buttons", "confirm", "read only", "allow reordering", "require gathered",
    "show incomplete", "show if empty", "not available label", "sort key", "sort reverse", "filter", "template", "subject",
    "content", "content file", "target", "require", "orelse", "progressive", "auto open", "mako", "extras", "flattened checkbox label",
    "flattened checkbox unselected label",
)  # fmt: skip
BLOCK_KEYS = frozenset((*SETTINGS_KEYS, *HEADER_KEYS, *QUESTION_KEYS, *OTHER_KEYS))
"""Every key at the top of a block."""
DIRECTIVES = (
    "yesno", "noyes", "yesnomaybe", "noyesmaybe", "fields", "buttons", "choices", "dropdown", "combobox", "signature", "review",
)  # fmt: skip


def parse_block(source: SourceBlock, reading: Reading, *, number: int = 0, language: str = "*") -> Block:
    """The block that a source block describes. Raises BlockError."""
    data = lower_keys(source.data)
    reader = Reader(source.file, source.line, reading)
    try:
        block = _parse(reader, data, language)
    except BlockError as error:
        block_id = data.get("id")
        error.located(block=f"`{block_id}`" if block_id is not None else None)
        raise
    return replace(block, number=number, source=source.text)


def _parse(reader: Reader, data: Mapping, language: str) -> Block:
    _check_combinations(reader, data)
    if "field" in data and not data.keys() & {"yesno", "noyes", "yesnomaybe", "noyesmaybe", "buttons", "choices", "dropdown", "combobox"}:
        _rename(data, "field", "continue button field")
    header = _header(reader, data, language)
    make = _kind(data)
    if make is None:
        block = _settings(reader, data, header)
    else:
        _check_unknown_keys(reader, data)
        block = make(reader, data, header)
    events = tuple(header["events"])
    sets, other_sets = tuple(reader.sets), tuple(name for name in reader.other_sets if name not in reader.sets)
    return replace(block, name=_name(reader, data, block), sets=sets, other_sets=other_sets, events=events)


def _rename(data: Mapping, old: str, new: str) -> None:
    if new not in data:
        data[new], data.key_lines[new], data.lines[new] = data[old], data.key_lines[old], data.lines[old]
    del data[old]


def _check_combinations(reader: Reader, data: Mapping) -> None:
    given = [key for key in DIRECTIVES if key in data]
    if len(given) > 1:
        raise reader.error(f"A question is answered in one way; this one has `{given[0]}` and `{given[1]}`.", data, given[1])
    if given and "question" not in data:
        near = nearest("question", [str(key) for key in data if key not in BLOCK_KEYS])
        raise reader.error(f"A block with `{given[0]}` needs a `question`.", data, near=near)
    if "question" in data and "code" in data:
        raise reader.error("A block is a question or code, not both.", data, "code")
    if "event" in data and data.keys() & {"field", "fields", "yesno", "noyes"}:
        raise reader.error("A block with `event` gathers nothing: it may have `buttons`, no fields.", data, "event")
    if "mandatory" in data and "initial" in data:
        raise reader.error("A block is `mandatory` or `initial`, not both.", data, "initial")
    if "initial" in data and "code" not in data:
        raise reader.error("Only a block with `code` can be `initial`.", data, "initial")
    if "list collect" in data and "fields" not in data:
        raise reader.error("`list collect` needs `fields`.", data, "list collect")
    if "target" in data and "template" not in data:
        raise reader.error("`target` can only be used with a `template`.", data, "target")
    if "order" in data and data.keys() & {"question", "code", "attachment", "attachments", "template"}:
        raise reader.error("`order` stands in a block of its own.", data, "order")
    if "on change" in data and set(data) - {"on change", "comment"}:
        raise reader.error("`on change` stands in a block of its own.", data, "on change")
    if "metadata" in data and set(data) - {"metadata", "comment"}:
        raise reader.error("`metadata` stands in a block of its own.", data, "metadata")


def _check_unknown_keys(reader: Reader, data: Mapping) -> None:
    for key in data:
        if key not in BLOCK_KEYS:
            reader.notice(
                f"Unknown key `{key}` in a block; it is ignored.", reader.where_key(data, key), near=nearest(str(key), BLOCK_KEYS)
            )


def _name(reader: Reader, data: Mapping, block: Block) -> str:
    """``ID <id>``, or docassemble's running number: one count for what can run, one for the rest."""
    reading = reader.reading
    if isinstance(block, Settings) and not block.values.keys() & set(RUNNING_SETTINGS):
        reading.block_number += 1
        return f"ID {block.id}" if block.id else f"Block_{reading.block_number - 1}"
    reading.question_number += 1
    return f"ID {block.id}" if block.id else f"Question_{reading.question_number - 1}"


# --------------------------------------------------------------------------------------------------------------- header


def _header(reader: Reader, data: Mapping, language: str) -> dict[str, Any]:
    """What every block can have, as arguments for its class; also prepares the reader."""
    if "scan for variables" in data:
        reader.scan = bool(data["scan for variables"])
    for variable in reader.words(data, "only sets"):
        reader.claim_always(variable)
        reader.scan = False
    reader.definitions = reader.used_definitions(data)
    for variable in reader.words(data, "sets"):
        reader.claim_always(variable)
    events = [reader.claim_always(event) for event in reader.words(data, "event")]
    need, need_post = _needs(reader, data)
    return {
        "where": reader.where(),
        "name": "",
        "number": 0,
        "package": reader.file.package,
        "id": reader.word(data, "id"),
        "mandatory": reader.flag(data, "mandatory"),
        "initial": _default_roles(reader, data) or reader.flag(data, "initial"),
        "conditions": reader.expressions(data, "if"),
        "generic": reader.word(data, "generic object") or reader.word(data, "generic list object"),
        "events": events,
        "need": need,
        "need_post": need_post,
        "depends_on": reader.variables(data, "depends on"),
        "reconsider": _reconsidered(reader, data),
        "undefine": reader.variables(data, "undefine"),
        "language": reader.word(data, "language") or language,
        "supersedes": reader.words(data, "supersedes"),
        "scan_for_variables": reader.scan,
        "role": reader.words(data, "role"),
        "section": reader.word(data, "section"),
        "comment": None if data.get("comment") is None else as_words(data["comment"]),
    }


def _needs(reader: Reader, data: Mapping) -> tuple[tuple[Expression, ...], tuple[Expression, ...]]:
    before: list[Expression] = []
    after: list[Expression] = []
    entries = data.get("need")
    if entries is None:
        return (), ()
    if not isinstance(entries, Listing):
        wrapped = Listing(data.line)
        wrapped.append(entries)
        wrapped.lines.append(data.lines["need"])
        entries = wrapped
    for n, entry in enumerate(entries):
        if isinstance(entry, Mapping):
            if not entry.keys() <= {"pre", "post"}:
                raise reader.error("A mapping under `need` has only `pre` and `post`.", entry)
            before += reader.expressions(entry, "pre")
            after += reader.expressions(entry, "post")
        else:
            before.append(reader.require_expression(entries, n))
    return tuple(before), tuple(after)


def _reconsidered(reader: Reader, data: Mapping) -> Reconsidered:
    if isinstance(data.get("reconsider"), bool):
        return Reconsidered(always=data["reconsider"])
    return Reconsidered(variables=reader.variables(data, "reconsider"))


# ---------------------------------------------------------------------------------------------------------------- kinds

Make = Callable[[Reader, Mapping, dict[str, Any]], Block]


def _kind(data: Mapping) -> Make | None:
    """The function that makes the block, or None when it only says something of the interview."""
    if "question" in data or data.keys() & set(DIRECTIVES):
        return _question
    if "code" in data:
        return _code
    if "template" in data and data.keys() & {"content", "content file"}:
        return _template
    if data.keys() & {"table", "rows", "columns"}:
        return _table
    for key in ("response", "binaryresponse", "all_variables", "response filename", "redirect url", "null response", "action", "backgroundresponse"):
        if key in data:
            return _question
    if "require" in data:
        return _require
    if "objects" in data:
        return _objects
    if "variable name" in data and "data from code" in data:
        return _data_from_code
    if "variable name" in data and "data" in data:
        return _data
    if "objects from file" in data:
        return _objects_from_file
    if data.keys() & {"attachment", "attachments", "attachment code", "attachments code"}:
        return _attachment_block
    if data.keys() & set(SETTINGS_KEYS):
        return None
    return _no_kind


def _no_kind(reader: Reader, data: Mapping, header: dict[str, Any]) -> Block:
    kinds = ("question", "code", "objects", "template", "table", "attachment", "data", *SETTINGS_KEYS)
    for key in data:
        near = nearest(str(key), kinds)
        if key not in BLOCK_KEYS and near:
            raise BlockError(f"`{key}` is no kind of block.", where=reader.where_key(data, key), nearest=near)
    written = ", ".join(f"`{key}`" for key in list(data)[:6]) or "nothing"
    raise reader.error(f"It cannot be told what kind of block this is: it has {written}, but no `question`, `code` or the like.")


def _settings(reader: Reader, data: Mapping, header: dict[str, Any]) -> Block:
    # A block of some other kind may stand among settings (`comment` only, `order`); its unknown keys are told as well.
    _check_unknown_keys(reader, data)
    if "progressive" in data and "sections" not in data:
        raise reader.error("`progressive` belongs to `sections`.", data, "progressive")
    if "def" in data:
        _remember_definition(reader, data)
    return Settings(**header, values=data)


def _default_roles(reader: Reader, data: Mapping) -> bool:
    """Whether the block says the default role; code beside it runs on every pass."""
    if "default role" in data:
        reader.reading.default_role = reader.words(data, "default role")
        return True
    return False


def _remember_definition(reader: Reader, data: Mapping) -> None:
    name = reader.word(data, "def")
    if name is None:
        raise reader.error("`def` must be a name.", data, "def")
    definitions = data.get("mako")
    entries = definitions if isinstance(definitions, Listing) else [] if definitions is None else [definitions]
    if any(not isinstance(entry, str) for entry in entries):
        raise reader.error("`mako` must be text or a list of texts.", data, "mako")
    reader.reading.defs.setdefault(name, []).extend(entries)


def _code(reader: Reader, data: Mapping, header: dict[str, Any]) -> Block:
    if "event" in data:
        reader.scan = False
    return Code(**header, code=reader.require_expression(data, "code", statements=True))


def _objects(reader: Reader, data: Mapping, header: dict[str, Any]) -> Block:
    objects = data["objects"]
    entries = objects if isinstance(objects, Listing) else [objects]
    declarations: list[ObjectDeclaration] = []
    for entry in entries:
        if not isinstance(entry, Mapping):
            raise reader.error("`objects` must be a list of `variable: Class`.", data, "objects")
        for variable in entry:
            if not isinstance(variable, str):
                raise reader.error(f"`{variable}` cannot be a variable name.", entry, variable)
            declarations.append(ObjectDeclaration(variable=reader.claim(variable), value=_class_of(reader, entry, variable)))
    return Objects(**header, declarations=tuple(declarations))


def _class_of(reader: Reader, entry: Mapping, variable: str) -> Expression:
    """What the object is made with. As in docassemble, what is not Python is a mistake only once the object is needed."""
    try:
        return reader.require_expression(entry, variable)
    except BlockError as error:
        if not isinstance(entry[variable], str):
            raise
        reader.notice(f"{error.message} Whatever needs `{variable}` will fail.", error.where or reader.where(entry, variable))
        return Expression(str(entry[variable]), reader.where(entry, variable))


def _objects_from_file(reader: Reader, data: Mapping, header: dict[str, Any]) -> Block:
    objects = data["objects from file"]
    files: list[tuple[str, Text]] = []
    for entry in objects if isinstance(objects, Listing) else [objects]:
        if not isinstance(entry, Mapping):
            raise reader.error("`objects from file` must be a list of `variable: file.yml`.", data, "objects from file")
        files += [(reader.claim(variable), reader.require_text(entry, variable)) for variable in entry]
    return ObjectsFromFile(**header, files=tuple(files), use_objects=reader.flag(data, "use objects", default=True))


def _data(reader: Reader, data: Mapping, header: dict[str, Any]) -> Block:
    return Data(
        **header,
        variable=_data_variable(reader, data),
        value=_data_value(reader, data, "data"),
        use_objects=_use_objects(data),
        gathered=reader.flag(data, "gathered", default=True),
    )


def _data_from_code(reader: Reader, data: Mapping, header: dict[str, Any]) -> Block:
    use_objects = _use_objects(data)
    return Data(
        **header,
        variable=_data_variable(reader, data),
        value=_code_leaves(reader, data, "data from code", use_objects),
        from_code=True,
        use_objects=use_objects,
        gathered=reader.flag(data, "gathered", default=True),
    )


def _data_variable(reader: Reader, data: Mapping) -> str:
    if not isinstance(data["variable name"], str):
        raise reader.error("`variable name` must name a variable.", data, "variable name")
    return reader.claim(data["variable name"])


def _use_objects(data: Mapping) -> bool | str:
    return "objects" if data.get("use objects") == "objects" else bool(data.get("use objects", False))


def _data_value(reader: Reader, container: Mapping | Listing, key: Any) -> Any:
    value = container[key]
    match value:
        case Mapping():
            return {name: _data_value(reader, value, name) for name in value}
        case Listing():
            return [_data_value(reader, value, n) for n in range(len(value))]
        case None | bool() | int() | float():
            return value
    return reader.make_text(as_words(value), reader.where(container, key))


def _code_leaves(reader: Reader, container: Mapping | Listing, key: Any, use_objects: bool | str, is_class: bool = False) -> Any:
    value = container[key]
    match value:
        case Mapping():
            names_class = use_objects == "objects" and "object" in value and value.keys() & {"items", "item"}
            return {
                name: _code_leaves(reader, value, name, use_objects, bool(names_class) and name in ("module", "object"))
                for name in value
            }
        case Listing():
            return [_code_leaves(reader, value, n, use_objects) for n in range(len(value))]
        case None | bool() | int() | float():
            return value
    return value if is_class else reader.require_expression(container, key)


def _template(reader: Reader, data: Mapping, header: dict[str, Any]) -> Block:
    if isinstance(data["template"], Mapping | Listing | None):
        raise reader.error("`template` must name a variable.", data, "template")
    variable = reader.claim(as_words(data["template"]))
    content_file = None
    if isinstance(data.get("content file"), Mapping):
        content_file = content_file_code(reader, data)
        content = reader.make_text("", reader.where(data, "content file"))
    elif "content file" in data:
        content = read_content_file(reader, data)
    else:
        if isinstance(data["content"], Mapping | Listing):
            raise reader.error("The `content` of a template must be text.", data, "content")
        content = reader.require_text(data, "content")
    return Template(
        **header,
        variable=variable,
        content=content,
        subject=reader.text(data, "subject"),
        content_file=content_file,
        target=reader.word(data, "target"),
        css_class=reader.word(data, "css class"),
        decorations=_decorations(reader, data),
    )


def _table(reader: Reader, data: Mapping, header: dict[str, Any]) -> Block:
    missing = [key for key in ("table", "rows", "columns") if key not in data]
    if missing:
        raise reader.error(f"A table needs `table`, `rows` and `columns`; `{missing[0]}` is missing.", data)
    edit = data.get("edit", False)
    if isinstance(edit, Listing):
        if not edit:
            raise reader.error("`edit` must be True, False or a list of attributes.", data, "edit")
        edit = reader.words(data, "edit")
    elif not isinstance(edit, bool):
        raise reader.error("`edit` must be True, False or a list of attributes.", data, "edit")
    return Table(
        **header,
        variable=reader.claim(as_words(data["table"])),
        rows=reader.require_expression(data, "rows"),
        columns=_columns(reader, data),
        edit=edit,
        edit_header=reader.text(data, "edit header"),
        delete_buttons=bool(data["delete buttons"]) if "delete buttons" in data else None,
        allow_reordering=data.get("allow reordering", False) is not False,
        read_only=reader.word(data, "read only"),
        confirm=bool(data.get("confirm", False)),
        require_gathered=data.get("require gathered") is not False,
        show_incomplete=data.get("show incomplete") is True,
        show_if_empty=data["show if empty"] if isinstance(data.get("show if empty", True), bool | None) and "show if empty" in data
        else True if "show if empty" not in data else reader.text(data, "show if empty"),
        not_available_label=reader.text(data, "not available label"),
        filter=reader.expression(data, "filter"),
        sort_key=reader.expression(data, "sort key"),
        sort_reverse=reader.code_value(data, "sort reverse"),
        css_class=reader.text(data, "table css class") or reader.text(data, "css class"),
        indent=reader.value(data, "indent") or False,
    )  # fmt: skip


def _columns(reader: Reader, data: Mapping) -> tuple[tuple[Text, Expression], ...]:
    columns = data["columns"]
    if not isinstance(columns, Listing):
        raise reader.error("`columns` must be a list.", data, "columns")
    found: list[tuple[Text, Expression]] = []
    for n, column in enumerate(columns):
        if not isinstance(column, Mapping) or not column:
            raise reader.error("Each column must be a mapping, such as `- Name: row_item.name`.", columns, n)
        if {"header", "cell"} <= column.keys():
            heading = reader.require_text(column, "header")
            found.append((heading, reader.require_expression(column, "cell")))
        else:
            key = next(iter(column))
            heading = reader.make_text(as_words(key), reader.where_key(column, key))
            found.append((heading, reader.require_expression(column, key)))
    return tuple(found)


def _require(reader: Reader, data: Mapping, header: dict[str, Any]) -> Block:
    if not isinstance(data["require"], Listing):
        raise reader.error("`require` must be a list.", data, "require")
    if not isinstance(data.get("orelse"), Mapping):
        raise reader.error("`require` needs an `orelse` with a block.", data)
    requirements = reader.expressions(data, "require")
    return Require(**header, requirements=requirements, orelse=_embed(reader, data["orelse"], header))


def _attachment_block(reader: Reader, data: Mapping, header: dict[str, Any]) -> Block:
    key = "attachment" if "attachment" in data else "attachments"
    attachments = parse_attachments(reader, data, key) if key in data else ()
    if attachments and not reader.sets and not reader.other_sets:
        raise reader.error("An attachment without a question needs a `variable name`.", data, key)
    return AttachmentBlock(**header, attachments=attachments, attachment_code=_attachment_code(reader, data))


def _attachment_code(reader: Reader, data: Mapping) -> Expression | None:
    if data.keys() & {"attachment", "attachments"}:
        return None
    return reader.expression(data, "attachment code") or reader.expression(data, "attachments code")


def _embed(reader: Reader, data: Mapping, header: dict[str, Any]) -> Block:
    """A block inside another: what it sets, the outer one is asked for."""
    inner = Reader(reader.file, data.line, reader.reading)
    block = _parse(inner, lower_keys(data), header["language"])
    for name in inner.sets:
        reader.sets[name] = None
    for name in inner.other_sets:
        reader.other_sets[name] = None
    return block


# ------------------------------------------------------------------------------------------------------------- questions


def _question(reader: Reader, data: Mapping, header: dict[str, Any]) -> Block:
    kind, answer = _answer(reader, data, header)
    if kind is not QuestionKind.FIELDS and "required" in data and kind is not QuestionKind.SIGNATURE:
        raise reader.error("`required` of a whole block can only be used with `signature`.", data, "required")
    key = "attachment" if "attachment" in data else "attachments"
    return Question(
        **header,
        kind=kind,
        **answer,
        question=reader.require_text(data, "question") if "question" in data else reader.make_text("", reader.where()),
        subquestion=reader.text(data, "subquestion"),
        skip_undefined=bool(data.get("skip undefined", True)),
        attachments=parse_attachments(reader, data, key) if key in data else (),
        attachment_code=_attachment_code(reader, data),
        attachment_options={option: reader.value(data, option) for option in _ATTACHMENT_OPTIONS if option in data},
        validation_code=reader.expression(data, "validation code", statements=True),
        list_collect=_list_collect(reader, data),
        action_buttons=_action_buttons(reader, data),
        help=_help(reader, data, "help"),
        under=reader.text(data, "under"),
        right=reader.text(data, "right"),
        pre=reader.text(data, "pre"),
        post=reader.text(data, "post"),
        submit=reader.text(data, "submit"),
        css=reader.text(data, "css"),
        script=reader.text(data, "script"),
        css_class=reader.text(data, "css class"),
        table_css_class=reader.text(data, "table css class"),
        decorations=_decorations(reader, data),
        terms=parse_terms(reader, data, "terms"),
        auto_terms=parse_terms(reader, data, "auto terms"),
        audio=reader.texts(data, "audio"),
        video=reader.texts(data, "video"),
        progress=_progress(reader, data),
        continue_label=reader.text(data, "continue button label"),
        continue_color=reader.value(data, "resume button color") or reader.value(data, "continue button color"),
        back_button=reader.flag(data, "back button") if data.get("back button") is not None else None,
        back_button_label=reader.text(data, "back button label"),
        corner_back_button_label=reader.text(data, "corner back button label"),
        resume_label=reader.text(data, "resume button label"),
        reload=_reload(reader, data),
        prevent_going_back=reader.flag(data, "prevent going back"),
        hide_continue_button=reader.flag(data, "hide continue button"),
        disable_continue_button=reader.flag(data, "disable continue button"),
        breadcrumb=reader.text(data, "breadcrumb"),
        tabular=_tabular(reader, data),
        check_in=reader.word(data, "check in"),
        extras=_extras(reader, data),
    )


_ATTACHMENT_OPTIONS = (
    "allow emailing", "allow downloading", "email subject", "email body", "email template", "email address default",
    "always include editable files", "include attachment notice", "include download tab", "describe file types",
    "manual attachment list", "zip filename",
)  # fmt: skip
_EXTRA_KEYS = ("pen color", "question metadata", "allowed to set", "sleep", "segment", "segment id", "ga id", "command")
_RESPONSE_KEYS = (
    "response", "binaryresponse", "all_variables", "response filename", "redirect url", "null response", "content type",
    "response code", "include_internal", "sleep", "action", "backgroundresponse",
)  # fmt: skip


def _answer(reader: Reader, data: Mapping, header: dict[str, Any]) -> tuple[QuestionKind, dict[str, Any]]:
    """How the question is answered, and the parts of Question that belong to it."""
    continue_field: str | None = None
    if "continue button field" in data:
        continue_field = reader.claim(reader.variable(data, "continue button field"))
    answer: dict[str, Any] = {"continue_button_field": continue_field}
    if "review" in data:
        if header["mandatory"] is True and continue_field is None:
            raise reader.error("A review that is mandatory needs a `continue button field`.", data, "review")
        return QuestionKind.REVIEW, {**answer, "variable": continue_field, "review": parse_review(reader, data)}
    if "fields" in data:
        fields, code = parse_fields(reader, data)
        return QuestionKind.FIELDS, {**answer, "variable": continue_field, "fields": fields, "fields_code": code}
    for key in ("choices", "buttons", "dropdown", "combobox"):
        if key in data:
            return QuestionKind.MULTIPLE_CHOICE, {**answer, **_multiple_choice(reader, data, key, header)}
    for kind in (QuestionKind.YESNO, QuestionKind.NOYES, QuestionKind.YESNOMAYBE, QuestionKind.NOYESMAYBE):
        if kind.value in data:
            return kind, {**answer, "variable": reader.claim(reader.variable(data, kind.value))}
    if "signature" in data:
        variable = reader.claim(reader.variable(data, "signature"))
        return QuestionKind.SIGNATURE, {**answer, "variable": variable, "required": reader.flag(data, "required", default=True)}
    if continue_field is not None:
        return QuestionKind.SETTRUE, {**answer, "variable": continue_field}
    response = {key: reader.value(data, key) for key in _RESPONSE_KEYS if key in data}
    if response.keys() & {"response", "binaryresponse", "all_variables", "response filename", "redirect url", "null response", "action", "backgroundresponse"}:
        return QuestionKind.RESPONSE, {**answer, "response": response}
    return QuestionKind.DEADEND, answer


def _multiple_choice(reader: Reader, data: Mapping, key: str, header: dict[str, Any]) -> dict[str, Any]:
    variable = reader.claim(reader.variable(data, "field")) if "field" in data else None
    choices = parse_block_choices(
        reader, data, key, sets_field=variable is not None, embed=lambda inner: _embed(reader, inner, header)
    )
    sets_nothing = variable is None and key == "buttons"
    return {
        "variable": variable,
        "choices": choices,
        "buttons": choices if sets_nothing else None,
        "choice_style": "radio" if key == "choices" else key,
        "field_datatype": reader.word(data, "datatype") or (_choice_type(choices) if variable else None),
        "shuffle": bool(data.get("shuffle", False)),
        "default": reader.value(data, "default"),
        "validation_messages": parse_validation_messages(reader, data, "validation messages"),
    }


def _choice_type(choices: Choices) -> str | None:
    """``boolean`` when every value is true or false, ``threestate`` when None is among them."""
    if choices.code is not None or any(choice.code for choice in choices.items):
        return None
    values = [choice.value for choice in choices.items]
    if all(isinstance(value, bool) for value in values):
        return "boolean"
    if all(value is None or isinstance(value, bool) or value == "None" for value in values):
        return "threestate"
    return None


def _list_collect(reader: Reader, data: Mapping) -> ListCollect | None:
    collect = data.get("list collect")
    match collect:
        case None:
            return None
        case bool() | str():
            return ListCollect(enabled=reader.flag(data, "list collect", default=True))
        case Mapping():
            reader.check_keys(
                collect, ("enable", "label", "is final", "allow append", "allow delete", "add another label"), "`list collect`"
            )
            return ListCollect(
                enabled=reader.flag(collect, "enable", default=True),
                is_final=reader.flag(collect, "is final") if "is final" in collect else None,
                label=reader.text(collect, "label"),
                allow_append=reader.flag(collect, "allow append", default=True),
                allow_delete=reader.flag(collect, "allow delete", default=True),
                add_another_label=reader.text(collect, "add another label"),
            )
    raise reader.error("`list collect` must be True, an expression, or a mapping.", data, "list collect")


_BUTTON_KEYS = (
    "label", "action", "arguments", "color", "icon", "placement", "new window", "css class", "show if", "forget prior", "code",
)  # fmt: skip


def _action_buttons(reader: Reader, data: Mapping) -> tuple[ActionButton, ...]:
    buttons = data.get("action buttons")
    if buttons is None:
        return ()
    if isinstance(buttons, Mapping) and list(buttons) == ["code"]:
        return (ActionButton(label=reader.make_text("", reader.where(buttons)), code=reader.require_expression(buttons, "code")),)
    if not isinstance(buttons, Listing):
        raise reader.error("`action buttons` must be a list.", data, "action buttons")
    found = []
    for n, button in enumerate(buttons):
        if not isinstance(button, Mapping):
            raise reader.error("Each of the `action buttons` must be a mapping.", buttons, n)
        if list(button) == ["code"]:
            found.append(ActionButton(label=reader.make_text("", reader.where(button)), code=reader.require_expression(button, "code")))
            continue
        reader.check_keys(button, _BUTTON_KEYS, "an action button")
        for key in ("label", "action"):
            if not isinstance(button.get(key), str):
                raise reader.error(f"An action button needs a `{key}` in plain text.", button)
        arguments = button.get("arguments") or Mapping(button.line)
        if not isinstance(arguments, Mapping):
            raise reader.error("`arguments` must be a mapping.", button, "arguments")
        found.append(
            ActionButton(
                label=reader.require_text(button, "label"),
                action=reader.text(button, "action"),
                arguments={as_words(name): reader.value(arguments, name) for name in arguments},
                color=reader.value(button, "color"),
                icon=reader.value(button, "icon"),
                placement=reader.value(button, "placement"),
                new_window=reader.value(button, "new window"),
                css_class=reader.value(button, "css class"),
                show_if=reader.expression(button, "show if"),
                forget_prior=bool(button.get("forget prior", False)),
            )
        )
    return tuple(found)


def _help(reader: Reader, data: Mapping, key: str) -> Help | None:
    content = data.get(key)
    if content is None:
        return None
    if isinstance(content, Listing):
        raise reader.error(f"`{key}` must be text, or a mapping with `content`.", data, key)
    if not isinstance(content, Mapping):
        return Help(content=reader.require_text(data, key))
    reader.check_keys(content, ("label", "heading", "content", "audio", "video"), f"`{key}`")
    return Help(
        content=reader.require_text(content, "content") if "content" in content else reader.make_text("", reader.where(content)),
        label=reader.text(content, "label"),
        heading=reader.text(content, "heading"),
        audio=reader.texts(content, "audio"),
        video=reader.texts(content, "video"),
    )


def parse_help(reader: Reader, data: Mapping) -> Help | None:
    """``interview help``. Raises BlockError when it has no content."""
    content = data.get("interview help")
    if isinstance(content, Mapping) and "content" not in content:
        raise reader.error("`interview help` needs `content`.", data, "interview help")
    return _help(reader, data, "interview help")


def _decorations(reader: Reader, data: Mapping) -> tuple[Text, ...]:
    decoration = data.get("decoration")
    if decoration is None:
        return ()
    entries: Any = decoration if isinstance(decoration, Listing) else [decoration]
    found = []
    for n, entry in enumerate(entries):
        if isinstance(entry, Mapping):
            text = reader.text(entry, "image")
        else:
            text = reader.text(entries, n) if isinstance(entries, Listing) else reader.text(data, "decoration")
        if text is not None:
            found.append(Text(text.source.strip(), text.where, text.plain))
    return tuple(found)


def parse_terms(reader: Reader, data: Mapping, key: str) -> dict[str, Text]:
    """``terms`` or ``auto terms``: a mapping, or a list of mappings, or of ``phrases`` with a ``definition``."""
    terms = data.get(key)
    if terms is None:
        return {}
    if not isinstance(terms, Mapping | Listing):
        raise reader.error(f"`{key}` must be a mapping or a list.", data, key)
    found: dict[str, Text] = {}
    for entry in [terms] if isinstance(terms, Mapping) else terms:
        if not isinstance(entry, Mapping):
            raise reader.error(f"`{key}` as a list must be a list of `term: definition`.", data, key)
        phrases = entry.get("phrases")
        if len(entry) == 2 and isinstance(phrases, Listing) and "definition" in entry:
            definition = reader.require_text(entry, "definition")
            found.update({" ".join(as_words(phrase).lower().split()): definition for phrase in phrases})
            continue
        for term in entry:
            found[" ".join(as_words(term).lower().split())] = reader.require_text(entry, term)
    return found


def _progress(reader: Reader, data: Mapping) -> Value:
    progress = data.get("progress")
    if progress is None:
        return -1 if "progress" in data else None
    try:
        return int(progress)
    except (TypeError, ValueError):
        reader.notice(f"`progress` must be a whole number, not `{plain(progress)}`; it is ignored.", reader.where(data, "progress"))
        return None


def _reload(reader: Reader, data: Mapping) -> Value:
    return reader.value(data, "reload") if data.get("reload") else None


def _tabular(reader: Reader, data: Mapping) -> Text | bool:
    tabular = data.get("tabular", False)
    return (reader.text(data, "tabular") or False) if isinstance(tabular, str) else bool(tabular)


def _extras(reader: Reader, data: Mapping) -> dict[str, Any]:
    return {key: plain(data[key]) if isinstance(data[key], Mapping | Listing) else reader.value(data, key) for key in _EXTRA_KEYS if key in data}
