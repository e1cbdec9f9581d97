"""Papers and bundles of papers: ``ALDocument``, ``ALDocumentBundle`` and their kin.

They decide what is made (which papers are enabled, which versions, in which order, numbered how, under which names) and make a
plan of it; no file is touched here. A bundle's plan is made in one go, so that the full PDF, the ZIP and the single papers share
their work.

Class, method and argument names, and their defaults, are those of AssemblyLine 4.8
(https://assemblyline.suffolklitlab.org/docs/components/AssemblyLine/al_document). Where ours differs, it says so.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import string
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any, ClassVar

from engross import names, quoting
from engross.context import current, current_or_none
from engross.documents import plan
from engross.documents.docx import table as table_paper
from engross.errors import DocumentError
from engross.library.addenda import ALAddendumField, ALAddendumFieldDict, key, label, safeattr
from engross.library.collections import DADict, DAList
from engross.library.files import (
    BrokenDraft,
    DAFile,
    DAFileCollection,
    DAFileList,
    DAStaticFile,
    docx_concatenate,
    ending_of,
    make,
    pdf_concatenate,
    pdf_node,
    planned_files,
    zip_file,
)
from engross.library.interchange import log
from engross.library.objects import DAObject
from engross.library.text import space_to_underscore
from engross.library.uploaded import is_left_out
from engross.library.words import word

__all__ = [
    "ALAddendumField",
    "ALAddendumFieldDict",
    "ALDocument",
    "ALDocumentBundle",
    "ALDocumentUpload",
    "ALStaticDocument",
    "ALTableDocument",
    "ALUntransformedDocument",
    "DALazyAttribute",
    "base_name",
    "html_safe_str",
    "key",
    "label",
    "safeattr",
    "table_row",
    "unpack_dafilelist",
]

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class _Unsaid(str):
    """A default that can be told from the same word said by the author."""


_ANY_FORMAT = _Unsaid("pdf")
"""``format`` of a download list when the author names none: PDF, and whatever else was made."""


def base_name(filename: Any) -> str:
    """*filename* without its ending."""
    return os.path.splitext(str(filename))[0]  # noqa: PTH122 - a Path would drop the folder of `a/b.pdf` and of URLs


def html_safe_str(the_string: str) -> str:
    """A text that can be an HTML class or id."""
    return re.sub(r"[^A-Za-z0-9]+", "_", the_string)


def random_suffix(length: int = 8) -> str:
    """Letters and digits that set two elements of a page apart."""
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(length))


def _javascript_href(function_name: str, *args: Any) -> str:
    """``javascript:name(…)`` with JSON arguments, escaped for an ``href``."""
    return escape(f"javascript:{function_name}({','.join(json.dumps(arg) for arg in args)})", quote=True)


class DALazyAttribute(DAObject):
    """What is remembered for one page only."""

    def __getstate__(self) -> dict[str, Any]:
        return {"instanceName": self.instanceName, "has_nonrandom_instance_name": True, "attrList": []}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


class _Enabling:
    """``title``, ``filename`` and ``enabled`` of a document or bundle, taken afresh once a page when code gives them.

    Ours: AssemblyLine computes ``enabled`` afresh and keeps ``title`` and ``filename`` for ever.
    """

    _FRESH: ClassVar[tuple[str, ...]] = ("title", "filename")

    def _start(self, given: Iterable[str]) -> None:
        """At the end of ``init``: *given* are the attributes that the author set when making the object."""
        self._given = [name for name in ("title", "filename", "enabled") if name in given]
        self.initializeAttribute("cache", DALazyAttribute)  # type: ignore[attr-defined]
        self.always_enabled = bool(self.__dict__.get("enabled", False))
        if "suffix_to_append" not in self.__dict__:
            self.suffix_to_append = "preview"

    def _fresh(self, name: str) -> Any:
        """The attribute; computed again, once a page, when a code block gives it."""
        cache = self.cache  # type: ignore[attr-defined]
        seen = f"fresh_{name}"
        if name in self.__dict__ and seen not in cache.__dict__ and name not in self._given:
            setattr(cache, seen, True)
            if _comes_from_code(f"{self.instanceName}.{name}"):  # type: ignore[attr-defined]
                return self.getattr_fresh(name)  # type: ignore[attr-defined]
        return getattr(self, name)

    def _has_title(self) -> bool:
        return "title" in self.__dict__ or _block_for(f"{self.instanceName}.title") is not None  # type: ignore[attr-defined]

    def _title(self) -> str:
        return str(self._fresh("title"))

    def _filename(self) -> str:
        return str(self._fresh("filename"))

    def _enabled_now(self, refresh: bool) -> bool:
        if self.__dict__.get("always_enabled"):
            return True
        cache = self.cache  # type: ignore[attr-defined]
        if "enabled" in cache.__dict__:
            return bool(cache.enabled)
        if not refresh:
            return bool(self.enabled)  # type: ignore[attr-defined]
        cache.enabled = bool(self.enabled)  # type: ignore[attr-defined]
        if "enabled" in self.__dict__ and _has_definition(f"{self.instanceName}.enabled"):  # type: ignore[attr-defined]
            # So that the next page computes it again. A value that no block can give again stays.
            del self.enabled  # type: ignore[attr-defined]
        return bool(cache.enabled)

    def _suffixed(self, key: str, append_matching_suffix: bool) -> str:
        """The file name without ending, for this version."""
        suffix = self.__dict__.get("suffix_to_append", "preview")
        stem = base_name(self._filename())
        return f"{stem}_{space_to_underscore(key)}" if append_matching_suffix and key == suffix else stem


def _block_for(path: str) -> Any:
    context = current_or_none()
    return context.interviewing.block(path) if context else None


def _has_definition(path: str) -> bool:
    # Outside of an interview (a unit test) the next page is like the first.
    return current_or_none() is None or _block_for(path) is not None


def _comes_from_code(path: str) -> bool:
    block = _block_for(path)
    return block is not None and type(block).__name__ == "Code"


class ALDocument(_Enabling, DADict):
    """One paper in its versions: ``doc["final"]``, ``doc["preview"]``, and ``doc.addendum`` for what does not fit."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        super().init(*pargs, **kwargs)
        self.initializeAttribute("overflow_fields", ALAddendumFieldDict)
        if "default_overflow_message" not in self.__dict__:
            self.default_overflow_message = "..."
        if "has_addendum" not in self.__dict__:
            self.has_addendum = False
        self._start(kwargs)

    def _version(self, key: str, refresh: bool) -> Any:
        """The version, filled again once a page with *refresh*; a file that code put there stays."""
        self._learn_what_may_overflow()
        if refresh and (key not in self.elements or _block_for(f"{self.instanceName}[{key!r}]") is not None):
            return self.getitem_fresh(key)
        return self[key]

    def _learn_what_may_overflow(self) -> None:
        """Have the code run that says which texts may be too long before the first of them is cut: a form with ``skip undefined``
        would leave out a text whose length is not known yet."""
        fields = self.overflow_fields
        if self.__dict__.get("has_addendum") and "gathered" not in fields.__dict__ and _block_for(f"{fields.instanceName}.gathered") is not None:
            fields.gathered  # noqa: B018 - asks for it

    def _addendum(self, refresh: bool) -> Any:
        if refresh and _block_for(f"{self.instanceName}.addendum") is not None:
            return self.getattr_fresh("addendum")
        return self.addendum

    def as_pdf(
        self, key: str = "final", refresh: bool = True, pdfa: bool = False, append_matching_suffix: bool = True
    ) -> Any:
        """This version as a PDF, with its addendum if something does not fit."""
        title = self._title()
        filename = self._suffixed(key, append_matching_suffix) + ".pdf"
        remembered = space_to_underscore(key) + ("-pdfa" if pdfa else "")
        if remembered in self.cache.__dict__:
            return _named(getattr(self.cache, remembered), title, filename)
        main = self._version(key, refresh)
        if self.need_addendum():  # known once the form is filled: texts are measured in its boxes
            addendum = self._addendum(refresh)
            made = pdf_concatenate(main, addendum, filename=filename, pdfa=pdfa)
        else:
            made = _as_pdf(main, filename, pdfa)
        _named(made, title, filename)
        _remember(made, key=key, pdfa=pdfa, append_matching_suffix=append_matching_suffix)
        setattr(self.cache, remembered, made)
        return made

    def as_docx(self, key: str = "final", refresh: bool = True, append_matching_suffix: bool = True) -> Any:
        """This version as DOCX if it is one, else as a PDF."""
        if not self._is_docx(key):
            return self.as_pdf(key=key, refresh=refresh, append_matching_suffix=append_matching_suffix)
        title = self._title()
        filename = self._suffixed(key, append_matching_suffix) + ".docx"
        main = self._version(key, refresh)
        if self.need_addendum():
            parts = [main, self._addendum(refresh)]
            if not all(_has_docx(part) for part in parts):
                return self.as_pdf(key=key, refresh=refresh, append_matching_suffix=append_matching_suffix)
            made = docx_concatenate(parts, filename=filename)
        else:
            made = main.docx if isinstance(main, DAFileCollection) else main
        _named(made, title, filename)
        _remember(made, key=key, append_matching_suffix=append_matching_suffix)
        return made

    def _is_docx(self, key: str = "final") -> bool:
        return _has_docx(self[key])

    def as_list(self, key: str = "final", refresh: bool = True) -> list[Any]:
        """This version and, if something does not fit, the addendum."""
        parts = [self._version(key, refresh)]
        if self.has_addendum and self.has_overflow():
            parts.append(self._addendum(refresh))
        return parts

    def need_addendum(self) -> bool:
        """Whether an addendum is wanted and something does not fit."""
        return bool(self.__dict__.get("has_addendum") and self.has_overflow())

    def has_overflow(self) -> bool:
        """Whether something does not fit."""
        return bool(self.overflow_fields.has_overflow())

    def overflow(self) -> list[ALAddendumField]:
        """The fields that do not fit."""
        return list(self.overflow_fields.overflow())

    def original_or_overflow_message(
        self,
        field_name: str,
        overflow_message: str | None = "",
        input_width: int = 80,
        preserve_newlines: bool = False,
        _original_value: Any = None,
        preserve_words: bool = True,
    ) -> Any:
        """The whole value of a field if it fits, else only the message."""
        return self.overflow_fields[field_name].original_or_overflow_message(
            overflow_message=self.default_overflow_message if overflow_message is None else overflow_message,
            input_width=input_width,
            preserve_newlines=preserve_newlines,
            _original_value=_original_value,
            preserve_words=preserve_words,
        )

    def safe_value(
        self,
        field_name: str,
        overflow_message: str | None = None,
        preserve_newlines: bool = False,
        input_width: int = 80,
        preserve_words: bool = True,
    ) -> Any:
        """What of a field's value fits."""
        return self.overflow_fields[field_name].safe_value(
            overflow_message=self.default_overflow_message if overflow_message is None else overflow_message,
            preserve_newlines=preserve_newlines,
            input_width=input_width,
            preserve_words=preserve_words,
        )

    def overflow_value(
        self,
        field_name: str,
        overflow_message: str | None = None,
        preserve_newlines: bool = False,
        input_width: int = 80,
        preserve_words: bool = True,
    ) -> Any:
        """What of a field's value does not fit."""
        return self.overflow_fields[field_name].overflow_value(
            overflow_message=self.default_overflow_message if overflow_message is None else overflow_message,
            preserve_newlines=preserve_newlines,
            input_width=input_width,
            preserve_words=preserve_words,
        )

    def is_enabled(self, refresh: bool = True) -> bool:
        """Whether this paper is part of its bundles; computed afresh once a page unless it was switched on when made."""
        return self._enabled_now(refresh)


