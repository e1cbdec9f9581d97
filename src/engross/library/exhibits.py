"""Exhibits: uploads with cover pages, labels, page numbers and a table of contents, as AssemblyLine arranges them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engross.library.bundles import ALDocument, DALazyAttribute, base_name
from engross.library.collections import DAList
from engross.library.files import DAFile, DAFileList, pdf_concatenate
from engross.library.interchange import log
from engross.library.numbers import alpha
from engross.library.objects import DAObject
from engross.library.uploaded import is_left_out

_NUMBERING: dict[str, Any] = {
    "page_number_prefix": "",
    "page_number_digits": 5,
    "page_number_area": None,
    "page_number_font_size": 10,
    "page_number_offset_horizontal": 15,
    "page_number_offset_vertical": 15,
}


class ALExhibit(DAObject):
    """One exhibit: ``pages`` (uploads), ``title``, ``label``, ``cover_page``, ``start_page``."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        super().init(*pargs, **kwargs)
        self.initializeAttribute("_cache", DALazyAttribute)
        self.object_type = DAFileList
        if "start_page" not in self.__dict__:
            self.start_page = 1
        if "suffix_to_append" not in self.__dict__:
            self.suffix_to_append = "preview"

    def _start_ocr(self) -> None:
        if len(self.pages):
            self.ocr_version = DAFile(self.attr_name("ocr_version"))
            self.ocr_version.filename = "exhibit.pdf"
            self.ocr_status = self.ocr_version.make_ocr_pdf_in_background(self.pages, filename="exhibit.pdf", psm=1)

    def ocr_ready(self) -> bool:
        """Whether nothing is being recognised any more; also when it never began."""
        return "ocr_status" not in self.__dict__ or bool(self.ocr_status.ready())

    def ocr_pages(self) -> list[Any]:
        """The searchable version if there is one, else the pages as they were uploaded."""
        status = self.__dict__.get("ocr_status")
        if status is not None and status.ready() and not status.failed() and status.get() is not None:
            version = self.__dict__.get("ocr_version")
            if version is not None and version.ok:
                return [version]
        return list(self.pages)

    def as_pdf(
        self,
        *,
        refresh: bool = False,
        pdfa: bool = False,
        add_page_numbers: bool = True,
        page_number_prefix: str = "",
        page_number_digits: int = 5,
        page_number_area: str | None = None,
        page_number_font_size: float = 10,
        page_number_offset_horizontal: float = 15,
        page_number_offset_vertical: float = 15,
        add_cover_page: bool = True,
        filename: str | None = None,
        append_matching_suffix: bool = True,
    ) -> DAFile:
        """Cover page and pages as one PDF, numbered from ``start_page``."""
        remembered = "_file" + ("_pdfa" if pdfa else "") + ("_page_nums" if add_page_numbers else "")
        remembered += "" if add_cover_page else "_bare"
        if remembered in self._cache.__dict__:
            return getattr(self._cache, remembered)  # type: ignore[no-any-return]
        parts = [self.cover_page] if add_cover_page else []
        made = pdf_concatenate(*parts, self.ocr_pages(), filename=filename or "exhibits.pdf", pdfa=pdfa)
        if add_page_numbers:
            made.bates_number(
                start=self.start_page,
                prefix=page_number_prefix,
                digits=page_number_digits,
                area=page_number_area,
                font_size=page_number_font_size,
                offset_horizontal=page_number_offset_horizontal,
                offset_vertical=page_number_offset_vertical,
            )
        setattr(self._cache, remembered, made)
        return made

    def num_pages(self) -> int:
        """Pages of the uploads; a picture is one page. What the visitor left out has none."""
        if not isinstance(self.pages, DAFileList):
            return int(self.pages.num_pages())
        return sum(page.num_pages() for page in self.pages.elements if not is_left_out(page))

    def toc_page_number(self, toc_pages: int = 1, include_cover_page: bool = True) -> int:
        """The page on which the uploads begin. ``start_page`` counts one page of contents and all exhibits before."""
        return int(self.start_page) + toc_pages - 1 + int(include_cover_page)

    @property
    def complete(self) -> bool:
        """Asks for what an exhibit needs, in order."""
        self.title  # noqa: B018 - asks for it
        self.pages.gather()
        return True

    def __str__(self) -> str:
        return str(self.title)


