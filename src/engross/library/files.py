"""Files as interviews see them: ``DAFile``, ``DAFileCollection``, ``DAFileList``, ``DAStaticFile``, and what joins them.

A ``DAFile`` is either **kept** (``number`` names it in the file store) or **planned**: it holds a ``documents.plan`` node as
data and becomes a kept file when its bytes are first needed. Joining, converting, numbering and zipping only make a bigger
plan, so that ``pdf_concatenate(a, b).url_for()`` costs one request for assembly, and several files that are needed together
(``make``) are made together. Objects hold ids and plain data only, because they live in the answers.
"""

from __future__ import annotations

import mimetypes
import re
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engross.context import StoredFile, current, current_or_none
from engross.documents import docx, plan, recognition
from engross.documents.docx import Image, Included
from engross.documents.docx import include_docx_template as include_docx_template
from engross.errors import DocumentError, OperatorError
from engross.library.collections import DADict, DAList
from engross.library.objects import DAObject
from engross.library.words import word

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ENDINGS = {
    "pdf": PDF,
    "docx": DOCX,
    "doc": "application/msword",
    "odt": "application/vnd.oasis.opendocument.text",
    "rtf": "application/rtf",
    "md": "text/markdown",
    "txt": "text/plain",
    "html": "text/html",
    "csv": "text/csv",
    "json": "application/json",
    "yml": "text/yaml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "svg": "image/svg+xml",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "heic": "image/heic",
    "webp": "image/webp",
}
"""File name ending → media type, the same on every machine; others are looked up in ``mimetypes``."""
_TEXT_TYPES = ("text/", "application/json", "application/xml", "application/javascript")
_WORD_ENDINGS = ("docx", "doc", "odt", "rtf")


def ending_and_mimetype(name: str) -> tuple[str, str]:
    """``("pdf", "application/pdf")`` for ``petition.PDF``; ``("", "application/octet-stream")`` when there is no ending."""
    ending = Path(name).suffix.lower().lstrip(".")
    found = ENDINGS.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return ending, found


def ending_of(mimetype: str) -> str | None:
    """The usual file name ending of a media type, without the dot."""
    for ending, known in ENDINGS.items():
        if known == mimetype:
            return ending
    guessed = mimetypes.guess_extension(mimetype)
    return guessed.lstrip(".") if guessed else None


def safe_name(name: str) -> str:
    """*name* as one that every file system and e-mail program takes: Unicode kept; no path, no control characters."""
    name = re.sub(r"[\x00-\x1f\x7f<>:\"|?*\u202a-\u202e\u2066-\u2069]", "", str(name).replace("\\", "/").rsplit("/", 1)[-1])
    name = re.sub(r"\s+", " ", name).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    while len((stem + dot + ending).encode()) > 240:
        stem = stem[:-1]
    return stem + dot + ending


def renamed(name: str, ending: str) -> str:
    """*name* with another ending: ``petition.docx`` → ``petition.pdf``."""
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", name)
    return f"{stem}.{ending}"


def _listed(found: Iterable[Any]) -> list[Any]:
    """Form fields as docassemble lists them: a field without a value of its own has an empty one."""
    return [(name, "" if value == "something" else value, *rest) for name, value, *rest in found]