class ALStaticDocument(_Enabling, DAStaticFile):
    """A file of the package's ``data/static`` as a paper: ``filename``, ``title``, ``enabled``."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        super().init(*pargs, **kwargs)
        self.has_addendum = False
        self.auto_gather = False
        self.gathered = True
        self._start(kwargs)

    def __getitem__(self, key: Any) -> ALStaticDocument:
        return self

    def as_list(self, key: str = "final", refresh: bool = True) -> list[Any]:
        """The file."""
        return [self]

    def as_pdf(
        self,
        key: str = "final",
        pdfa: bool = False,
        filename: str = "",
        append_matching_suffix: bool = True,
        refresh: bool = False,
    ) -> Any:
        """The file as a PDF."""
        made = pdf_concatenate(self, pdfa=pdfa, filename=f"{base_name(filename or _last_part(self.filename))}.pdf")
        _remember(made, key=key, pdfa=pdfa)
        made.title = str(self.title) if "title" in self.__dict__ else base_name(_last_part(self.filename))
        return made

    def as_docx(self, key: str = "final", refresh: bool = True, append_matching_suffix: bool = False) -> Any:
        """The file itself if it is DOCX, else a PDF. It has one version, so its name takes no suffix."""
        return self if self._is_docx() else self.as_pdf(key=key, append_matching_suffix=False)

    def _is_docx(self, key: str = "final") -> bool:
        self._populate()
        return str(self.extension).lower() == "docx" or self.mimetype == DOCX

    def show(self, width: Any = None, alt_text: str | None = None, **kwargs: Any) -> str:
        """The mark that shows the file as a PDF."""
        return str(pdf_concatenate(self).show(width=width, alt_text=alt_text))

    def is_enabled(self, refresh: bool = True, **kwargs: Any) -> bool:
        """Whether it is part of its bundles."""
        return self._enabled_now(refresh)


class ALDocumentBundle(_Enabling, DAList):
    """Papers, and bundles of papers, in order. Makes one PDF, one ZIP, or a list of them."""

    _NUMBERING: ClassVar[dict[str, Any]] = {
        "add_page_numbers": False,
        "page_number_prefix": "",
        "page_number_start": 1,
        "page_number_digits": 5,
        "page_number_area": None,
        "page_number_font_size": 10,
        "page_number_offset_horizontal": 15,
        "page_number_offset_vertical": 15,
    }

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        super().init(*pargs, **kwargs)
        if "auto_gather" not in kwargs:
            self.auto_gather = False
        if "gathered" not in kwargs:
            self.gathered = True
        self._set_default_attributes()
        self._start(kwargs)

    def _set_default_attributes(self) -> None:
        for name, value in self._NUMBERING.items():
            if name not in self.__dict__:
                setattr(self, name, value)

    # ------------------------------------------------------------------------------------------------- deciding

    def _is_self_enabled(self, refresh: bool = True) -> bool:
        return self._enabled_now(refresh)

    def is_enabled(self, refresh: bool = True) -> bool:
        """Whether the bundle is switched on and holds at least one paper that is."""
        return self._is_self_enabled(refresh=refresh) and self.has_enabled_documents(refresh=refresh)

    def has_enabled_documents(self, refresh: bool = False) -> bool:
        """Whether at least one paper is enabled."""
        return any(document.is_enabled(refresh=refresh) for document in self.elements)

    def enabled_documents(self, refresh: bool = True) -> list[Any]:
        """The papers and bundles that are enabled, in order."""
        return [document for document in self.elements if document.is_enabled(refresh=refresh)]

    def get_titles(self, key: str = "final", refresh: bool = True) -> list[str]:
        """The titles of all enabled papers, those of nested bundles in their place."""
        titles: list[str] = []
        for document in self.enabled_documents(refresh=refresh):
            if isinstance(document, ALDocumentBundle):
                titles += document.get_titles(key=key, refresh=refresh)
            else:
                titles.append(_title_of(document))
        return titles

    def as_flat_list(self, key: str = "final", refresh: bool = True) -> list[Any]:
        """All enabled papers and their addenda, those of nested bundles in their place."""
        flat: list[Any] = []
        for document in self.enabled_documents(refresh=refresh):
            if isinstance(document, ALDocumentBundle):
                flat += document.as_flat_list(key=key, refresh=refresh)
            else:
                flat += document.as_list(key=key, refresh=refresh)
        return flat

    def as_list(self, key: str = "final", refresh: bool = True) -> list[Any]:
        """As ``as_flat_list``."""
        return self.as_flat_list(key=key, refresh=refresh)

    def as_pdf_list(self, key: str = "final", refresh: bool = True, pdfa: bool = False) -> list[Any]:
        """A PDF for each enabled paper; a nested bundle is one PDF."""
        return [
            document.as_pdf(key=key, refresh=refresh, pdfa=pdfa) for document in self.enabled_documents(refresh=refresh)
        ]

    def as_docx_list(self, key: str = "final", refresh: bool = True) -> list[Any]:
        """A DOCX for each enabled paper that has one, a PDF for the others."""
        return [document.as_docx(key=key, refresh=refresh) for document in self.enabled_documents(refresh=refresh)]

    def as_editable_list(self, key: str = "final", refresh: bool = True) -> list[Any]:
        """The DOCX or RTF of all enabled papers; what has neither stays as it is."""
        return [_editable(item) for item in self.as_flat_list(key=key, refresh=refresh)]

    # --------------------------------------------------------------------------------------------------- making

    def as_pdf(
        self,
        key: str = "final",
        refresh: bool = True,
        pdfa: bool = False,
        append_matching_suffix: bool = True,
        ensure_parity: str | None = None,
    ) -> Any:
        """All enabled papers as one PDF, or None when there is none."""
        parity = ensure_parity or self.__dict__.get("default_parity")
        if parity not in (None, "even", "odd"):
            raise ValueError(f"ensure_parity must be 'even', 'odd' or None, not {parity!r}")
        remembered = "_".join(filter(None, [space_to_underscore(key) + ("-pdfa" if pdfa else ""), parity]))
        if remembered in self.cache.__dict__:
            return getattr(self.cache, remembered)
        documents = self.enabled_documents(refresh=refresh)
        if not documents:
            return None
        filename = self._suffixed(key, append_matching_suffix) + ".pdf"
        if len(documents) == 1 and not isinstance(documents[0], ALTableDocument):
            made = documents[0].as_pdf(
                key=key, refresh=refresh, pdfa=pdfa, append_matching_suffix=append_matching_suffix
            )
        else:
            parts = [
                document.as_printed() if isinstance(document, ALTableDocument) else document.as_pdf(key=key, refresh=refresh)
                for document in documents
            ]
            made = pdf_concatenate([part for part in parts if part is not None], filename=filename, pdfa=pdfa)
        if self.__dict__.get("add_page_numbers") or parity:
            made = self._finished(made, filename, parity, pdfa)
        title = self._title() if self._has_title() else base_name(filename)
        _named(made, title, filename)
        _remember(made, key=key, pdfa=pdfa, append_matching_suffix=append_matching_suffix)
        setattr(self.cache, remembered, made)
        return made

    def _finished(self, made: Any, filename: str, parity: str | None, pdfa: bool) -> DAFile:
        """*made* with page numbers and the wanted parity, as a file of its own: the single paper stays as it was."""
        node = pdf_node(made)
        if self.__dict__.get("add_page_numbers"):
            self._set_default_attributes()
            node = plan.Numbered(
                source=node,
                prefix=str(self.page_number_prefix),
                first=int(self.page_number_start),
                digits=int(self.page_number_digits),
                area=str(self.page_number_area or "BOTTOM_RIGHT"),
                font_size=float(self.page_number_font_size),
                horizontal_offset=float(self.page_number_offset_horizontal),
                vertical_offset=float(self.page_number_offset_vertical),
            )
        if parity or (pdfa and self.__dict__.get("add_page_numbers")):
            node = plan.Merged(parts=(node,), parity=parity, pdfa=pdfa)
        return DAFile.planned(node, filename, titles=made.titles())

    def as_zip(
        self,
        key: str = "final",
        refresh: bool = True,
        pdfa: bool = False,
        title: str = "",
        format: str | None = "pdf",
        include_pdf: bool | None = True,
    ) -> DAFile:
        """All enabled papers in one ZIP archive.

        *format* ``docx`` puts the DOCX there is, and with *include_pdf* its PDF, too; ``original`` puts files as they are.
        """
        format = format or "pdf"
        include_pdf = True if include_pdf is None else include_pdf
        remembered = f"{space_to_underscore(key)}_zip_{format}_{include_pdf}_{pdfa}"
        if remembered in self.cache.__dict__:
            return getattr(self.cache, remembered)  # type: ignore[no-any-return]
        documents = self.enabled_documents(refresh=refresh)
        made = self._zip_of(documents, key=key, refresh=refresh, pdfa=pdfa, title=title, format=format, include_pdf=include_pdf)
        setattr(self.cache, remembered, made)
        return made

    def _zip_of(
        self,
        documents: Iterable[Any],
        *,
        key: str,
        refresh: bool = True,
        pdfa: bool = False,
        title: str = "",
        format: str | None = "pdf",
        include_pdf: bool | None = True,
    ) -> DAFile:
        format = format or "pdf"
        include_pdf = True if include_pdf is None else include_pdf
        files: list[Any] = []
        for document in documents:
            if format == "original":
                files.append(document.as_pdf(key=key) if isinstance(document, ALDocumentBundle) else document[key])
                continue
            if format == "docx" and document._is_docx(key=key):
                files.append(document.as_docx(key=key, refresh=refresh))
                if not include_pdf:
                    continue
            files.append(document.as_pdf(key=key, refresh=refresh, pdfa=pdfa))
        made = zip_file([file for file in files if file is not None], filename=base_name(self._filename()) + ".zip")
        made.title = title or (self._title() if self._has_title() else base_name(self._filename()))
        _remember(made, key=key, pdfa=pdfa, format=format, include_pdf=include_pdf)
        return made

    def preview(self, refresh: bool = True) -> Any:
        """All enabled papers in their ``preview`` version as one PDF, or None when there is none."""
        return self.as_pdf(key="preview", refresh=refresh)

    def _is_docx(self, key: str = "final") -> bool:
        return all(document._is_docx(key=key) for document in self.enabled_documents())

    def as_docx(self, key: str = "final", refresh: bool = True, append_matching_suffix: bool = True) -> Any:
        """All enabled papers as one DOCX if each of them is one, else as one PDF."""
        if not self.enabled_documents(refresh=refresh) or not self._is_docx(key=key):
            return self.as_pdf(key=key, refresh=refresh, append_matching_suffix=append_matching_suffix)
        filename = self._suffixed(key, append_matching_suffix) + ".docx"
        made = docx_concatenate(self.as_docx_list(key=key, refresh=refresh), filename=filename)
        made.title = self._title() if self._has_title() else base_name(filename)
        return made

    def __str__(self) -> str:
        return str(self.as_pdf(refresh=False))

    def get_cacheable_documents(
        self,
        key: str = "final",
        pdf: bool = True,
        docx: bool = False,
        original: bool = False,
        refresh: bool = True,
        pdfa: bool = False,
        include_zip: bool = True,
        include_full_pdf: bool = False,
        append_matching_suffix: bool = True,
        zip_include_pdf: bool | None = None,
        zip_format: str | None = None,
    ) -> tuple[list[dict[str, Any]], Any, Any]:
        """All enabled papers, made: ``([{"title", "pdf", "docx", "original", "download_filename"}, …], zip, full_pdf)``.

        A paper has ``docx`` only if it is one. The ZIP and the full PDF are None when not wanted, or when there is only
        one paper. Everything is made together.

        Ours: a paper that cannot be made has ``failure`` (``{"reason", "code"}``, see ``context.PaperFailure``) and does not keep
        the others from being made. The ZIP then holds the others. The full PDF stays planned and has a ``failure`` of its own: a
        set that looks whole and is not would be handed in.
        """
        documents = self.enabled_documents(refresh=refresh)
        for document in documents:
            _title_of(document)  # what is still to be asked is asked before the work begins
        results = [
            self._planned_paper(
                document, key=key, pdf=pdf, docx=docx, original=original, refresh=refresh, pdfa=pdfa,
                append_matching_suffix=append_matching_suffix,
            )
            for document in documents
        ]  # fmt: skip
        several = len(documents) > 1
        form = zip_format or ("original" if original else "docx" if docx else "pdf")
        packing: dict[str, Any] = {"key": key, "pdfa": pdfa, "format": form, "include_pdf": zip_include_pdf}
        good = [document for document, result in zip(documents, results, strict=True) if "failure" not in result]
        archive = whole = None
        if several and include_zip and len(good) == len(documents):
            archive = self.as_zip(**packing)
        if several and include_full_pdf:
            whole = self.as_pdf(key=key, pdfa=pdfa) if len(good) == len(documents) else self._withheld(key)
        make(files_of((results, archive, whole)), partial=True)
        for document, result in zip(documents, results, strict=True):
            note_failure(result, document)
        good = [document for document, result in zip(documents, results, strict=True) if "failure" not in result]
        if several and include_zip and len(good) < len(documents):
            archive = self._zip_of(good, **packing) if good else None
            make(files_of(archive), partial=True)
        if whole is not None and len(good) < len(documents) and not _has_failed(whole):
            whole = self._withheld(key)  # made without a file that one of the papers is nothing but
        return results, archive, whole

    def _withheld(self, key: str) -> DAFile:
        """The full PDF when one of its papers could not even be filled."""
        made = DAFile()
        made.set_random_instance_name()
        made.filename = self._suffixed(key, True) + ".pdf"
        made.failure = {"reason": "ours", "code": ""}
        return made

    def _planned_paper(
        self,
        document: Any,
        *,
        key: str,
        pdf: bool,
        docx: bool,
        original: bool,
        refresh: bool,
        pdfa: bool,
        append_matching_suffix: bool,
    ) -> dict[str, Any]:
        """What is offered of one paper; with ``failure`` when its template cannot be filled."""
        result: dict[str, Any] = {"title": _title_of(document)}
        stem = base_name(_filename_of(document))
        let_fail(document, key)
        try:
            if pdf:
                result["pdf"] = document.as_pdf(key=key, refresh=refresh, pdfa=pdfa, append_matching_suffix=append_matching_suffix)
                result["download_filename"] = f"{stem}.{_ending(result['pdf'], 'pdf')}"
            if docx and document._is_docx(key=key):
                result["docx"] = document.as_docx(key=key, refresh=refresh, append_matching_suffix=append_matching_suffix)
                result["download_filename"] = f"{stem}.{_ending(result['docx'], 'docx')}"
            if original:
                result["original"] = document.as_pdf(key=key) if isinstance(document, ALDocumentBundle) else document[key]
                result["download_filename"] = f"{stem}.{_ending(result['original'], 'pdf')}"
        except BrokenDraft as error:
            return {"title": result["title"], "failure": error.failure}
        except DocumentError as error:
            # What is wrong with an upload is found out when it is made; this was found out before: a file that is not there.
            log(f"{result['title']}: {error}")
            return {"title": result["title"], "failure": {"reason": "ours", "code": ""}}
        return result

    def _papers_now(self) -> tuple[list[dict[str, Any]], Any, Any]:
        """What a task made (``_downloadable_files``), as far as it agrees with the answers; what does not is made again.

        Ours: AssemblyLine shows what was made, whatever was answered since. A paper whose filled template is the same as
        before is found again by its content key, so looking costs no conversion.
        """
        saved: tuple[list[dict[str, Any]], Any, Any] = self._downloadable_files
        recipe = _recipe(saved)
        if recipe is None:
            return saved
        results, archive, whole = saved
        if results and all("failure" in result for result in results):
            results = [{"pdf": None}]
        return self.get_cacheable_documents(
            key=recipe["key"],
            pdf=any("pdf" in result for result in results),
            docx=any("docx" in result for result in results),
            original=any("original" in result for result in results),
            pdfa=bool(recipe.get("pdfa")),
            append_matching_suffix=bool(recipe.get("append_matching_suffix", True)),
            include_zip=archive is not None or len(results) < 2,
            include_full_pdf=whole is not None or len(results) < 2,
            zip_format=(_recipe([archive]) or {}).get("format"),
            zip_include_pdf=(_recipe([archive]) or {}).get("include_pdf"),
        )

    # -------------------------------------------------------------------------------------------------- showing

    def download_list_html(
        self,
        key: str = "final",
        format: str = _ANY_FORMAT,
        view: bool = True,
        refresh: bool = True,
        pdfa: bool = False,
        include_zip: bool = True,
        view_label: str | None = None,
        view_icon: str = "eye",
        download_label: str | None = None,
        download_icon: str = "download",
        send_label: str | None = None,
        send_icon: str = "envelope",
        zip_label: str | None = None,
        zip_icon: str = "file-archive",
        zip_row_label: str | None = "",
        append_matching_suffix: bool = True,
        include_email: bool = False,
        use_previously_cached_files: bool = False,
        include_full_pdf: bool = False,
        full_pdf_label: str | None = None,
        zip_include_pdf: bool | None = True,
        zip_format: str | None = None,
    ) -> str:
        """The list of papers with buttons to look at them and to download them, as HTML.

        With *use_previously_cached_files*, what a task made is shown (``_downloadable_files``).
        """
        if use_previously_cached_files and hasattr(self, "_downloadable_files"):
            results, archive, whole = self._papers_now()
        else:
            results, archive, whole = self.get_cacheable_documents(
                key=key,
                pdf=format == "pdf" or view,
                docx=format == "docx",
                original=format == "original",
                refresh=refresh,
                pdfa=pdfa,
                include_zip=include_zip,
                include_full_pdf=include_full_pdf,
                append_matching_suffix=append_matching_suffix,
                zip_include_pdf=view if zip_include_pdf is None else zip_include_pdf,
                zip_format=zip_format or str(format),
            )
        labels = {
            "view": view_label or self._label("view_label", "View"),
            "download": download_label or self._label("download_label", "Download"),
        }
        rows = []
        failed = [str(result["title"]) for result in results if "failure" in result]
        if include_full_pdf and whole:
            rows.append(self._withheld_row(failed, full_pdf_label) if _has_failed(whole) else self._full_pdf_row(whole, full_pdf_label))
        for result in results:
            if "failure" in result:
                rows.append(failed_row(str(result["title"]), result["failure"]))
                continue
            buttons = list(_paper_buttons(result, format, view, labels, view_icon, download_icon))
            if buttons:
                absent = left_out_of(result)
                buttons += [_replace(path, name) for path, name in absent]
                rows.append(table_row(escape(str(result["title"])) + _extent(result.get("pdf")) + without(name for _, name in absent), buttons))
        if include_zip and archive and not _has_failed(archive):
            rows.append(self._zip_row(archive, zip_label, zip_icon, zip_row_label, lacking=[*failed, *(name for _, name in left_out_of(archive))]))
        if include_email:
            rows.append(self.send_email_table_row(key=key, send_label=send_label, send_icon=send_icon))
        again = try_again() if failed or _has_failed(whole) else ""
        return _table("al_doc_table", self.instanceName, rows) + again + self._change_answers()

    def _change_answers(self) -> str:
        """The way back to the answers, once on a page: papers that change are made again, so nothing is lost by it.

        Ours: with AssemblyLine, papers made in the background cannot follow an edit.
        """
        context = current_or_none()
        event = context.interviewing.review_event() if context is not None else None
        if context is None or event is None or context.screen.setdefault("change answers", self.instanceName) != self.instanceName:
            return ""
        from engross.library.actions import url_action

        return (
            f'\n<div class="al_change_answers border rounded p-3 my-3"><h2 class="h5">{word("Did you find a mistake?")}</h2>'
            f"<p>{word('Change your answer. Only the papers that change are made again.')}</p>"
            f'<a class="btn btn-outline-primary al_change_answers_button" href="{escape(url_action(event), quote=True)}">'
            f"{_icon('pencil')}{word('Change my answers')}</a></div>"
        )

    def _full_pdf_row(self, whole: Any, full_pdf_label: str | None) -> str:
        words = full_pdf_label or self._label("full_pdf_label", "Download as one PDF")
        return table_row(
            words + _extent(whole, with_size=True) + without(name for _, name in left_out_of(whole)),
            [
                _button(
                    whole.url_for(attachment=True, display_filename=base_name(self._filename()) + ".pdf"),
                    words,
                    icon="file-pdf",
                    classes="al_full_pdf al_button",
                )
            ],
        )

    def _withheld_row(self, failed: list[str], full_pdf_label: str | None) -> str:
        """In place of the full PDF: which papers it waits for."""
        words = full_pdf_label or self._label("full_pdf_label", "Download as one PDF")
        said = word("This is not offered, because a paper is missing:")
        return table_row(words, [f'<span class="al_failure text-body-secondary">{said} {escape(", ".join(failed))}</span>'])

    def _zip_row(
        self, archive: Any, zip_label: str | None, zip_icon: str, zip_row_label: str | None, *, lacking: list[str]
    ) -> str:
        words = zip_label or self._label("zip_label", "Download all")
        title = zip_row_label or (escape(self._title()) if self._has_title() else words)
        title += without(lacking)
        button = _button(
            archive.url_for(attachment=True, display_filename=base_name(self._filename()) + ".zip"),
            words,
            icon=zip_icon,
            classes="al_zip al_button",
        )
        return table_row(title, [button])

    def _label(self, name: str, words: str) -> str:
        """A label template of the interview, or *words* when there is none."""
        if name in self.__dict__ or (current_or_none() is not None and _block_for(f"{self.instanceName}.{name}")):
            return str(getattr(self, name)).strip() or word(words)
        return str(word(words))

    def download_html(
        self,
        key: str = "final",
        format: str = "pdf",
        pdfa: bool = False,
        view: bool = True,
        refresh: bool = True,
        view_label: str = "View",
        view_icon: str = "eye",
        download_label: str = "Download",
        download_icon: str = "download",
    ) -> str:
        """All enabled papers as one file, with buttons to look at it and to download it. Older than ``download_list_html``."""
        whole = self.as_docx(key=key) if format == "docx" else self.as_pdf(key=key, pdfa=pdfa)
        if whole is None:
            return _table("merged_docs", self.instanceName, [])
        shown = self.as_pdf(key=key, pdfa=pdfa) if view else None
        make([item for item in (whole, shown) if item is not None])
        buttons = [_button(whole.url_for(attachment=True), word(download_label), icon=download_icon, classes="al_download")]
        if shown is not None:
            buttons.insert(
                0,
                _button(
                    shown.url_for(attachment=False),
                    word(view_label),
                    icon=view_icon,
                    color="secondary",
                    classes="al_view",
                    new_window=True,
                ),
            )
        title = self._title() if self._has_title() else base_name(self._filename())
        return _table("merged_docs", self.instanceName, [table_row(escape(title), buttons)])

    # -------------------------------------------------------------------------------------------------- sending

    def send_email_table_row(self, key: str = "final", send_label: str | None = None, send_icon: str = "envelope") -> str:
        """A row with a box for an e-mail address and a button that sends the papers there."""
        if not self.has_enabled_documents():
            return ""
        name = html_safe_str(self.instanceName) + random_suffix()
        field = _email_field(
            f"_ignore_al_doc_email_{name}",
            self._label("email_input_label", "Email"),
            self._label("email_alt_text", "Email address for document"),
            "al_doc_email_field al_button",
        )
        button = self._send_button(
            name, send_label, send_icon, key=key, template_name="", formats=None, classes="al_send_email_button al_button"
        )
        return (
            f'<div class="row al_doc_table_row al_send_bundle {name}" id="al_send_bundle_{name}">'
            f'<div class="col col-12 col-sm-9 al_email_input_col">'
            f'<span class="al_email_input_container {name} form-group da-field-container da-field-container-datatype-email">'
            f"{field}</span></div>"
            f'<div class="col col-12 col-sm-3 al_email_send_col al_buttons">{button}</div></div>'
        )

    def send_button_to_html(
        self,
        email: str,
        editable: bool | None = None,
        template_name: str = "",
        label: str | None = None,
        icon: str = "envelope",
        color: str = "primary",
        key: str = "final",
        preferred_formats: str | list[str] | None = None,
    ) -> str:
        """A button that sends the papers to *email*."""
        if not self.has_enabled_documents():
            return ""
        name = html_safe_str(self.instanceName) + random_suffix()
        formats: Any = (
            [str(item) for item in preferred_formats]
            if isinstance(preferred_formats, list | tuple)
            else str(preferred_formats)
            if preferred_formats
            else None
        )
        call = (
            "aldocument_send_to_action",
            str(self.attr_name("send_email_to_action_event")),
            str(editable),
            str(email),
            f"al_send_email_to_button_{name}",
            str(template_name),
            str(key),
            formats,
        )
        return _action_link(
            call,
            label if label is not None else self._label("send_label", "Send"),
            icon=icon,
            color=color,
            classes="al_send_email_button al_button",
            identifier=f"al_send_email_to_button_{name}",
        )

    def send_button_html(
        self,
        key: str = "final",
        show_editable_checkbox: bool = True,
        template_name: str = "",
        label: str | None = None,
        icon: str = "envelope",
        preferred_formats: str | list[str] | None = None,
        email_legend_class: str = "h4",
        email_label: str | None = None,
    ) -> str:
        """A box for an e-mail address, a choice to have editable copies, too, and a button that sends the papers."""
        if not self.has_enabled_documents():
            return ""
        if isinstance(preferred_formats, str):
            preferred_formats = [preferred_formats]
        formats = [str(item) for item in preferred_formats or (["pdf", "docx"] if show_editable_checkbox else ["pdf"])]
        name = html_safe_str(self.instanceName) + random_suffix()
        checkbox = ""
        if show_editable_checkbox and len(formats) > 1:
            words = self._label("include_editable_documents", "Include an editable copy")
            checkbox = (
                '<div class="form-check-container"><div class="form-check">'
                f'<input class="form-check-input al_wants_editable" type="checkbox" id="_ignore_al_wants_editable_{name}">'
                f'<label class="al_wants_editable form-check-label" for="_ignore_al_wants_editable_{name}">{words}</label>'
                "</div></div>"
            )
        field = _email_field(
            f"_ignore_al_doc_email_{name}",
            email_label or self._label("email_input_label", "Email"),
            self._label("email_alt_text", "Email address for document"),
            "",
        )
        button = self._send_button(
            name, label, icon, key=key, template_name=template_name, formats=formats, classes="al_send_email_button"
        )
        legend = self._label("get_email_copy", "Get a copy of the documents in email")
        whose = html_safe_str(self.instanceName)
        return (
            f'<fieldset class="al_send_bundle al_send_section_alone {whose}" id="al_send_bundle_{name}">'
            f'<legend class="{escape(email_legend_class, quote=True)} al_doc_email_header">{legend}</legend>{checkbox}'
            f'<div class="al_email_container"><span class="al_email_address {whose} container form-group row'
            f' da-field-container da-field-container-datatype-email">{field}</span>{button}</div></fieldset>'
        )

    def _send_button(
        self, name: str, label: str | None, icon: str, *, key: str, template_name: str, formats: Any, classes: str
    ) -> str:
        call = (
            "aldocument_send_action",
            str(self.attr_name("send_email_action_event")),
            f"_ignore_al_wants_editable_{name}",
            f"_ignore_al_doc_email_{name}",
            str(template_name),
            str(key),
            formats,
        )
        return _action_link(
            call,
            label if label is not None else self._label("send_label", "Send"),
            icon=icon,
            color="primary",
            classes=classes,
            identifier=f"al_send_email_button_{name}",
        )

    def send_email(
        self,
        to: Any = None,
        key: str = "final",
        editable: bool | None = None,
        template: Any = None,
        preferred_formats: str | list[str] | None = "pdf",
        **kwargs: Any,
    ) -> bool:
        """Send each enabled paper in the wanted formats. The attachments are the files that the download list shows."""
        from engross.library.mail import send_email

        if template is None:
            template = self.send_email_template
        if preferred_formats is None:
            preferred_formats = ["docx", "pdf"] if editable else ["pdf"]
        formats = {str(item).lower() for item in ([preferred_formats] if isinstance(preferred_formats, str) else preferred_formats)}
        attachments = []
        for document in self.enabled_documents():
            primary = document.as_docx(key=key) if "docx" in formats else None
            if primary is not None:
                attachments.append(primary)
            if "pdf" in formats and (primary is None or getattr(primary, "extension", "") != "pdf"):
                attachments.append(document.as_pdf(key=key))
        make([item for item in attachments if isinstance(item, DAFile)])
        return bool(send_email(to=to, template=template, attachments=attachments, **kwargs))


    def asked_addresses(self) -> list[str]:
        """The addresses that a "Send" button was pressed for."""
        from engross.library.actions import action_argument

        asked = action_argument("email")
        return [str(item) for item in (asked if isinstance(asked, list | tuple) else [asked]) if item]

    def send_email_as_asked(self) -> bool:
        """Send what a "Send" button asks for: ``email key editable template_name preferred_formats``."""
        from engross.library.actions import action_argument
        from engross.library.asking import value

        formats = action_argument("preferred_formats") or ["pdf", "docx"]
        formats = [formats] if isinstance(formats, str) else list(formats)
        if action_argument("show_editable_checkbox") is not None and not action_argument("editable") and len(formats) > 1:
            formats = ["pdf"]
        name = action_argument("template_name")
        return self.send_email(
            to=self.asked_addresses(),
            template=value(name) if name and names.is_path(name) else None,
            key=action_argument("key") or "final",
            preferred_formats=formats,
        )


class ALUntransformedDocument(ALDocument):
    """A file that is handed on as it is, whatever format is asked for."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        super().init(*pargs, **kwargs)
        self.has_addendum = False

    def has_overflow(self) -> bool:
        """Never."""
        return False

    def as_list(self, key: str = "final", refresh: bool = True, **kwargs: Any) -> list[Any]:
        """The file."""
        return [self[key]]

    def as_pdf(
        self,
        key: str = "final",
        refresh: bool = True,
        pdfa: bool = False,
        append_matching_suffix: bool = True,
        **kwargs: Any,
    ) -> Any:
        """The file as it is."""
        return self[key]

    def as_docx(self, key: str = "final", refresh: bool = True, append_matching_suffix: bool = True) -> Any:
        """The file as it is."""
        return self[key]


