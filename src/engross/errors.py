"""Every error that an author, a visitor or an operator can meet.

    EngrossError
    ├── AuthorError            the interview is at fault: file, line, block, variable, chain, nearest name
    │   ├── SourceError        a YAML file cannot be read or found
    │   ├── BlockError         one block cannot be understood
    │   ├── CodeError          Python or Mako of the interview failed
    │   ├── NoDefinition       no block defines a name that is needed
    │   ├── EndlessSearch      a name is sought while it is being sought, or blocks never settle
    │   ├── NoEndpoint         the interview ran out of blocks without a last screen
    │   └── DocumentError      a template or a file for a paper cannot be used
    ├── VisitorError           the visitor can mend it: what to do, in plain words
    ├── OperatorError          a setting or a program on the server must be mended
    └── StoreError             what is kept cannot be read or written now; earlier answers are safe
        ├── SessionGone        the session was deleted, expired or never existed
        ├── SessionUnreadable  its key or its classes are not at hand; nothing is deleted
        │   ├── FormUpdated    the interview has lost a class that the answers need
        │   └── SessionLocked  the half of its key that the visitor's browser holds is not at hand
        ├── Conflict           someone else saved this session in between
        ├── JobLost            the job was cancelled or given to another worker
        └── StorageUnavailable the database or the disk does not take it now; the same request may work later

``Undefined`` stands apart: it is not a mistake but the way in which an interview says what it needs next. The
library raises it, ``engine`` answers it with a question.
"""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Where:
    """A place in an interview's source."""

    file: str
    """``package:data/questions/name.yml`` or a path, as the author would write it."""
    line: int
    """One-based line in that file."""

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A warning for the author: nothing stops, but something is probably not meant so."""

    where: Where
    message: str
    nearest: str | None = None
    """The valid key or name that is closest to what was written."""

    def __str__(self) -> str:
        hint = f" Did you mean `{self.nearest}`?" if self.nearest else ""
        return f"{self.where}: {self.message}{hint}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The name in *known* that *word* was probably meant to be, or None."""
    matches = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


class EngrossError(Exception):
    """The root of what Engross raises on purpose."""


class AuthorError(EngrossError):
    """Something in the interview must be mended by its author.

    Attributes fill up on the way out: the place that raises knows the message, the runner adds *where* and *block*,
    the solver adds *variable* and *chain*.
    """

    def __init__(
        self,
        message: str,
        *,
        where: Where | None = None,
        block: str | None = None,
        variable: str | None = None,
        chain: tuple[str, ...] = (),
        nearest: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.block = block
        self.variable = variable
        self.chain = chain
        """The blocks that led here, outermost first, each as ``name (file, line n) needs variable``."""
        self.nearest = nearest

    def located(
        self,
        *,
        where: Where | None = None,
        block: str | None = None,
        variable: str | None = None,
        chain: tuple[str, ...] = (),
    ) -> AuthorError:
        """This error, with what was not known before filled in."""
        self.where = self.where or where
        self.block = self.block or block
        self.variable = self.variable or variable
        self.chain = self.chain or chain
        return self

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.message}" if self.where else self.message]
        if self.nearest:
            lines[0] += f" Did you mean `{self.nearest}`?"
        if self.block:
            lines.append(f"  in block {self.block}")
        if self.variable:
            lines.append(f"  while looking for `{self.variable}`")
        lines += [f"  because {link}" for link in self.chain]
        return "\n".join(lines)


class SourceError(AuthorError):
    """A YAML file cannot be found or read."""


class BlockError(AuthorError):
    """A block of the interview cannot be understood."""


class CodeError(AuthorError):
    """Python or Mako in the interview raised an error."""


class NoDefinition(AuthorError):
    """No block of the interview can define a name that is needed."""

    is_placed = False
    """Whether ``where`` is the line that asked for the name, and not only its block."""


class EndlessSearch(AuthorError):
    """A name is sought while it is being sought, or a block never defines what it promises."""


class NoEndpoint(AuthorError):
    """All mandatory blocks have run and none of them shows a last screen."""


class DocumentError(AuthorError):
    """A template cannot be filled, or a file cannot become part of a paper.

    ``document`` names the template or file; ``part`` says where in it (paragraph, field).
    """

    def __init__(self, message: str, *, document: str | None = None, part: str | None = None, **known: object) -> None:
        super().__init__(message, **known)  # type: ignore[arg-type]
        self.document = document
        self.part = part

    def __str__(self) -> str:
        text = super().__str__()
        return f"{self.document}: {text}" if self.document and self.document not in text else text


class VisitorError(EngrossError):
    """The visitor can go on, once told what to do. The text is shown as it stands."""


class NotPermitted(VisitorError):
    """The interview is for people with certain privileges, and its visitor has none of them, or is not signed in."""


class OperatorError(EngrossError):
    """A setting or a program on the server must be mended; names it and the value that was found."""


class StoreError(EngrossError):
    """What is kept cannot be read or written now."""


class SessionGone(StoreError):
    """The session was deleted, has expired, or never existed."""


class SessionUnreadable(StoreError):
    """The session is there but cannot be read: its key or one of its classes is not at hand. Nothing is deleted."""


class FormUpdated(SessionUnreadable):
    """The interview has changed so that the answers do not fit it: a class of theirs is gone. The text is for the visitor."""


class SessionLocked(SessionUnreadable):
    """The answers can be opened in the browser in which they were begun, or by its link, and nowhere else."""


class Conflict(StoreError):
    """Someone else saved the session since it was loaded; ``version`` is the newest one."""

    passing = True

    def __init__(self, message: str, *, version: int) -> None:
        super().__init__(message)
        self.version = version


class JobLost(StoreError):
    """The job was cancelled, or given to another worker: what this worker makes of it is not wanted any more."""


class StorageUnavailable(StoreError):
    """The database or the disk does not take it now. Earlier answers are safe; the same request may work later."""

    passing = True


class Undefined(Exception):
    """A name has no value yet. ``path`` says which one, as its definition would be written: ``users[0].name.first``.

    Not an ``EngrossError``: the solver catches it and looks for the block that defines ``path``.
    """

    asked_in: Where | None = None
    """Where the code or text begins that asked for it."""

    def __init__(self, path: str) -> None:
        super().__init__(f"name '{path}' is not defined")
        self.path = path


class UndefinedName(Undefined, NameError):
    """A plain variable has no value yet."""


class UndefinedAttribute(Undefined, AttributeError):
    """An attribute of an interview object has no value yet, so that ``hasattr`` and ``getattr`` behave as usual."""

    running: tuple[types.CodeType, ...] = ()
    """The code that ran when it was raised, innermost first, where Python would lose the traceback (3.11)."""


class UndefinedItem(Undefined, IndexError):
    """An item of a list or dictionary has no value yet."""


def raised(error: BaseException) -> BaseException:
    """What interview code raised, without the CodeError that says where."""
    return error.__cause__ if isinstance(error, CodeError) and error.__cause__ is not None else error


def relocate(where: Where, lines_down: int) -> Where:
    """*where*, moved down within its file: the place of a line inside a block."""
    return replace(where, line=where.line + lines_down)