class DAFile(DAObject):
    """One file of the session: an upload, a paper, or something an interview wrote."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        super().init(*pargs, **kwargs)
        self.ok = "number" in kwargs
        self.has_specific_filename = "filename" in kwargs
        if self.ok:
            self.initialized = True
        if "filename" in kwargs and "extension" not in kwargs:
            self._describe(str(kwargs["filename"]))

    def __getattr__(self, name: str) -> Any:
        # A planned file gets its number when somebody asks for it.
        if name == "number" and "_planned" in self.__dict__:
            self.make()
            return self.__dict__["number"]
        return super().__getattr__(name)

    # ------------------------------------------------------------------------------------------ planned and kept

    @classmethod
    def planned(
        cls, node: plan.Node, filename: str, *, titles: Mapping[str, str] | None = None, name: str | None = None
    ) -> DAFile:
        """A file that is made from *node* when it is needed. *titles*: what people are told while a node is made."""
        made = cls(name) if name else cls()
        if not name:
            made.set_random_instance_name()
        made._plan(node, filename, titles)
        return made

    @classmethod
    def kept(cls, stored: StoredFile, *, name: str | None = None, generated: bool = True) -> DAFile:
        """The file that the store knows as *stored*."""
        made = cls(name) if name else cls()
        if not name:
            made.set_random_instance_name()
        made._became(stored)
        made.generated = generated
        return made

    def _plan(self, node: plan.Node, filename: str, titles: Mapping[str, str] | None = None) -> None:
        """Become what *node* makes, whatever this file was before."""
        self._forget()
        self._planned = plan.to_data(node)
        self._titles = dict(titles or {})
        self.filename = safe_name(filename)
        self.has_specific_filename = True
        self._describe(self.filename)
        self.ok = True
        self.initialized = True

    def _became(self, stored: StoredFile) -> None:
        self._forget()
        self.number = stored.id
        if "filename" not in self.__dict__:
            self.filename = stored.name
        self.mimetype = stored.mimetype
        self.extension = ending_and_mimetype(self.filename)[0] or ending_of(stored.mimetype) or ""
        self.ok = True
        self.initialized = True

    def _forget(self) -> None:
        for name in ("number", "_planned", "failure", "left_out"):
            self.__dict__.pop(name, None)

    def _describe(self, filename: str) -> None:
        self.extension, self.mimetype = ending_and_mimetype(filename)

    @property
    def is_planned(self) -> bool:
        """Whether the file has still to be made."""
        return "_planned" in self.__dict__

    def node(self) -> plan.Node:
        """This file as a source of another paper."""
        if self.is_planned:
            return plan.node_from_data(self._planned)
        self._settle()
        stored = current().files.info(self.number)
        return plan.Bytes(
            sha256=stored.sha256, mimetype=self.mimetype, foreign=not self.__dict__.get("generated", False)
        )

    def titles(self) -> dict[str, str]:
        """node key → the paper it belongs to."""
        return dict(self.__dict__.get("_titles", {}))

    def make(self) -> None:
        """Make sure that the file is kept."""
        make([self])

    def _settle(self) -> None:
        """Keep what interview code wrote to ``path()`` without ``commit()``."""
        if _is_changed(_HANDED_OUT.get(self.number)):
            self.commit()

    # ------------------------------------------------------------------------------------------------- contents

    def initialize(self, **kwargs: Any) -> None:
        """Make an empty file to write to, unless there is one. ``filename``, ``extension``, ``reinitialize``."""
        again = kwargs.pop("reinitialize", False)
        if self.ok and not again:
            self.retrieve()
            return
        if "filename" in kwargs:
            self.filename = safe_name(kwargs["filename"])
            self.has_specific_filename = True
        elif "filename" not in self.__dict__:
            self.filename = f"{_stem(self.instanceName)}.{kwargs.get('extension') or self.__dict__.get('extension') or 'txt'}"
        self._describe(self.filename)
        if kwargs.get("extension"):
            self.extension = kwargs["extension"]
            self.mimetype = kwargs.get("mimetype") or ending_and_mimetype(f"x.{self.extension}")[1]
        content = self.__dict__.pop("content", None)
        self._forget()
        self._keep(str(content).encode() if content is not None else b"")

    def _keep(self, data: bytes) -> None:
        stored = current().files.save(data, name=self.filename, mimetype=self.mimetype)
        self._forget()
        self.number = stored.id
        self.generated = True
        self.ok = True
        self.initialized = True

    def retrieve(self) -> None:
        """Make sure that the file is there."""
        if not self.ok:
            if "content" in self.__dict__:
                self.initialize()
            else:
                self.initialized  # noqa: B018 - asks for the file

    @property
    def file_info(self) -> dict[str, Any]:
        """What the file is called, its kind, and where this visit's readable copy is: never a part of the answers."""
        path = self.path()
        return {"extension": self.extension, "mimetype": self.mimetype, "filename": self.filename, "path": path, "fullpath": path}

    def path(self) -> str:
        """A readable copy on this machine. What is written to it is kept by ``commit()``."""
        self.retrieve()
        self._settle_number()
        path = current().files.path(self.number)
        _hand_out(self.number, path)
        return str(path)

    def _settle_number(self) -> None:
        if self.is_planned:
            self.make()
        else:
            self._settle()

    def commit(self) -> None:
        """Keep what was written to ``path()``."""
        if "number" not in self.__dict__:
            return
        seen = _HANDED_OUT.pop(self.number, None)
        if seen is not None and _is_changed(seen):
            self._keep(seen[0].read_bytes())

    def slurp(self, auto_decode: bool = True) -> Any:
        """The contents: text for text files, else bytes."""
        data = self._bytes()
        if auto_decode and self.mimetype.startswith(_TEXT_TYPES):
            return data.decode("utf-8", errors="replace")
        return data

    def _bytes(self) -> bytes:
        self.retrieve()
        self._settle_number()
        return current().files.read(self.number)

    def readlines(self) -> list[str]:
        """The lines of a text file, each with its line end."""
        return self._bytes().decode("utf-8", errors="replace").splitlines(keepends=True)

    def write(self, content: Any, binary: bool = False) -> None:
        """Replace the contents."""
        if not self.ok:
            self.initialize()
        self._keep(content if binary or isinstance(content, bytes) else str(content).encode())

    def copy_into(self, other_file: Any) -> None:
        """Take the contents of another file, or of a path on this machine."""
        if isinstance(other_file, str | Path):
            data = Path(other_file).read_bytes()
            if not self.ok:
                self.initialize(filename=self.__dict__.get("filename") or Path(other_file).name)
            self._keep(data)
            return
        source = _first(other_file)
        if self.__dict__.get("filename") and self.has_specific_filename:
            name = renamed(self.filename, source.extension) if source.extension else self.filename
        else:
            name = source.filename
        self._plan(source.node(), name, source.titles())

    def from_url(self, url: str) -> None:
        """Download a file. Only from hosts that the operator listed under ``allow downloads from`` in ``[config]``."""
        host = urllib.parse.urlsplit(url).hostname or ""
        allowed = current().config.get("allow downloads from", ())
        if urllib.parse.urlsplit(url).scheme != "https" or host not in allowed:
            raise OperatorError(
                f"An interview wants to download {url!r}, which is not allowed. To allow it, add {host!r} to"
                " `allow downloads from` in the `[config]` table of engross.toml; the address must begin with https."
            )
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - https and the host are checked above
            data = answer.read(100_000_000)
        if not self.ok:
            self.initialize(filename=self.__dict__.get("filename") or urllib.parse.urlsplit(url).path.rsplit("/", 1)[-1] or "download")
        self._keep(data)
        self.generated = False

    def size_in_bytes(self) -> int:
        """Bytes."""
        self.retrieve()
        self._settle_number()
        return current().files.info(self.number).size

    # -------------------------------------------------------------------------------------------------- papers

    def convert_to(self, output_extension: str, output_to: Any = None) -> None:
        """Become, or fill *output_to* with, the same document in another format."""
        wanted = output_extension.strip().lower().lstrip(".")
        target = _target(output_to) or self
        self.retrieve()
        if wanted == self.extension:
            node = self.node()
        elif wanted == "pdf":
            node = pdf_node(self)
        elif wanted in (*_WORD_ENDINGS, "txt", "html") and self.extension in (*_WORD_ENDINGS, "html", "md", "txt"):
            node = plan.ToFormat(source=self.node(), format=wanted)
        elif self.mimetype.startswith("image/") and wanted in ("png", "jpg", "jpeg", "tif", "tiff"):
            data = _picture_as(self._bytes(), wanted)
            target.filename = renamed(self.filename, wanted)
            target._describe(target.filename)
            target._keep(data)
            return
        else:
            raise DocumentError(
                f"`{self.filename}` cannot be converted to `{wanted}`: that works between docx, doc, odt and rtf, from"
                " those and pictures to pdf, and between pictures",
                document=self.filename,
            )
        target._plan(node, renamed(self.filename, wanted), self.titles())

    def fix_up(self) -> None:
        """Write a PDF anew, which mends many damaged ones. Other files stay as they are."""
        if self.extension == "pdf":
            self._plan(plan.Merged(parts=(self.node(),)), self.filename, self.titles())

    def extract_pages(self, first: int | None = None, last: int | None = None, output_to: Any = None) -> DAFile:
        """Pages *first* to *last* (one-based, both included) of a PDF as a file of their own."""
        if first is not None and last is not None and last < first:
            raise DocumentError(f"extract_pages: page {last} comes before page {first}", document=self.filename)
        node = plan.Pages(source=pdf_node(self), first=first or 1, last=last)
        return _fill(output_to, node, renamed(self.filename, "pdf"), self.titles())

    def bates_number(self, *pargs: Any, **kwargs: Any) -> None:
        """Stamp a number on each page of this PDF, or of the files given, whose joined pages become this file."""
        sources = _pdf_sources(pargs) if pargs else [self]
        node = pdf_node(sources[0]) if len(sources) == 1 else plan.Merged(parts=tuple(map(pdf_node, sources)))
        filename = kwargs.get("filename") or self.__dict__.get("filename") or sources[0].filename
        self._plan(_numbered(node, kwargs), renamed(filename, "pdf"), _all_titles(sources))

    def make_ocr_pdf(self, *pargs: Any, **kwargs: Any) -> None:
        """Become a searchable PDF of this file, or of the files given.

        Recognition itself is an extra (``engross[ocr]``); without it the pages are the same and only their text cannot be searched.
        """
        sources = _pdf_sources(pargs) if pargs else [self]
        node = pdf_node(sources[0]) if len(sources) == 1 else plan.Merged(parts=tuple(map(pdf_node, sources)))
        if not recognition.reason():
            node = plan.Searchable(source=node, language=str(kwargs.get("language") or current().language))
        filename = kwargs.get("filename") or self.__dict__.get("filename") or sources[0].filename
        self._plan(node, renamed(filename, "pdf"), _all_titles(sources))

    def make_ocr_pdf_in_background(self, *pargs: Any, **kwargs: Any) -> FinishedTask:
        """As ``make_ocr_pdf``; the plan costs nothing now, so the task has ended at once."""
        self.make_ocr_pdf(*pargs, **kwargs)
        return FinishedTask(self.attr_name("ocr"), value=True)

    def num_pages(self) -> int:
        """Pages of a PDF; 1 for everything else."""
        self.retrieve()
        if self.extension != "pdf":
            return 1
        self._settle_number()
        digest = current().files.info(self.number).sha256
        if digest not in _PAGE_COUNTS:
            from engross.documents.pdf import page_count

            while len(_PAGE_COUNTS) > 5000:
                _PAGE_COUNTS.pop(next(iter(_PAGE_COUNTS)))
            _PAGE_COUNTS[digest] = page_count(self._bytes())
        return _PAGE_COUNTS[digest]

    def is_encrypted(self) -> bool:
        """Whether a PDF needs a password."""
        from engross.documents.pdf import is_encrypted

        return self.extension == "pdf" and is_encrypted(self._bytes())

    def uses_acroform(self) -> bool:
        """Whether a PDF has form fields."""
        return bool(self.get_pdf_fields())

    def get_pdf_fields(self) -> list[Any]:
        """The form fields of a PDF."""
        from engross.documents.pdf import list_fields

        return _listed(list_fields(self._bytes())) if self.extension == "pdf" else []

    def get_docx_variables(self) -> list[str]:
        """Names that a DOCX template uses and that are not the library's."""
        return _template_names(self._bytes(), self.filename) if self.extension == "docx" else []

    def pngs_ready(self) -> bool:
        """Page pictures are made when they are looked at."""
        return True

    def page_path(self, page: int, prefix: str = "page", wait: bool = True) -> str | None:
        """Kept for old interviews: there is no folder of page pictures."""
        return None

    def cloud_path(self, filename: str | None = None) -> None:
        """Files have no address of their own in a cloud store."""

    # ------------------------------------------------------------------------------------------------- showing

    def set_alt_text(self, alt_text: str) -> None:
        """Words in place of the picture."""
        self.alt_text = alt_text

    def get_alt_text(self) -> str | None:
        """Words in place of the picture, or None."""
        return str(self.alt_text) if "alt_text" in self.__dict__ else None

    def set_mimetype(self, mimetype: str) -> None:
        """Say what kind of file it is."""
        self.mimetype = mimetype
        self.extension = "jpg" if mimetype == "image/jpeg" else ending_of(mimetype) or self.__dict__.get("extension", "")

    def set_attributes(self, **kwargs: Any) -> None:
        """``filename``, ``private``, ``persistent``."""
        for name in ("private", "persistent"):
            if kwargs.get(name) in (True, False):
                setattr(self, name, kwargs[name])
        if "filename" in kwargs:
            self.filename = safe_name(kwargs["filename"]) or f"document.{self.__dict__.get('extension') or 'txt'}"
            self.has_specific_filename = True

    def user_access(self, *pargs: Any, **kwargs: Any) -> dict[str, list[Any]]:
        """Remember which other users may see the file."""
        return self._access("allow_users", pargs, kwargs.get("disallow"))

    def privilege_access(self, *pargs: Any, **kwargs: Any) -> dict[str, list[Any]]:
        """Remember which privileges may see the file."""
        return self._access("allow_privileges", pargs, kwargs.get("disallow"))

    def _access(self, name: str, allow: Iterable[Any], disallow: Any) -> dict[str, list[Any]]:
        known = [] if disallow == "all" else list(self.__dict__.get(name, []))
        known += [item for item in allow if item not in known]
        refused = disallow if isinstance(disallow, list | tuple) else [disallow]
        setattr(self, name, [item for item in known if item not in refused])
        return {name: getattr(self, name)}

    def show(self, width: Any = None, wait: bool = True, alt_text: str | None = None) -> str:
        """The mark that shows the file in a text: ``[FILE number, width, words]``."""
        if not self.ok:
            if "content" in self.__dict__:
                return ""
            self.initialized  # noqa: B018 - asks for the file
        if self.__dict__.get("mimetype") in ("text/markdown", "text/plain"):
            return str(self.slurp())
        rendering = docx.current()
        if rendering is not None:
            return rendering.place(_piece(self, width, alt_text))
        self._settle_number()
        return _file_mark(self.number, width, alt_text or self.get_alt_text())

    def __docx__(self) -> Any:
        """How the file looks in a DOCX that is being filled."""
        if not self.ok:
            self.initialized  # noqa: B018 - asks for the file
        if self.__dict__.get("mimetype") in ("text/markdown", "text/plain"):
            return str(self.slurp())
        return _piece(self, None, None)

    def url_for(self, **kwargs: Any) -> str:
        """The link to the file; ``attachment=True`` saves it in place of showing it, ``external=True`` is absolute."""
        self.retrieve()
        self._settle_number()
        url = current().files.url(
            self.number,
            attachment=bool(kwargs.get("attachment", False)),
            name=self._name_for_link(kwargs.get("display_filename")),
        )
        if kwargs.get("external") or kwargs.get("_external") or kwargs.get("temporary"):
            return urllib.parse.urljoin(current().url, url)
        return url

    def _name_for_link(self, wanted: Any) -> str:
        """The name to save under. AssemblyLine may call a PDF ``letter.docx`` here; the ending is the file's own."""
        name = safe_name(wanted or self.filename)
        own = self.__dict__.get("extension")
        return renamed(name, own) if own and ENDINGS.get(ending_and_mimetype(name)[0]) != ENDINGS.get(own) else name

    def __str__(self) -> str:
        return str(self.show())