class ALDocumentUpload(ALUntransformedDocument):
    """An upload (``file``) as a paper."""

    file: Any

    def __getitem__(self, key: Any) -> Any:
        if isinstance(self.file, DAFileList):
            self.file = unpack_dafilelist(self.file)
        return self.file


class ALTableDocument(ALDocument):
    """A table (``table``) as an Excel file."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        super().init(*pargs, **kwargs)
        self.has_addendum = False

    def has_overflow(self) -> bool:
        """Never."""
        return False

    def __getitem__(self, key: Any) -> Any:
        return self.as_pdf()

    def as_list(self, key: str = "final", refresh: bool = True, **kwargs: Any) -> list[Any]:
        """The Excel file."""
        return [self[key]]

    def as_pdf(
        self,
        key: str = "final",
        refresh: bool = True,
        pdfa: bool = False,
        append_matching_suffix: bool = True,
        **kwargs: Any,
    ) -> Any:
        """Despite the name, the Excel file: other code asks every paper for ``as_pdf``. ``as_printed`` is the PDF."""
        if "file" not in self.cache.__dict__:
            made = self.table.export(base_name(self._filename()) + ".xlsx", title=self._filename())
            made.title = self._title() if "title" in self.__dict__ else base_name(self._filename())
            self.file = made
            self.cache.file = made
        return self.cache.file

    def as_printed(self, pdfa: bool = False) -> DAFile:
        """The table on paper: what stands for it in a PDF of several papers."""
        header, rows = self.table.header_and_contents()
        title = self._title() if self._has_title() else base_name(self._filename())
        stem = base_name(self._filename())
        stored = current().files.keep(table_paper(title, header, rows), name=f"{stem}.docx", mimetype=DOCX)
        node = plan.ToPdf(source=plan.Bytes(sha256=stored.sha256, mimetype=DOCX), pdfa=pdfa)
        made = DAFile.planned(node, f"{stem}.pdf", titles={node.key: title})
        made.title = title
        return made

    def as_docx(self, key: str = "final", refresh: bool = True, append_matching_suffix: bool = True) -> Any:
        """The Excel file."""
        return self.as_pdf()

    def _is_docx(self, key: str = "final") -> bool:
        return False


def unpack_dafilelist(the_file: Any) -> Any:
    """The first file of an upload, under the name of the whole."""
    if not isinstance(the_file, DAFileList):
        return the_file
    if not the_file.elements:
        raise DocumentError(f"`{the_file.instanceName}` holds no file")
    first = the_file.elements[0]
    first.instanceName = the_file.instanceName
    return first


# ----------------------------------------------------------------------------------------------------- small steps


_FAILURES = {
    "password": "A file that belongs to it has a password. Please upload the file without the password.",
    "damaged": "A file that belongs to it cannot be read. Please upload the file again.",
    "large": "A file that belongs to it is too large.",
    "kind": "A file that belongs to it is neither a picture nor a PDF.",
    "slow": "It took too long to make. Please try again in a few minutes.",
    "ours": "The mistake is ours, not yours. Your answers are saved.",
}
"""What a visitor is told of each reason in ``context.PaperFailure``."""
_REASONS_OF_FILES = {"password", "damaged", "large", "kind"}
"""Reasons that another file helps against."""


def let_fail(document: Any, key: str) -> None:
    """Say that this paper's failure is told in a list, so that it does not take the page (``engine.attachments``). *document*: a
    paper or a bundle, ours or the published package's."""
    context = current_or_none()
    if context is None:
        return
    known = context.screen.setdefault("papers that may fail", set())
    for item in document.elements if isinstance(document, DAList) else ():
        let_fail(item, key)
    if isinstance(document, DADict):
        known |= {f"{document.instanceName}[{key!r}]", f"{document.instanceName}.addendum"}


