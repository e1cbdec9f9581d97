"""Where the marks of a screen's text (``[FILE …]``, ``:icon:``) find their files when the page is written.

The visit is over by then; what remains is the session's id and the interview.
"""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from engross.catalogue import public_name
from engross.errors import StoreError
from engross.markup import Linked


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesOfScreen:
    """A ``markup.Lookup`` for one session of one interview."""

    store: Any
    interviews: Any
    interview: Any
    """The loaded ``Interview``, or None when it cannot be read any more."""
    session_id: str
    root: str

    def file(self, reference: str) -> Linked | None:
        """A file of the session by its id, or a static file by its name."""
        try:
            stored = self.store.files.info(self.session_id, reference)
        except (KeyError, ValueError, LookupError, StoreError):
            return self._static(reference)
        return Linked(url=f"{self.root}/files/{stored.id}?inline=1", name=stored.name, mimetype=stored.mimetype)

    def image(self, name: str) -> Linked | None:
        """A picture of the interview's ``images``."""
        images = getattr(self.interview, "images", None) or {}
        return self._static(str(images[name])) if name in images else None

    def _static(self, reference: str) -> Linked | None:
        package, colon, path = reference.partition(":")
        if not colon:
            package, path = getattr(self.interview, "package", "") or "", reference
        path = path.removeprefix("data/static/").lstrip("/")
        found = self.interviews.static(package, path)
        if found is None:
            return None
        kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
        return Linked(url=f"{self.root}/packagestatic/{quote(public_name(package))}/{quote(path)}", name=found.name, mimetype=kind)