class FinishedTask(DAObject):
    """A task that had nothing to wait for."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        self.value = None
        super().init(*pargs, **kwargs)

    def ready(self) -> bool:
        """Always."""
        return True

    def failed(self) -> bool:
        """Never."""
        return False

    def wait(self, timeout: float | None = None) -> bool:
        """Nothing to wait for."""
        return True

    def get(self) -> Any:
        """The result."""
        return self.value

    def result(self) -> FinishedTask:
        """The result is this object: it has ``value``."""
        return self

    def revoke(self, terminate: bool = True) -> None:
        """Nothing to stop."""


class BrokenDraft(DocumentError):
    """A paper's template could not be filled. ``failure``: as ``DAFile.failure``."""

    def __init__(self, message: str, *, failure: Mapping[str, str]) -> None:
        super().__init__(message)
        self.failure = dict(failure)


class DAFileCollection(DAObject):
    """One paper in several formats: ``pdf``, ``docx``, ``rtf``, ``md``, ``raw``, each a DAFile that is made when needed."""

    FORMATS = ("pdf", "docx", "rtf", "rtf to docx", "md", "tex", "html", "raw")

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        self.info: dict[str, Any] = {}
        super().init(*pargs, **kwargs)

    @classmethod
    def broken(cls, path: str, message: str, failure: Mapping[str, str]) -> DAFileCollection:
        """A paper that could not be filled: whoever needs its files gets a DocumentError with *message*."""
        made = cls(path)
        made.broken_because = message
        made.failure = dict(failure)
        return made

    def __getattr__(self, name: str) -> Any:
        if "broken_because" in self.__dict__ and not name.startswith("_"):
            raise BrokenDraft(self.broken_because, failure=self.failure)
        return super().__getattr__(name)

    def _extension_list(self) -> list[str]:
        return [item for item in self.info.get("formats", ["pdf", "docx", "rtf"]) if item != "html"]

    def files(self) -> list[DAFile]:
        """The files there are, the preferred format first."""
        found = [self.__dict__.get(name) for name in self._extension_list()]
        return [item for item in found if isinstance(item, DAFile)]

    def _first_file(self) -> DAFile:
        if "broken_because" in self.__dict__:
            raise BrokenDraft(self.broken_because, failure=self.failure)
        files = self.files()
        if not files:
            raise DocumentError(f"`{self.instanceName}` holds no file")
        return files[0]

    def fix_up(self) -> None:
        """Mend each file."""
        for item in self.files():
            item.fix_up()

    def set_alt_text(self, alt_text: str) -> None:
        """Words in place of the picture."""
        for item in self.files():
            item.set_alt_text(alt_text)

    def get_alt_text(self) -> str | None:
        """Words in place of the picture, or None."""
        return self._first_file().get_alt_text()

    def uses_acroform(self) -> bool:
        """Whether the PDF has form fields."""
        return "pdf" in self.__dict__ and self.pdf.uses_acroform()

    def is_encrypted(self) -> bool:
        """Whether the PDF needs a password."""
        return "pdf" in self.__dict__ and self.pdf.is_encrypted()

    def num_pages(self) -> int:
        """Pages of the PDF, or 1 when there is none."""
        return self.pdf.num_pages() if "pdf" in self.__dict__ else 1

    def path(self) -> str:
        """A copy of the first file on this machine."""
        return self._first_file().path()

    def get_docx_variables(self) -> list[str]:
        """Names that the DOCX uses as a template."""
        return list(self.docx.get_docx_variables())

    def get_pdf_fields(self) -> list[Any]:
        """Form fields of the PDF."""
        return list(self.pdf.get_pdf_fields())

    def url_for(self, **kwargs: Any) -> str:
        """The link to the first file."""
        return self._first_file().url_for(**kwargs)

    def set_attributes(self, **kwargs: Any) -> None:
        """As ``DAFile.set_attributes``, for each file."""
        for item in self.files():
            own = dict(kwargs)
            if "filename" in own:
                own["filename"] = renamed(own["filename"], item.extension)
            item.set_attributes(**own)

    def user_access(self, *pargs: Any, **kwargs: Any) -> None:
        """As ``DAFile.user_access``, for each file."""
        for item in self.files():
            item.user_access(*pargs, **kwargs)

    def privilege_access(self, *pargs: Any, **kwargs: Any) -> None:
        """As ``DAFile.privilege_access``, for each file."""
        for item in self.files():
            item.privilege_access(*pargs, **kwargs)

    def show(self, **kwargs: Any) -> str:
        """The marks of all files that can be shown."""
        return " ".join(item.show(**kwargs) for item in self.files())

    def extract_pages(self, first: int | None = None, last: int | None = None, output_to: Any = None) -> DAFile:
        """Pages of the PDF as a file of their own."""
        pdf: DAFile = self.pdf
        return pdf.extract_pages(first=first, last=last, output_to=output_to)

    def bates_number(self, **kwargs: Any) -> None:
        """Stamp a number on each page of the PDF."""
        self.pdf.bates_number(**kwargs)

    def make_ocr_pdf(self, **kwargs: Any) -> None:
        """Make the PDF searchable."""
        self.pdf.make_ocr_pdf(**kwargs)

    def make_ocr_pdf_in_background(self, **kwargs: Any) -> FinishedTask:
        """Make the PDF searchable."""
        pdf: DAFile = self.pdf
        return pdf.make_ocr_pdf_in_background(**kwargs)

    def __str__(self) -> str:
        return str(self._first_file())