def note_failure(result: dict[str, Any], document: Any) -> None:
    """A paper of which one file could not be made has failed; files of it that were made stay on offer to code. Of exhibits the last
    file cannot be left out: what remained would be a table of contents and cover pages."""
    failed = next((item.failure for item in files_of(result) if "failure" in item.__dict__), None)
    if failed is None:
        return
    exhibits = vars(document).get("exhibits") if isinstance(document, DAObject) else None
    if "uploads" in failed and isinstance(exhibits, DAList):
        pages = planned_files([vars(one).get("pages") for one in exhibits.elements])
        kept = {vars(page).get("number") for page in pages if not is_left_out(page)}
        uploads = [(path, name, *(number if kept - {*number} else ())) for path, name, *number in failed["uploads"]]
        failed = failed | {"uploads": uploads}
    result["failure"] = failed


def left_out_of(value: Any) -> list[tuple[str, str]]:
    """(path of the answer, name) of the uploads that the files in *value* were made without."""
    return list(dict.fromkeys((path, name) for item in files_of(value) for path, name in item.__dict__.get("left_out", ())))


def without(names: Iterable[str]) -> str:
    """*(without lease.pdf)* beside a title; nothing when nothing is missing."""
    missing = quoting.escape(", ".join(names))
    return f' <span class="al_failure text-body-secondary">({word("without")} {missing})</span>' if missing else ""


