"""Addenda: what a form's box cannot hold goes to a page of its own.

An ``ALAddendumField`` says of one variable what fits (``safe_value``) and what is left over (``overflow_value``). Where the text
goes into a field of a PDF form, it is measured in that field's box and font; elsewhere it is counted, by characters and lines.
Names, arguments and results are AssemblyLine's; the parts always add up to the whole text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from textwrap import wrap
from typing import Any

from engross.context import current
from engross.documents import pdf
from engross.library.asking import defined, showifdef
from engross.library.collections import DADict, DAList, DAOrderedDict
from engross.library.objects import DAObject

_BOOKKEEPING = {"has_nonrandom_instance_name", "instanceName", "attrList"}


def label(dictionary: Mapping[Any, Any]) -> Any:
    """The first value of *dictionary*: what a column of ``columns()`` is called."""
    return next(iter(dictionary.values()), "") if isinstance(dictionary, Mapping | DADict) else ""


def key(dictionary: Mapping[Any, Any]) -> Any:
    """The first key of *dictionary*: the attribute that a column of ``columns()`` shows."""
    return next(iter(dictionary.keys()), "") if isinstance(dictionary, Mapping | DADict) else ""


def safeattr(object: Any, key: str) -> str:
    """An attribute or entry as text; an empty text when there is none. Never asks. Places on the map are passed over."""
    if isinstance(object, dict | DADict):
        return str(object.get(key, ""))
    if not isinstance(object, DAObject):
        return ""
    if key == "location":
        return ""
    try:
        return str(getattr(object, key)) if hasattr(object, key) else ""
    except (AttributeError, NameError, IndexError, KeyError, TypeError, ValueError):
        return ""


class ALAddendumField(DAObject):
    """One variable that may not fit into its box.

    ``field_name`` names the variable. ``overflow_trigger`` is the number of characters, or of list items, that fit; True
    sends everything to the addendum, False nothing.
    """

    def value_if_defined(self) -> Any:
        """The variable's value, or an empty text. Never asks."""
        return showifdef(self.field_name, "")

    def value(self) -> Any:
        """The whole value."""
        return self.value_if_defined()

    def __str__(self) -> str:
        return str(self.value_if_defined())

    def max_lines(self, input_width: int = 80) -> int:
        """How many lines of *input_width* characters fit."""
        return int(self.overflow_trigger) // input_width

    def safe_value(
        self,
        overflow_message: str = "",
        input_width: int = 80,
        preserve_newlines: bool = False,
        _original_value: Any = None,
        preserve_words: bool = True,
    ) -> Any:
        """What fits: the text, or as many words of it as leave room for *overflow_message*; or the first items of a list.

        With *preserve_newlines*, lines are counted in place of characters. Other white space becomes one space each.

        Ours: while a PDF form is filled, what fits is measured in the box that the text is for, with its font. Characters and lines
        count only where no box is known.
        """
        self._take_box(overflow_message, preserve_newlines, preserve_words)
        shown = self._safe_value(
            overflow_message=overflow_message,
            input_width=input_width,
            preserve_newlines=preserve_newlines,
            _original_value=_original_value,
            preserve_words=preserve_words,
        )
        moment = current().moment
        moment.form_field_shown = shown if isinstance(shown, str) else None
        if moment.form_texts is not None and moment.form_field is None and isinstance(shown, str) and shown.strip():
            moment.form_texts.append((shown, lambda: self._take_box(overflow_message, preserve_newlines, preserve_words)))
        return shown

    def _take_box(self, overflow_message: str, preserve_newlines: bool, preserve_words: bool) -> None:
        """Remember the box that is being filled, and how its text is cut: what is left over begins where that ends."""
        boxes = current().moment.form_field
        if boxes is None:
            return
        found = {
            "template": boxes.template,
            "around": [boxes.before, boxes.after],
            "ending": overflow_message,
            "lines": preserve_newlines,
            "words": preserve_words,
        }
        known = self.__dict__.get("boxes", {})
        if known.get(boxes.name) != found:
            same_form = {name: box for name, box in known.items() if box["template"] == boxes.template}
            self.boxes = {**same_form, boxes.name: found}
            current().moment.form_field_taken = True

    def _measured(self, value: Any) -> tuple[str, str] | None:
        """*value* as (what its box shows, what is left); None where no box is known or the trigger decides.

        Of several boxes it is the one that is being filled, else the one that shows least.
        """
        if not isinstance(value, str) or "boxes" not in self.__dict__ or isinstance(self.overflow_trigger, bool):
            return None
        now = current().moment.form_field
        names = [now.name] if now is not None and now.name in self.boxes else list(self.boxes)
        found = [cut for name in names if (cut := self._cut(value, name, self.boxes[name])) is not None]
        return min(found, key=lambda cut: len(cut[0]), default=None)

    @staticmethod
    def _cut(value: str, name: str, box: Mapping[str, Any]) -> tuple[str, str] | None:
        stored = current().files.find(box["template"])
        boxes = pdf.boxes(current().files.read(stored.id), name) if stored is not None else None
        if boxes is None:
            return None
        before, after = box["around"]
        text = _line_breaks(value) if box["lines"] else re.sub(r"\s+", " ", value).strip()
        shown, rest = replace(boxes, before=before, after=after).overflow(text, ending=box["ending"], keep_words=box["words"])
        return (shown.rstrip(), rest.strip()) if rest.strip() else (shown, "")

    def _safe_value(
        self,
        *,
        overflow_message: str,
        input_width: int,
        preserve_newlines: bool,
        _original_value: Any,
        preserve_words: bool,
    ) -> Any:
        value = _as_text(_original_value or self.value_if_defined())
        if self.overflow_trigger is True:
            return overflow_message if isinstance(value, str) else []
        if self.overflow_trigger is False:
            return value
        if isinstance(value, list | DAList):
            return value[: self.overflow_trigger]
        if not isinstance(value, str):
            return value
        measured = self._measured(value)
        if measured is not None:
            return measured[0] + overflow_message if measured[1] else measured[0]
        if len(value) <= self.overflow_trigger and "\n" not in value and "\r" not in value:
            return value
        if preserve_newlines and self.max_lines(input_width) > 1:
            return self._lines_that_fit(value, overflow_message, input_width)
        value = re.sub(r"\s+", " ", value).rstrip()
        if len(value) <= self.overflow_trigger:
            return value
        room = max(self.overflow_trigger - len(overflow_message), 1)
        if not preserve_words:
            return value[:room] + overflow_message
        return wrap(value, width=room)[0].rstrip() + overflow_message

    def _lines_that_fit(self, value: str, overflow_message: str, input_width: int) -> str:
        # Each of the text's own lines takes at least one line of the box.
        limit = self.max_lines(input_width)
        value = _line_breaks(value)
        lines = [part for line in value.split("\n") for part in (wrap(line, width=input_width) or [""])]
        if len(lines) <= limit:
            return value
        kept = 0
        position = 0
        for line in lines[:limit]:
            start = value.index(line, position)
            kept = position = start + len(line)
        room = kept - len(overflow_message)
        if overflow_message and len(lines[limit - 1]) + len(overflow_message) > input_width:
            cut = value[:room]
            kept = len(re.sub(r"\S+$", "", cut).rstrip()) or room
        return value[:kept].rstrip() + overflow_message

    def overflow_value(
        self,
        preserve_newlines: bool = False,
        input_width: int = 80,
        overflow_message: str = "",
        preserve_words: bool = True,
    ) -> Any:
        """What does not fit: the rest of the text, or of the list."""
        if isinstance(self.overflow_trigger, bool):
            return self.value() if self.overflow_trigger else ""
        original = _as_text(self.value_if_defined())
        if isinstance(original, list | DAList):
            return original[self.overflow_trigger :]
        if not isinstance(original, str):
            raise ValueError(
                f"`{self.field_name}` is of type {type(original).__name__}; only texts and lists can overflow"
            )
        measured = self._measured(original)
        if measured is not None:
            return measured[1]
        safe = self._safe_value(
            overflow_message=overflow_message,
            input_width=input_width,
            preserve_newlines=preserve_newlines,
            _original_value=original,
            preserve_words=preserve_words,
        )
        if preserve_newlines and self.max_lines(input_width) > 1:
            whole = _line_breaks(original)
        else:
            whole = re.sub(r"\s+", " ", original).strip()
        if str(safe).strip() == whole:
            return ""
        return whole[max(len(safe.lstrip()) - len(overflow_message), 0) :].lstrip()

    def has_overflow(
        self,
        overflow_message: str = "",
        input_width: int = 80,
        preserve_newlines: bool = False,
        _original_value: Any = None,
        preserve_words: bool = True,
    ) -> bool:
        """Whether the value does not fit as it is."""
        value = _as_text(_original_value or self.value_if_defined())
        measured = self._measured(value)
        if measured is not None:
            return bool(measured[1])
        return bool(
            self._safe_value(
                overflow_message=overflow_message,
                input_width=input_width,
                preserve_newlines=preserve_newlines,
                _original_value=value,
                preserve_words=preserve_words,
            )
            != value
        )

    def original_or_overflow_message(
        self,
        overflow_message: str = "",
        input_width: int = 80,
        preserve_newlines: bool = False,
        _original_value: Any = None,
        preserve_words: bool = True,
    ) -> Any:
        """The whole value if it fits, else only *overflow_message*."""
        self._take_box("", preserve_newlines, preserve_words)
        value = _original_value or self.value_if_defined()
        overflows = self.has_overflow(
            overflow_message=overflow_message,
            input_width=input_width,
            preserve_newlines=preserve_newlines,
            _original_value=value,
            preserve_words=preserve_words,
        )
        return overflow_message if overflows else value

    def columns(self, skip_empty_attributes: bool = True, skip_attributes: set[str] | None = None) -> list[Any] | None:
        """What a table of the list shows: ``[{attribute: heading}, …]``, or None when the items have no attributes.

        ``headers``, if the field has them; else what the first item has.
        """
        if hasattr(self, "headers"):
            return list(self.headers)
        value = self.value_if_defined()
        if not isinstance(value, list | DAList) or not len(value):
            return None
        first = value[0]
        if isinstance(first, dict | DADict):
            return [{name: name} for name in first.keys()]  # noqa: SIM118 - DADict iterates over its keys only once gathered
        if not isinstance(first, DAObject):
            return None
        skipped = (skip_attributes or {"complete"}) | _BOOKKEEPING
        names = [name for name in first.__dict__ if name not in skipped and not name.startswith("_")]
        return [{name: name} for name in names if not skip_empty_attributes or safeattr(first, name)]

    def type(self) -> str:
        """``list``, ``object_list`` (of dictionaries or objects) or ``other``."""
        value = self.value_if_defined()
        if not isinstance(value, list | DAList):
            return "other"
        return "object_list" if len(value) and isinstance(value[0], dict | DADict | DAObject) else "list"

    def is_list(self) -> bool:
        """Whether the value is a list."""
        return self.type() in ("list", "object_list")

    def is_object_list(self) -> bool:
        """Whether the value is a list of dictionaries or objects."""
        return self.type() == "object_list"

    def overflow_markdown(self) -> str:
        """What does not fit, as a Markdown table or list."""
        rest = self.overflow_value()
        columns = self.columns()
        if not columns:
            if not rest:
                return ""
            items = [rest] if isinstance(rest, str) else rest
            return "* " + "\n* ".join(str(item) for item in items) + "\n"
        headings = " | ".join(str(label(column)) for column in columns)
        rule = "|".join(["-----"] * len(columns))
        rows = ["|".join(safeattr(row, key(column)).replace("|", "\\|") for column in columns) for row in rest]
        return "\n".join([headings, rule, *rows]) + "\n"

    def overflow_docx(self, path: str = "docassemble.ALDocumentDict:data/templates/addendum_table.docx") -> Any:
        """What does not fit, as a table in the DOCX file that is being filled."""
        from engross.documents.docx import include_docx_template

        return include_docx_template(path, columns=self.columns(), rows=self.overflow_value())