class DAFileList(DAList):
    """Files that were uploaded together. What asks for one file uses the first."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        kwargs.setdefault("complete_attribute", "initialized")
        kwargs.setdefault("object_type", DAFile)
        super().init(*pargs, **kwargs)

    def _one(self) -> DAFile | None:
        return self.elements[0] if self.elements else None

    def fix_up(self) -> None:
        """Mend each file."""
        for item in self.elements:
            item.fix_up()

    def set_alt_text(self, alt_text: str) -> None:
        """Words in place of each picture."""
        for item in self.elements:
            item.set_alt_text(alt_text)

    def get_alt_text(self) -> str | None:
        """Words in place of the first picture, or None."""
        one = self._one()
        return one.get_alt_text() if one else None

    def num_pages(self) -> int:
        """Pages of all files together."""
        return sum(item.num_pages() for item in self.elements)

    def uses_acroform(self) -> bool | None:
        """Whether the first file is a PDF with form fields."""
        one = self._one()
        return one.uses_acroform() if one else None

    def is_encrypted(self) -> bool | None:
        """Whether the first file is a PDF that needs a password."""
        one = self._one()
        return one.is_encrypted() if one else None

    def convert_to(self, output_extension: str, output_to: Any = None) -> None:
        """Convert each file, or the first into *output_to*."""
        if output_to is not None and self.elements:
            self.elements[0].convert_to(output_extension, output_to=output_to)
            return
        for item in self.elements:
            item.convert_to(output_extension)

    def size_in_bytes(self) -> int | None:
        """Bytes of the first file."""
        one = self._one()
        return one.size_in_bytes() if one else None

    def slurp(self, auto_decode: bool = True) -> Any:
        """Contents of the first file."""
        one = self._one()
        return one.slurp(auto_decode=auto_decode) if one else None

    def show(self, width: Any = None, alt_text: str | None = None) -> str:
        """The marks of all files."""
        return " ".join(item.show(width=width, alt_text=alt_text) for item in self.elements)

    def path(self) -> str | None:
        """A copy of the first file on this machine."""
        one = self._one()
        return one.path() if one else None

    def get_docx_variables(self) -> list[str] | None:
        """Names that the first file uses as a template."""
        one = self._one()
        return one.get_docx_variables() if one else None

    def get_pdf_fields(self) -> list[Any] | None:
        """Form fields of the first file."""
        one = self._one()
        return one.get_pdf_fields() if one else None

    def url_for(self, **kwargs: Any) -> str | None:
        """The link to the first file."""
        one = self._one()
        return one.url_for(**kwargs) if one else None

    def set_attributes(self, **kwargs: Any) -> None:
        """As ``DAFile.set_attributes``, for each file."""
        for item in self.elements:
            item.set_attributes(**kwargs)

    def user_access(self, *pargs: Any, **kwargs: Any) -> None:
        """As ``DAFile.user_access``, for each file."""
        for item in self.elements:
            item.user_access(*pargs, **kwargs)

    def privilege_access(self, *pargs: Any, **kwargs: Any) -> None:
        """As ``DAFile.privilege_access``, for each file."""
        for item in self.elements:
            item.privilege_access(*pargs, **kwargs)

    def extract_pages(self, first: int | None = None, last: int | None = None, output_to: Any = None) -> DAFile | None:
        """Pages of the first file as a file of their own."""
        one = self._one()
        return one.extract_pages(first=first, last=last, output_to=output_to) if one else None

    def bates_number(self, **kwargs: Any) -> None:
        """Join the files, stamp a number on each page, and keep the result as the first file."""
        if self.elements:
            self.elements[0].bates_number(*list(self.elements), **kwargs)

    def make_ocr_pdf(self, **kwargs: Any) -> None:
        """Join the files into a searchable PDF, kept as the first file."""
        if self.elements:
            self.elements[0].make_ocr_pdf(*list(self.elements), **kwargs)

    def make_ocr_pdf_in_background(self, **kwargs: Any) -> FinishedTask | None:
        """Join the files into a searchable PDF, kept as the first file."""
        return self.elements[0].make_ocr_pdf_in_background(*list(self.elements), **kwargs) if self.elements else None

    def __str__(self) -> str:
        return str(self.show())


class DAStaticFile(DAObject):
    """A file that comes with an interview package, under ``data/static``."""

    comes_with_package = True
    """Its author's work, so that as an included template it may be run."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        context = current_or_none()
        self.package = context.package if context else ""
        super().init(*pargs, **kwargs)
        if "filename" in kwargs and "mimetype" not in kwargs and "extension" not in kwargs:
            self._populate()

    def _populate(self) -> None:
        if "extension" not in self.__dict__ or "mimetype" not in self.__dict__:
            self.extension, self.mimetype = ending_and_mimetype(str(self.filename))

    def _get_unqualified_reference(self) -> str:
        self._populate()
        name = str(self.filename)
        if ":" in name or not self.package:
            return name
        return f"{self.package}:{name if '/' in name else 'data/static/' + name}"

    def node(self) -> plan.Node:
        """This file as a source of another paper."""
        self._populate()
        path = Path(self.path())
        stored = current().files.keep(path.read_bytes(), name=path.name, mimetype=self.mimetype)
        return plan.Bytes(sha256=stored.sha256, mimetype=self.mimetype)

    def titles(self) -> dict[str, str]:
        """Nothing is made of it, so nobody is told."""
        return {}

    def get_alt_text(self) -> str | None:
        """Words in place of the picture, or None."""
        return str(self.alt_text) if "alt_text" in self.__dict__ else None

    def set_alt_text(self, alt_text: str) -> None:
        """Words in place of the picture."""
        self.alt_text = alt_text

    def show(self, width: Any = None, alt_text: str | None = None) -> str:
        """The mark that shows the file in a text."""
        rendering = docx.current()
        if rendering is not None:
            self._populate()
            return rendering.place(_piece(self, width, alt_text))
        return _file_mark(self._get_unqualified_reference(), width, alt_text or self.get_alt_text())

    def __docx__(self) -> Any:
        """How the file looks in a DOCX that is being filled."""
        self._populate()
        return _piece(self, None, None)

    def path(self) -> str:
        """The file on this machine."""
        try:
            return str(current().files.static(str(self.filename), package=self.package or None))
        except FileNotFoundError as error:
            raise DocumentError(
                f"the static file `{self.filename}` of package `{self.package}` does not exist", document=str(self.filename)
            ) from error

    def slurp(self, auto_decode: bool = True) -> Any:
        """The contents: text for text files, else bytes."""
        self._populate()
        data = Path(self.path()).read_bytes()
        if auto_decode and self.mimetype.startswith(_TEXT_TYPES):
            return data.decode("utf-8", errors="replace")
        return data

    def size_in_bytes(self) -> int:
        """Bytes."""
        return Path(self.path()).stat().st_size

    def num_pages(self) -> int:
        """Pages of a PDF; 1 for everything else."""
        self._populate()
        if self.extension != "pdf":
            return 1
        from engross.documents.pdf import page_count

        return int(page_count(Path(self.path()).read_bytes()))

    def is_encrypted(self) -> bool:
        """Whether a PDF needs a password."""
        self._populate()
        from engross.documents.pdf import is_encrypted

        return self.extension == "pdf" and is_encrypted(Path(self.path()).read_bytes())

    def get_pdf_fields(self) -> list[Any]:
        """The form fields of a PDF."""
        self._populate()
        from engross.documents.pdf import list_fields

        return _listed(list_fields(Path(self.path()).read_bytes())) if self.extension == "pdf" else []

    def uses_acroform(self) -> bool:
        """Whether a PDF has form fields."""
        return bool(self.get_pdf_fields())

    def get_docx_variables(self) -> list[str]:
        """Names that a DOCX template uses."""
        self._populate()
        return _template_names(Path(self.path()), None) if self.extension == "docx" else []

    def url_for(self, **kwargs: Any) -> str:
        """The link to the file."""
        url = current().files.static_url(str(self.filename), package=self.package or None)
        if kwargs.get("external") or kwargs.get("_external"):
            return urllib.parse.urljoin(current().url, url)
        return url

    def __str__(self) -> str:
        return self.show()