def _has_failed(file: Any) -> bool:
    return isinstance(file, DAFile) and "failure" in file.__dict__


def try_again() -> str:
    """The button that makes what failed once more. Nothing is made again by itself, for it would fail in the same way."""
    if current_or_none() is None:
        return ""
    from engross.library.actions import url_action

    address = escape(url_action("make_papers_again"), quote=True)
    return f'\n<p class="al_try_again my-3"><a class="btn btn-outline-primary" href="{address}">{word("Try again")}</a></p>'


def failed_row(title: str, failure: dict[str, Any]) -> str:
    """A paper that could not be made: why, in plain words, and a code to say on the telephone."""
    words = escape(str(word(_FAILURES.get(failure.get("reason", ""), _FAILURES["ours"]))))
    code = failure.get("code")
    if code:
        words += f' <span class="al_failure_code text-nowrap">{escape(str(word("Code")))} {escape(code)}</span>'
    said = f'<strong>{escape(str(word("This paper could not be made.")))}</strong> {words}'
    row = [f'<span class="al_failure">{_icon("triangle-exclamation")}{said}</span>']
    if failure.get("reason") in _REASONS_OF_FILES:
        for path, name, *number in failure.get("uploads") or ():
            row.append(_replace(path, name))
            row += [_leave_out(name, one) for one in number if one]
    return table_row(escape(title), row)