class ALExhibitList(DAList):
    """Exhibits in order, labelled A, B, C … and numbered through."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        super().init(*pargs, **kwargs)
        defaults: dict[str, Any] = {
            "auto_label": True,
            "auto_labeler": alpha,
            "auto_ocr": False,
            "include_table_of_contents": True,
            "include_exhibit_cover_pages": True,
            "bates_prefix": "",
            "suffix_to_append": "preview",
        }
        for name, value in defaults.items():
            if name not in self.__dict__:
                setattr(self, name, value)
        self.object_type = ALExhibit
        self.complete_attribute = "complete"

    def as_pdf(
        self,
        filename: str = "exhibits.pdf",
        pdfa: bool = False,
        add_page_numbers: bool = False,
        page_number_prefix: str = "",
        page_number_digits: int = 5,
        page_number_area: str | None = None,
        page_number_font_size: float = 10,
        page_number_offset_horizontal: float = 15,
        page_number_offset_vertical: float = 15,
        toc_pages: int = 0,
        append_matching_suffix: bool = True,
    ) -> DAFile:
        """All exhibits as one PDF. *toc_pages*: pages of contents that will stand before it."""
        if self.include_exhibit_cover_pages:
            for exhibit in self:
                exhibit.cover_page  # noqa: B018 - asks for it
        if self.include_table_of_contents and toc_pages != 1:
            self._update_page_numbers(toc_guess_pages=toc_pages)
        return pdf_concatenate(
            [
                exhibit.as_pdf(
                    add_cover_page=self.include_exhibit_cover_pages,
                    add_page_numbers=add_page_numbers,
                    page_number_prefix=page_number_prefix or self.bates_prefix,
                    page_number_digits=page_number_digits,
                    page_number_area=page_number_area,
                    page_number_font_size=page_number_font_size,
                    page_number_offset_horizontal=page_number_offset_horizontal,
                    page_number_offset_vertical=page_number_offset_vertical,
                )
                for exhibit in self
            ],
            filename=filename,
            pdfa=pdfa,
        )

    def size_in_bytes(self) -> int:
        """Bytes of all uploads."""
        return sum(page.size_in_bytes() for exhibit in self.complete_elements() for page in exhibit.pages)

    def _update_labels(self, auto_labeler: Callable[[int], str] | None = None) -> None:
        labeler = auto_labeler or self.auto_labeler or alpha
        for index, exhibit in enumerate(self.elements):
            exhibit.label = labeler(index)

    def ocr_ready(self) -> bool:
        """Whether no exhibit is being recognised any more."""
        return all(exhibit.ocr_ready() for exhibit in self.elements)

    def _update_page_numbers(self, starting_number: int | None = None, toc_guess_pages: int = 1) -> None:
        page = (starting_number or 1) + (toc_guess_pages if self.include_table_of_contents else 0)
        covers = 1 if self.include_exhibit_cover_pages else 0
        for exhibit in self.elements:
            exhibit.start_page = page
            page += exhibit.num_pages() + covers

    def _start_ocr(self) -> None:
        for exhibit in self.elements:
            exhibit._start_ocr()

    def hook_after_gather(self) -> None:
        """When the list is complete: labels, page numbers, and text recognition if wanted."""
        if len(self):
            self._update_page_numbers()
            if self.auto_label:
                self._update_labels()
            if self.auto_ocr:
                self._start_ocr()


class ALExhibitDocument(ALDocument):
    """All exhibits as one paper, with a table of contents."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        super().init(*pargs, **kwargs)
        self.initializeAttribute("exhibits", ALExhibitList)
        for name in ("include_exhibit_cover_pages", "include_table_of_contents"):
            if name not in self.__dict__:
                setattr(self, name, True)
        if "maximum_size" in self.__dict__ and "maximum_size_per_doc" not in self.__dict__:
            self.maximum_size_per_doc = self.maximum_size
        if "add_page_numbers" not in self.__dict__:
            self.add_page_numbers = False
        for name in (
            "auto_labeler",
            "auto_ocr",
            "include_exhibit_cover_pages",
            "include_table_of_contents",
            "maximum_size",
            "maximum_size_per_doc",
            "bates_prefix",
        ):
            if name in self.__dict__:
                setattr(self.exhibits, name, self.__dict__[name])
        self._set_default_attributes()
        self.has_addendum = False

    def _set_default_attributes(self) -> None:
        for name, value in _NUMBERING.items():
            if name not in self.__dict__:
                setattr(self, name, value)

    def has_overflow(self) -> bool:
        """Never."""
        return False

    def ocr_ready(self) -> bool:
        """Whether no exhibit is being recognised any more."""
        return bool(self.exhibits.ocr_ready())

    def __getitem__(self, key: Any) -> ALExhibitDocument:
        return self

    def as_list(self, key: str = "final", refresh: bool = True) -> list[Any]:
        """The paper."""
        return [self]

    def as_pdf(
        self, key: str = "final", refresh: bool = True, pdfa: bool = False, append_matching_suffix: bool = True
    ) -> Any:
        """Contents and exhibits as one PDF, or None when there is no exhibit."""
        if not len(self.exhibits):
            return None
        remembered = f"{key}{'-pdfa' if pdfa else ''}"
        if remembered in self.cache.__dict__:
            return getattr(self.cache, remembered)
        self._set_default_attributes()
        filename = self._suffixed(key, append_matching_suffix) + ".pdf"
        numbering = {name: getattr(self, name) for name in _NUMBERING}
        contents = self.table_of_contents if self.include_table_of_contents else None
        exhibits = self.exhibits.as_pdf(
            filename=filename,
            add_page_numbers=self.add_page_numbers,
            toc_pages=contents.num_pages() if contents is not None else 0,
            pdfa=pdfa,
            **numbering,
        )
        made = pdf_concatenate(contents, exhibits, filename=filename, pdfa=pdfa) if contents is not None else exhibits
        made.title = self._title() if self._has_title() else base_name(filename)
        made.recipe = {"key": key, "pdfa": pdfa, "append_matching_suffix": append_matching_suffix}
        setattr(self.cache, remembered, made)
        return made

    def as_docx(self, key: str = "final", refresh: bool = True, append_matching_suffix: bool = True) -> Any:
        """As ``as_pdf``: exhibits are no text documents."""
        return self.as_pdf(key=key, append_matching_suffix=append_matching_suffix)

    def _is_docx(self, key: str = "final") -> bool:
        return False


def ocrmypdf_task(from_file: Any, to_pdf: DAFile) -> str | None:
    """Make *from_file* searchable with the program ``ocrmypdf``; the path of the result, or None when it failed."""
    if not from_file or not to_pdf:
        log("ocrmypdf_task needs a file to read and a file to write")
        return None
    source = pdf_concatenate(from_file) if isinstance(from_file, DAFileList) else from_file
    how = ["--image-dpi", "300"] if source.extension in ("png", "jpg", "jpeg", "gif") else ["--skip-text"]
    target = Path(to_pdf.path())
    try:
        done = subprocess.run(  # noqa: S603 - no shell; the arguments are ours and two local paths
            ["ocrmypdf", *how, source.path(), str(target)],  # noqa: S607 - found by PATH, arguments of our own, no shell
            timeout=3600,
            check=False,
            capture_output=True,
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        log(f"ocrmypdf could not recognise the text: {error}")
        return None
    if done.returncode != 0:
        log(f"ocrmypdf could not recognise the text: {done.stderr.decode(errors='replace')[-500:]}")
        return None
    to_pdf.commit()
    return to_pdf.path()