# --------------------------------------------------------------------------------------------------- making and joining


def make(files: Iterable[Any], *, partial: bool = False) -> None:
    """Make all planned files among *files* in one go, so that what they share is made once and one request is enough.

    With *partial* a file that cannot be made stays planned, and its ``failure`` says why: ``{reason, code, uploads}``, the uploads as
    (path of the answer, name, number of the stored file, which is empty where nothing is left of the paper without it). Without
    *partial* DocumentError is raised. What was made without an upload that the visitor left out has ``left_out``: [(path, name)].
    """
    waiting = list({id(item): item for item in files if isinstance(item, DAFile) and item.is_planned}.values())
    if not waiting:
        return
    from engross.library.uploaded import answers_in, without_left_out

    chosen = [without_left_out(item.node()) for item in waiting]
    outputs = {str(number): node for number, (node, _) in enumerate(chosen)}
    titles: dict[str, str] = {}
    for item, node in zip(waiting, outputs.values(), strict=True):
        titles |= item.titles()
        titles.setdefault(node.key, str(item.__dict__.get("title") or item.filename))
    wanted = plan.Plan(
        outputs=outputs, names={str(number): item.filename for number, item in enumerate(waiting)}
    )
    steps = tuple(
        plan.Step(node=node, title=titles.get(node.key, "")) for node in wanted.nodes() if not isinstance(node, plan.Bytes)
    )
    papers = current().papers
    made = papers.make(plan.Plan(steps=steps, outputs=outputs, names=wanted.names), outputs, partial=partial)
    for (label, node), item, (_, absent) in zip(outputs.items(), waiting, chosen, strict=True):
        if label in made:
            item._became(made[label])
            item.generated = True
            if absent:
                item.left_out = absent
        elif (failure := papers.failure(node.key)) is not None:
            item.failure = {"reason": failure.reason, "code": failure.code}
            uploads = [
                (one.path, one.name, "" if plan.without(node, {one.sha256}) in (None, node) else one.number) for one in answers_in(node)
            ]
            if uploads:
                item.failure["uploads"] = uploads