def lacking_row(title: str, absent: Iterable[tuple[str, str]]) -> str:
    """Which uploads a paper was made *without*, (path, name) each, with a button to give another file for each."""
    absent = list(absent)
    return table_row(escape(title) + without(name for _, name in absent), [_replace(path, name) for path, name in absent])


def _replace(path: str, name: str) -> str:
    """The button that asks once more for the answer at *path*, in which the upload *name* is."""
    from engross.library.actions import url_action

    shown = quoting.escape(f"{word('Replace')} {name}")
    return f'<a class="btn btn-outline-primary al_replace" href="{escape(url_action(path), quote=True)}">{shown}</a>'


def _leave_out(name: str, number: str) -> str:
    """The button that has the papers made without the upload *name*, which is stored under *number*."""
    from engross.library.actions import url_action

    shown = quoting.escape(f"{word('Make my papers without it')}: {name}")
    address = escape(url_action("_da_leave_out", file=number), quote=True)
    return f'<a class="btn btn-outline-secondary al_leave_out" href="{address}">{shown}</a>'


def _as_pdf(main: Any, filename: str, pdfa: bool) -> Any:
    """*main* as one PDF: itself when it is one, else a plan."""
    if isinstance(main, DAFileCollection) and isinstance(main.__dict__.get("pdf"), DAFile):
        main = main.pdf
    if isinstance(main, DAFile) and main.__dict__.get("extension", "pdf") == "pdf" and not pdfa:
        return main
    return pdf_concatenate(main, filename=filename, pdfa=pdfa)