class ALAddendumFieldDict(DAOrderedDict):
    """The fields of one document that may overflow, by variable name."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        super().init(*pargs, **kwargs)
        self.object_type = ALAddendumField
        self.auto_gather = False
        if "style" not in self.__dict__:
            self.style = "overflow_only"
        if "data" in self.__dict__:
            self.from_list(self.data)
            del self.data

    def initializeObject(self, *pargs: Any, **kwargs: Any) -> Any:  # noqa: N802 - docassemble's name
        """Make the entry; it knows which variable it is for."""
        made = super().initializeObject(*pargs, **kwargs)
        self.elements[pargs[0]].field_name = pargs[0]
        return made

    def from_list(self, data: list[dict[str, Any]]) -> None:
        """Make entries from ``[{"field_name": …, "overflow_trigger": …}, …]``."""
        for entry in data:
            field = self.initializeObject(entry["field_name"], ALAddendumField)
            field.field_name = entry["field_name"]
            field.overflow_trigger = entry["overflow_trigger"]

    def defined_fields(self, style: str = "overflow_only") -> list[ALAddendumField]:
        """The fields with something left over; with another *style*, all whose variable has a value."""
        if style == "overflow_only":
            return [field for field in self.elements.values() if len(field.overflow_value())]
        return [field for field in self.elements.values() if defined(field.field_name)]

    def overflow(self) -> list[ALAddendumField]:
        """The fields with something left over."""
        return self.defined_fields(style="overflow_only")

    def has_overflow(self) -> bool:
        """Whether anything is left over."""
        return any(bool(len(field.overflow_value())) for field in self.elements.values())


def _as_text(value: Any) -> Any:
    """A template as its text; anything else as it is."""
    return value if isinstance(value, list | DAList | str | int | float | type(None)) or not _is_template(value) else str(value)


def _is_template(value: Any) -> bool:
    return any(kind.__name__ in ("DALazyTemplate", "DATemplate", "DALazyTableTemplate") for kind in type(value).__mro__)


def _line_breaks(value: str) -> str:
    return re.sub(r"[\r\n]+", "\n", value).replace("  ", " ").rstrip()