def make_all(value: Any) -> None:
    """Make every planned file in *value*: what a task hands to the interview must exist when the task ends. What is known to
    have failed stays so."""
    found = [item for item in planned_files(value) if "failure" not in item.__dict__]
    make(found)
    for item in found:
        if not item.is_planned:
            item._settle()


def planned_files(value: Any, seen: set[int] | None = None) -> Iterator[DAFile]:
    """The DAFiles in nested lists, dictionaries and file objects."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, DAFile):
        if value.__dict__.get("ok"):
            yield value
    elif isinstance(value, DAFileCollection):
        yield from value.files()
    elif isinstance(value, DAList | list | tuple | set):
        for item in getattr(value, "elements", value):
            yield from planned_files(item, seen)
    elif isinstance(value, DADict | dict):
        for item in getattr(value, "elements", value).values():
            yield from planned_files(item, seen)


def pdf_node(file: Any, *, pdfa: bool = False) -> plan.Node:
    """*file* as a PDF: itself, or what the converter makes of it."""
    file = _first(file, "pdf")
    node: plan.Node = file.node()
    if file.mimetype == PDF or _makes_pdf(node):
        return plan.Merged(parts=(node,), pdfa=True) if pdfa and not _is_pdfa(node) else node
    return plan.ToPdf(source=node, pdfa=pdfa)


def _makes_pdf(node: plan.Node) -> bool:
    if isinstance(node, plan.Bytes):
        return node.mimetype == PDF
    return isinstance(node, plan.PdfForm | plan.ToPdf | plan.Merged | plan.Numbered | plan.Flattened | plan.Pages)


def _is_pdfa(node: plan.Node) -> bool:
    return bool(getattr(node, "pdfa", False))


def pdf_concatenate(*pargs: Any, **kwargs: Any) -> DAFile:
    """Join files, lists of files and collections into one PDF; what is not a PDF is converted.

    ``filename``, ``pdfa``, ``password`` (text, [owner, user] or a dictionary), ``output_to`` (a DAFile to fill).
    """
    sources = _pdf_sources(pargs)
    if not sources:
        raise DocumentError("pdf_concatenate: there is no file to join")
    pdfa = bool(kwargs.get("pdfa"))
    owner_password, password = _passwords(kwargs.get("password"))
    parts = tuple(pdf_node(item) for item in sources)
    if len(parts) == 1 and not pdfa and not password and not owner_password:
        node = parts[0]
    elif len(parts) == 1 and pdfa and not password and not owner_password:
        node = pdf_node(sources[0], pdfa=True)
    else:
        outline = tuple(str(item.__dict__.get("title") or _stem(str(item.filename))) for item in sources)
        node = plan.Merged(parts=parts, pdfa=pdfa, password=password, owner_password=owner_password, outline=outline)
    filename = kwargs.get("filename") or renamed(str(sources[0].filename), "pdf")
    return _fill(kwargs.get("output_to"), node, renamed(filename, "pdf"), _all_titles(sources))


def docx_concatenate(*pargs: Any, **kwargs: Any) -> DAFile:
    """Join DOCX files into one. ``filename``, ``output_to``."""
    sources = [item for item in _sources(pargs, "docx") if item is not None]
    if not sources:
        raise DocumentError("docx_concatenate: there is no DOCX file to join")
    wrong = next((item for item in sources if item.extension != "docx"), None)
    if wrong is not None:
        raise DocumentError(f"docx_concatenate: `{wrong.filename}` is not a DOCX file", document=str(wrong.filename))
    parts = tuple(item.node() for item in sources)
    node = parts[0] if len(parts) == 1 else plan.MergedDocx(parts=parts)
    filename = kwargs.get("filename") or str(sources[0].filename)
    return _fill(kwargs.get("output_to"), node, renamed(filename, "docx"), _all_titles(sources))


def zip_file(*pargs: Any, **kwargs: Any) -> DAFile:
    """Put files into a ZIP archive; dictionaries are folders. ``filename``, ``output_to``.

    Files of the same name get a number, so that none is lost.
    """
    entries = list(_zip_entries(pargs, ""))
    named = tuple(zip(_distinct([name for name, _ in entries]), (item.node() for _, item in entries), strict=True))
    filename = kwargs.get("filename") or "documents.zip"
    return _fill(
        kwargs.get("output_to"), plan.Zip(entries=named), renamed(filename, "zip"), _all_titles(item for _, item in entries)
    )


def _zip_entries(value: Any, folder: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict | DADict):
        for key, item in value.items():
            yield from _zip_entries(item, f"{folder}{safe_name(str(key))}/")
    elif isinstance(value, DAFileCollection):
        yield from _zip_entries(value._first_file(), folder)
    elif isinstance(value, DAFile | DAStaticFile):
        yield folder + safe_name(str(value.filename)), value
    elif isinstance(value, str):
        yield from _zip_entries(DAStaticFile(filename=value), folder)
    elif value is not None:
        for item in value:
            yield from _zip_entries(item, folder)


def _distinct(names: Sequence[str]) -> list[str]:
    """*names* with ``_1``, ``_2`` before the ending where a name comes more than once."""
    taken = set(names)
    counts: dict[str, int] = {}
    distinct = []
    for name in names:
        if names.count(name) == 1:
            distinct.append(name)
            continue
        while True:
            counts[name] = counts.get(name, 0) + 1
            number = str(counts[name]).zfill(len(str(names.count(name))))
            stem, dot, ending = name.rpartition(".")
            new = f"{stem}_{number}.{ending}" if dot else f"{name}_{number}"
            if new not in taken:
                break
        taken.add(new)
        distinct.append(new)
    return distinct


def _numbered(node: plan.Node, options: Mapping[str, Any]) -> plan.Numbered:
    given = {
        "prefix": options.get("prefix"),
        "first": options.get("start"),
        "digits": options.get("digits"),
        "area": options.get("area"),
        "font_size": options.get("font_size"),
        "horizontal_offset": options.get("offset_horizontal"),
        "vertical_offset": options.get("offset_vertical"),
    }
    return plan.Numbered(source=node, **{name: value for name, value in given.items() if value is not None})


def _sources(value: Any, prefer: str) -> Iterator[Any]:
    """The files in nested lists; of a collection the preferred format."""
    if isinstance(value, DAFileCollection):
        yield value.__dict__.get(prefer) or value._first_file()
    elif isinstance(value, DAFile | DAStaticFile):
        yield value
    elif isinstance(value, str):
        yield DAStaticFile(filename=value)
    elif hasattr(value, "as_pdf") and not isinstance(value, DAList | DADict):
        yield value.as_pdf()
    elif value is not None:
        for item in value:
            yield from _sources(item, prefer)


def _pdf_sources(value: Any) -> list[Any]:
    return list(_sources(value, "pdf"))


def _first(value: Any, prefer: str = "pdf") -> Any:
    """The one file that *value* stands for."""
    found = next(iter(_sources(value, prefer)), None)
    if found is None:
        raise DocumentError("there is no file here")
    return found


def _target(output_to: Any) -> DAFile | None:
    if output_to is None or isinstance(output_to, DAFile):
        return output_to
    if isinstance(output_to, DAFileList):
        first: DAFile = output_to.elements[0]
        return first
    raise DocumentError("`output_to` must be a DAFile")


def _fill(output_to: Any, node: plan.Node, filename: str, titles: Mapping[str, str]) -> DAFile:
    target = _target(output_to)
    if target is None:
        return DAFile.planned(node, filename, titles=titles)
    target._plan(node, filename, titles)
    return target


def _all_titles(sources: Iterable[Any]) -> dict[str, str]:
    titles: dict[str, str] = {}
    for item in sources:
        titles |= item.titles()
    return titles


def _passwords(password: Any) -> tuple[str | None, str | None]:
    """(owner, user) from the forms that docassemble takes."""
    match password:
        case None:
            return None, None
        case [owner]:
            return str(owner).strip(), None
        case [owner, user, *_]:
            return str(owner).strip(), str(user).strip()
        case {**both}:
            return tuple(str(both[key]).strip() if both.get(key) is not None else None for key in ("owner", "user"))  # type: ignore[return-value]
        case str() | int() | float():
            return None, str(password).strip()
    raise DocumentError("a password is a text, a list of owner and user password, or a dictionary with `owner` and `user`")


def _picture_as(data: bytes, ending: str) -> bytes:
    import io

    from PIL import Image

    with Image.open(io.BytesIO(data)) as picture:
        out = io.BytesIO()
        kind = {"jpg": "JPEG", "jpeg": "JPEG", "tif": "TIFF", "tiff": "TIFF"}.get(ending, "PNG")
        (picture.convert("RGB") if kind == "JPEG" else picture).save(out, format=kind)
        return out.getvalue()


def _file_mark(reference: Any, width: Any, alt_text: str | None) -> str:
    words = re.sub(r"[\]\[]", "", alt_text) if alt_text else "None"
    return f"[FILE {reference}, {width if width is not None else 'None'}, {words}]"


def _piece(file: Any, width: Any, alt_text: str | None) -> Any:
    """*file* inside a DOCX: the words of another DOCX, or a picture; a PDF gives its first page."""
    if file.extension == "docx":
        return Included(data=Path(file.path()).read_bytes())
    data: Any = Path(file.path())
    if file.extension == "pdf":
        from engross.documents.foreign import page_picture

        data = page_picture(data.read_bytes(), 1, document=file.filename)
    return Image(data=data, width=width, alt=alt_text or file.get_alt_text() or "")


def _stem(name: str) -> str:
    return re.sub(r"\.[A-Za-z0-9]{1,5}$", "", name)


_PAGE_COUNTS: dict[str, int] = {}
"""Digest of a PDF → its pages; counted once in a process."""
_HANDED_OUT: dict[str, tuple[Path, tuple[int, int]]] = {}
"""file id → (local copy, its time and size when it was handed out): interview code may write to ``path()``."""


def _hand_out(number: str, path: Path) -> None:
    while len(_HANDED_OUT) > 2000:
        _HANDED_OUT.pop(next(iter(_HANDED_OUT)))
    known = _HANDED_OUT.get(number)
    if known is None or known[0] != path:
        _HANDED_OUT[number] = (path, _fingerprint(path))


def _is_changed(seen: tuple[Path, tuple[int, int]] | None) -> bool:
    """Whether the local copy was written to since. A copy that is gone, with its visit, was not."""
    return seen is not None and seen[0].is_file() and _fingerprint(seen[0]) != seen[1]


def _fingerprint(path: Path) -> tuple[int, int]:
    state = path.stat()
    return (state.st_mtime_ns, state.st_size)


# ------------------------------------------------------------------------------------------------------ other functions


def path_and_mimetype(file_ref: Any) -> tuple[str | None, str | None]:
    """(path on this machine, media type) of a file object or a package's static file; (None, None) when the package has none
    of that name."""
    if isinstance(file_ref, str):
        file_ref = DAStaticFile(filename=file_ref)
        try:
            return file_ref.path(), file_ref.mimetype
        except DocumentError:
            return None, None
    file = _first(file_ref)
    return file.path(), file.mimetype


PAGES = {
    "signin": "signin", "login": "signin", "register": "register", "interviews": "interviews", "profile": "profile",
    "user_profile": "profile", "exit": "exit", "interview_exit": "exit", "exit_logout": "exit_logout", "leave": "leave",
    "logout": "logout", "new_session": "new_session", "restart": "restart",
}  # fmt: skip
"""What ``url_of`` calls a page of the server → what the page does (``command``)."""


def url_of(file_reference: Any, **kwargs: Any) -> str:
    """The link to a file object, to a package's static file, or to a page of the server: ``login``, ``interviews``, ``new_session`` …;
    ``dispatch`` is the list of interviews, ``interview`` this one."""
    if isinstance(file_reference, DAFile | DAFileList | DAFileCollection | DAStaticFile):
        return str(file_reference.url_for(**kwargs))
    reference = str(file_reference)
    if reference in PAGES or reference in ("dispatch", "interview"):
        from engross.library import actions

        if reference in PAGES:
            return actions.url_action(PAGES[reference])
        here = actions.interview_url(local=True, **kwargs)
        return here if reference == "interview" else here.partition("?")[0].removesuffix("interview")
    return DAStaticFile(filename=str(file_reference)).url_for(**kwargs)


def qr_code(string: str, width: str | None = None, alt_text: str | None = None) -> str:
    """The mark that shows *string* as a QR code."""
    if not alt_text:
        return f"[QR {string}, {width}]" if width else f"[QR {string}]"
    return f"[QR {string}, {width or 'None'}, {alt_text}]"


def overlay_pdf(main_pdf: Any, logo_pdf: Any, first_page: int | None = None, last_page: int | None = None,
                logo_page: int | None = None, only: str | None = None, multi: bool = False,
                output_to: Any = None, filename: str | None = None) -> DAFile:
    """*main_pdf* with a page of *logo_pdf* over the pages *first_page* to *last_page* (only ``even`` or ``odd`` ones)."""
    from engross.documents.pdf import overlay

    data = overlay(
        _first(main_pdf)._bytes(), _first(logo_pdf)._bytes(),
        first=first_page, last=last_page, logo_page=logo_page, only=only, multi=multi,
    )
    target = _target(output_to) or DAFile()
    if output_to is None:
        target.set_random_instance_name()
    target.filename = safe_name(filename or str(_first(main_pdf).filename))
    target._describe(target.filename)
    target._keep(data)
    return target


def static_image(filereference: str, width: str | None = None) -> str:
    """The mark that shows a picture of a package's ``data/static``."""
    return DAStaticFile(filename=filereference).show(width=width)