def _named(made: Any, title: str, filename: str) -> Any:
    """*made*, under its title and file name; a planned file keeps its plan."""
    made.title = title
    made.filename = filename
    if isinstance(made, DAFile):
        made.set_attributes(filename=filename)
        if made.__dict__.get("extension") != filename.rsplit(".", 1)[-1]:
            made.set_mimetype("application/pdf" if filename.endswith(".pdf") else DOCX)
    return made


def _remember(made: Any, **recipe: Any) -> None:
    """Note in the file how it was asked for, so that the same can be asked for with newer answers."""
    if isinstance(made, DAFile):
        made.recipe = recipe


def _recipe(value: Any) -> dict[str, Any] | None:
    """How the first of the files in *value* was asked for."""
    return next((item.recipe for item in files_of(value) if "recipe" in item.__dict__), None)


def files_of(value: Any) -> Iterator[DAFile]:
    if isinstance(value, DAFile):
        yield value
    elif isinstance(value, DAFileCollection):
        yield from value.files()
    elif isinstance(value, dict):
        for item in value.values():
            yield from files_of(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from files_of(item)


def _has_docx(value: Any) -> bool:
    if isinstance(value, DAFileCollection):
        return "docx" in value.__dict__
    return getattr(value, "extension", None) == "docx" if isinstance(value, DAFile | DAStaticFile) else False


def _editable(item: Any) -> Any:
    if isinstance(item, DAFileCollection):
        return item.__dict__.get("docx") or item.__dict__.get("rtf") or item
    return item


def _title_of(document: Any) -> str:
    return document._title() if isinstance(document, _Enabling) else str(document.title)


def _filename_of(document: Any) -> str:
    return _last_part(document._filename() if isinstance(document, _Enabling) else str(document.filename))


def _last_part(name: Any) -> str:
    return str(name).rsplit(":", 1)[-1].rsplit("/", 1)[-1]


def _ending(file: Any, otherwise: str) -> str:
    """The file's true ending: an uploaded picture among the papers is not called ``.pdf``."""
    file = unpack_dafilelist(file) if isinstance(file, DAFileList) else file
    if isinstance(file, DAFileCollection):
        file = file._first_file()
    known = file.__dict__.get("extension") if hasattr(file, "__dict__") else None
    if known:
        return str(known)
    mimetype = file.__dict__.get("mimetype") if hasattr(file, "__dict__") else None
    return (ending_of(mimetype) if mimetype else None) or otherwise


def table_row(title: str, button_htmls: Iterable[str] = ()) -> str:
    """One row: a title and its buttons."""
    buttons = button_htmls if isinstance(button_htmls, str) else "".join(button_htmls)
    return (
        '\n<div class="row al_doc_table_row">'
        f'<div class="col col-12 col-sm-6 al_doc_title">{title}</div>'
        f'<div class="col col-12 col-sm-6 al_buttons">{buttons}</div>'
        "</div>"
    )


def _table(css_class: str, instance_name: str, rows: Iterable[str]) -> str:
    return f'<div class="container al_table {css_class}" id="{html_safe_str(instance_name)}">{"".join(rows)}\n</div>'


def _paper_buttons(
    result: dict[str, Any], format: str, view: bool, labels: dict[str, str], view_icon: str, download_icon: str
) -> Iterator[str]:
    """View, and a download for each format that is wanted; each button's name says which paper it is."""
    title = escape(str(result["title"]))
    hidden = f' <span class="visually-hidden">{title}</span>'
    stem = base_name(result.get("download_filename") or "document")
    if isinstance(format, _Unsaid):
        kinds: list[str] = [kind for kind in ("pdf", "docx", "original") if kind in result]
    else:
        kinds = [format] if format in result else ["pdf"] if "pdf" in result else []
    if view and "pdf" in result and _ending(result["pdf"], "pdf") == "pdf":
        yield _button(
            result["pdf"].url_for(attachment=False, display_filename=f"{stem}.pdf"),
            labels["view"] + hidden,
            icon=view_icon,
            color="secondary",
            classes="al_view al_button",
            new_window=True,
        )
    for kind in kinds:
        file = result[kind]
        ending = _ending(file, kind)
        words = labels["download"]
        if len(kinds) > 1:
            words += " " + {"pdf": "PDF", "docx": "Word"}.get(ending, ending.upper())
        yield _button(
            file.url_for(attachment=True, display_filename=f"{stem}.{ending}"),
            words + hidden,
            icon=download_icon,
            classes="al_download al_button",
        )


def _extent(file: Any, *, with_size: bool = False) -> str:
    """``(4 pages, 1.8 MB)`` for a paper that was made here; nothing for what nobody counted."""
    if not isinstance(file, DAFile) or not file.__dict__.get("generated") or file.__dict__.get("extension") != "pdf":
        return ""
    try:
        pages = file.num_pages()
    except DocumentError:
        return ""
    said = f"{pages} {word('page') if pages == 1 else word('pages')}"
    if with_size:
        size = file.size_in_bytes()
        said += f", {size / 1_000_000:.1f} MB" if size >= 100_000 else f", {max(1, round(size / 1000))} kB"
    return f' <span class="al_pages text-body-secondary">({said})</span>'


def _icon(name: str | None) -> str:
    if not name:
        return ""
    known = re.match(r"^(fa[a-z-]*) fa-", name)
    classes = name if known else f"fa-solid fa-{name}"
    return f'<i class="{escape(classes, quote=True)}" aria-hidden="true"></i> '


def _button(
    url: str, words: str, *, icon: str | None, classes: str, color: str = "primary", new_window: bool = False
) -> str:
    """A link that looks like a button. *words* is HTML."""
    target = ' target="_blank"' if new_window else ""
    return (
        f'<a href="{escape(url, quote=True)}"{target} class="btn btn-{color} btn-darevisit {classes}">{_icon(icon)}{words}</a> '
    )


def _action_link(
    call: tuple[Any, ...], words: str, *, icon: str | None, color: str, classes: str, identifier: str
) -> str:
    """A button that calls a function of the page, ``(name, argument, …)``.

    The call stands in the ``href``, as AssemblyLine writes it, and in ``data-al-call`` for pages that forbid such addresses.
    """
    data = escape(json.dumps(list(call)), quote=True)
    return (
        f'<a href="{_javascript_href(*call)}" data-al-call="{data}" id="{identifier}" role="button"'
        f' class="btn btn-{escape(color, quote=True)} btn-darevisit {classes}">{_icon(icon)}{words}</a> '
    )


def _email_field(identifier: str, words: str, description: str, classes: str) -> str:
    context = current_or_none()
    known = context.person.email or "" if context and context.person.logged_in else ""
    return (
        f'<label for="{identifier}" class="col-form-label da-form-label datext-right">{words}</label>'
        f'<input value="{escape(known, quote=True)}" title="{escape(description, quote=True)}"'
        f' class="form-control {classes}" type="email" size="35" autocomplete="email" name="{identifier}" id="{identifier}">'
    )
