"""Attachments: the papers that a block names, with their templates and the values for them."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any

from engross.language.blocks import Attachment, Expression, Text, Value
from engross.language.reader import Reader, as_words, lower_keys, normal, plain
from engross.language.source import Listing, Mapping, locate_data

ATTACHMENT_KEYS = frozenset(
    {
        "name", "filename", "description", "variable name", "docx template file", "pdf template file", "content", "content file",
        "fields", "code", "field code", "field variables", "raw field variables", "skip undefined", "editable", "valid formats",
        "pdf/a", "tagged pdf", "update references", "redact", "password", "owner password", "template password", "decimal places",
        "checkbox export value", "rendering font", "docx reference file", "metadata", "language", "persistent", "private",
        "allow users", "allow privileges", "raw", "usedefs", "initial yaml", "additional yaml", "template file",
        "rtf template file", "hyperlink style", "pdftk", "manual", "manual code", "flattened checkbox label",
        "flattened checkbox unselected label", "convert to pdf",
    }
)  # fmt: skip
"""Every key of an attachment."""
_OPTION_KEYS = (
    "initial yaml", "additional yaml", "template file", "rtf template file", "hyperlink style", "allow users",
    "allow privileges", "flattened checkbox label", "flattened checkbox unselected label",
)  # fmt: skip


def parse_attachments(reader: Reader, container: Mapping, key: str) -> tuple[Attachment, ...]:
    """``attachment`` or ``attachments``: one paper or a list of them."""
    data = container[key]
    if isinstance(data, Listing):
        return tuple(_parse_one(reader, data, n) for n in range(len(data)))
    return (_parse_one(reader, container, key),)


def _parse_one(reader: Reader, container: Mapping | Listing, key: Any) -> Attachment:
    data = container[key]
    if isinstance(data, Mapping):
        written = lower_keys(data)
        with reader.using(reader.used_definitions(written)):
            return _parse_mapping(reader, written)
    if data is None or isinstance(data, Listing):
        raise reader.error("An attachment must be a mapping, or the text of the paper.", container, key)
    where = reader.where(container, key)
    return Attachment(
        where=where,
        package=reader.file.package,
        name=reader.make_text("Document", where),
        filename=reader.make_text("Document", where),
        content=reader.make_text(as_words(data), where),
    )


def _parse_mapping(reader: Reader, data: Mapping) -> Attachment:
    reader.check_keys(data, ATTACHMENT_KEYS, "an attachment")
    if "docx template file" in data and "pdf template file" in data:
        raise reader.error("An attachment has a `docx template file` or a `pdf template file`, not both.", data, "pdf template file")
    templated = "docx template file" in data or "pdf template file" in data
    if "fields" in data and not templated:
        raise reader.error("`fields` of an attachment need a `docx template file` or a `pdf template file`.", data, "fields")
    content, content_file, raw = _content(reader, data)
    if not (templated or content or content_file or data.keys() & {"manual", "manual code"}):
        raise reader.error("An attachment needs a template file, `content`, or a `content file`.", data)
    return Attachment(
        where=reader.where(data),
        package=reader.file.package,
        name=reader.text(data, "name"),
        filename=reader.text(data, "filename"),
        description=reader.text(data, "description"),
        variable=_variable(reader, data),
        docx_template=_docx_templates(reader, data),
        pdf_template=_template(reader, data, "pdf template file"),
        content=content,
        content_file=content_file,
        fields=_fields(reader, data),
        fields_given=bool(data.keys() & {"fields", "code", "field code", "field variables", "raw field variables"}),
        fields_code=reader.expression(data, "code"),
        field_code=_field_code(reader, data),
        field_variables=_field_variables(reader, data, "field variables"),
        raw_field_variables=_field_variables(reader, data, "raw field variables"),
        skip_undefined=reader.flag(data, "skip undefined"),
        editable=reader.flag(data, "editable", default=True),
        valid_formats=("raw",) if raw else _valid_formats(reader, data, templated),
        pdfa=reader.flag(data, "pdf/a") if "pdf/a" in data else None,
        tagged_pdf=reader.flag(data, "tagged pdf") if "tagged pdf" in data else None,
        update_references=reader.flag(data, "update references"),
        redact=reader.flag(data, "redact", default=True),
        password=reader.value(data, "password"),
        owner_password=reader.value(data, "owner password"),
        template_password=reader.value(data, "template password"),
        decimal_places=reader.value(data, "decimal places"),
        checkbox_export_value=reader.value(data, "checkbox export value"),
        rendering_font=reader.value(data, "rendering font"),
        docx_reference_file=reader.value(data, "docx reference file"),
        metadata=_metadata(reader, data),
        language=reader.word(data, "language"),
        persistent=reader.flag(data, "persistent") if "persistent" in data else None,
        private=reader.flag(data, "private") if "private" in data else None,
        raw=raw,
        manual=_manual(reader, data),
        manual_code=reader.expression(data, "manual code"),
        options={key: plain(data[key]) for key in _OPTION_KEYS if key in data},
    )


def _variable(reader: Reader, data: Mapping) -> str | None:
    if "variable name" not in data:
        return None
    variable = data["variable name"]
    if not isinstance(variable, str) or not variable.strip():
        raise reader.error("`variable name` must name a variable.", data, "variable name")
    return reader.claim(variable)


def _template(reader: Reader, container: Mapping | Listing, key: Any) -> Text | Expression | None:
    data = container.get(key) if isinstance(container, Mapping) else container[key]
    match data:
        case None:
            return None
        case str():
            return reader.text(container, key)
        case Mapping() if list(data) == ["code"]:
            return reader.require_expression(data, "code")
    raise reader.error("A template file is named by text, or by `code`.", container, key)


def _docx_templates(reader: Reader, data: Mapping) -> Text | Expression | tuple[Text | Expression, ...] | None:
    files = data.get("docx template file")
    if not isinstance(files, Listing):
        return _template(reader, data, "docx template file")
    found = tuple(file for n in range(len(files)) if (file := _template(reader, files, n)) is not None)
    return found[0] if len(found) == 1 else found


def _content(reader: Reader, data: Mapping) -> tuple[Text | None, Expression | None, str | None]:
    """The words, the expression for them, and the ending when the file is made as it is (``raw: True``)."""
    file = data.get("content file")
    wants_raw = bool(data.get("raw")) and file is not None
    if isinstance(file, Mapping):
        return None, content_file_code(reader, data), ".txt" if wants_raw else None
    if file is not None:
        names = reader.words(data, "content file")
        if not names:
            raise reader.error("`content file` must name a file.", data, "content file")
        ending = PurePath(names[-1]).suffix if wants_raw else None
        return read_content_file(reader, data), None, ending or None
    if isinstance(data.get("content"), Mapping | Listing):
        raise reader.error("`content` must be text.", data, "content")
    return reader.text(data, "content"), None, None


def content_file_code(reader: Reader, container: Mapping) -> Expression:
    """``content file: {code: …}``"""
    file = container["content file"]
    if list(file) != ["code"]:
        raise reader.error("A `content file` is named by text, a list of texts, or `code`.", container, "content file")
    return reader.require_expression(file, "code")


def read_content_file(reader: Reader, container: Mapping) -> Text:
    """The words of the files that ``content file`` names, one after the other. Raises BlockError when one is missing."""
    words = ""
    for name in reader.words(container, "content file"):
        path = locate_data(name, package=reader.file.package, folder="templates", root=reader.file.root)
        if path is None:
            raise reader.error(f"There is no content file `{name}` in the templates of {reader.file.package}.", container, "content file")
        reader.reading.content_files.append(path)
        words += path.read_text(encoding="utf-8-sig")
    return reader.make_text(words, reader.where(container, "content file"))


def _fields(reader: Reader, data: Mapping) -> tuple[tuple[str, Any], ...]:
    fields = data.get("fields")
    match fields:
        case None:
            return ()
        case Mapping():
            return tuple((as_words(name), _field_value(reader, fields, name)) for name in fields)
        case Listing():
            pairs: list[tuple[str, Any]] = []
            for n, entry in enumerate(fields):
                if not isinstance(entry, Mapping):
                    raise reader.error("Each of the `fields` of an attachment must be `name of the field: value`.", fields, n)
                pairs += [(as_words(name), _field_value(reader, entry, name)) for name in entry]
            return tuple(pairs)
    raise reader.error("`fields` of an attachment must be a list or a mapping.", data, "fields")


def _field_value(reader: Reader, container: Mapping | Listing, key: Any) -> Any:
    value = container[key]
    match value:
        case Mapping():
            return {as_words(name): _field_value(reader, value, name) for name in value}
        case Listing():
            return [_field_value(reader, value, n) for n in range(len(value))]
    return reader.make_text(as_words(value), reader.where(container, key))


def _field_code(reader: Reader, data: Mapping) -> tuple[tuple[str, Expression], ...]:
    code = data.get("field code")
    if code is None:
        return ()
    entries = code if isinstance(code, Listing) else [code]
    pairs: list[tuple[str, Expression]] = []
    for entry in entries:
        if not isinstance(entry, Mapping):
            raise reader.error("`field code` must be `name of the field: expression`.", data, "field code")
        pairs += [(as_words(name), reader.require_expression(entry, name)) for name in entry]
    return tuple(pairs)


def _field_variables(reader: Reader, data: Mapping, key: str) -> tuple[str, ...]:
    variables = reader.words(data, key)
    for variable in variables:
        if not re.fullmatch(r"[^\W\d]\w*", variable):
            raise reader.error(f"`{key}` lists plain variables; `{variable}` is not one.", data, key)
    return tuple(normal(variable) for variable in variables)


def _valid_formats(reader: Reader, data: Mapping, templated: bool) -> Value | tuple[str, ...]:
    formats = data.get("valid formats")
    if "pdf template file" in data:
        return ("pdf",)
    if isinstance(formats, Mapping):
        return reader.require_expression(formats, "code")
    if formats is None:
        return ("docx", "pdf") if templated else None
    return reader.words(data, "valid formats")


def _metadata(reader: Reader, data: Mapping) -> dict[str, Any]:
    metadata = data.get("metadata")
    if metadata is None:
        return {}
    if not isinstance(metadata, Mapping):
        raise reader.error("`metadata` of an attachment must be a mapping.", data, "metadata")
    found: dict[str, Any] = {}
    for key, value in metadata.items():
        found[as_words(key)] = reader.texts(metadata, key) if isinstance(value, Listing) else reader.value(metadata, key)
    return found


def _manual(reader: Reader, data: Mapping) -> dict[str, Expression]:
    manual = data.get("manual")
    if manual is None:
        return {}
    if not isinstance(manual, Mapping):
        raise reader.error("`manual` must be `format: expression`.", data, "manual")
    return {as_words(kind): reader.require_expression(manual, kind) for kind in manual}