def read_qr(image_file: Any, f: int | None = None, l: int | None = None, **_: Any) -> list[str] | str:  # noqa: E741 - its name there
    """What the QR codes in pictures and PDF files say; of a PDF from page *f* to page *l*. As in docassemble, a sentence when
    *image_file* is no file or none that shows anything."""
    from engross.documents.foreign import codes_in  # in the sandbox: visitors brought them

    if not isinstance(image_file, DAFile | DAFileList):
        return str(word("(Not a DAFile or DAFileList object)"))
    items = [image_file] if isinstance(image_file, DAFile) else list(image_file.elements)
    if any(item.extension not in ("pdf", "png", "jpg", "jpeg", "gif") for item in items):
        return str(word("(Not a readable image file)"))
    return [code for item in items for code in codes_in(item._bytes(), first=int(f or 1), last=int(l or 0), document=item.filename)]


def ocr_file(image_file: Any, *pargs: Any, **kwargs: Any) -> str:
    """The text of a file as far as it can be read without recognition: that of PDFs, page after page."""
    from engross.documents.foreign import text_of  # in the sandbox: most such files were brought by visitors

    return "\n\f".join(text_of(item._bytes()) for item in _pdf_sources(image_file) if item.extension == "pdf")


def ocr_file_in_background(image_file: Any, *pargs: Any, **kwargs: Any) -> FinishedTask:
    """As ``ocr_file``; the task has ended at once."""
    return FinishedTask("ocr", value=ocr_file(image_file))


def assemble_docx(
    input_file: Any,
    fields: Mapping[str, Any] | None = None,
    output_path: str | None = None,
    output_format: str = "docx",
    return_content: bool = False,
    pdf_options: Mapping[str, Any] | None = None,
    filename: str | None = None,
    **kwargs: Any,
) -> Any:
    """A DOCX template filled with the answers and *fields*: a path, or the contents when *return_content* is set."""
    context = current()
    path = Path(input_file.path()) if hasattr(input_file, "path") else context.files.static(str(input_file), folder="templates")
    library = context.namespace.get("__builtins__") or {}
    data = docx.fill(path, {**library, **context.namespace, **(fields or {})}, name=path.name)
    stored = context.files.keep(data, name=filename or path.name, mimetype=DOCX)
    made = DAFile.kept(stored)
    if output_format != "docx":
        made.convert_to(output_format)
    if output_path:
        Path(output_path).write_bytes(made._bytes())
    if return_content:
        return made.slurp()
    return output_path or made.path()


def _template_names(template: bytes | Path, name: str | None) -> list[str]:
    """What a template wants to know: the names it uses that are not the library's."""
    from engross.library.namespace import NAMES  # here: it is made of this module and its siblings

    return [variable for variable in docx.template_variables(template, name=name) if variable not in NAMES]
