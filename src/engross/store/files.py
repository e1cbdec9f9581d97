"""Files: a session's uploads and papers, encrypted with its key, in ``Blobs``; rows say whose they are.

A blob is written and flushed before its row, so that a row never names what is not there; blobs without a row are swept. A file is
cut into pieces of 256 KiB, each sealed by itself and bound to its place, so that large files stream and none can be cut short or put
in another order unnoticed.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import mimetypes
import secrets
import shutil
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag

from engross.context import StoredFile
from engross.errors import SessionGone, SessionUnreadable, StorageUnavailable
from engross.store import database as tables
from engross.store.blobs import Blobs
from engross.store.keys import SessionKey
from engross.store.vault import Vault, open_json, seal_json

PIECE_BYTES = 256 * 1024
TAG_BYTES = 16
HEADER = b"EGR1"
Source = bytes | Path | BinaryIO
"""What can be saved: bytes, a file's path, or an open file."""


class Results:
    """Papers that were made before, by content key, within a session."""

    def __init__(self, files: Files, vault: Vault) -> None:
        self._files = files
        self._vault = vault

    def find(self, session_id: str, content_key: str) -> StoredFile | None:
        """The paper with that content key, or None."""
        table = tables.results
        with self._vault.database.read() as connection:
            key = self._vault.key(connection, session_id)
            file_id = connection.execute(
                sa.select(table.c.file_id).where(
                    table.c.session_id == session_id, table.c.content_key == key.digest(f"result {content_key}")
                )
            ).scalar_one_or_none()
        if file_id is None:
            return None
        try:
            return self._files.info(session_id, file_id)
        except KeyError:
            return None

    def named(self, session_id: str) -> list[StoredFile]:
        """The papers of the session that have a file's name, the newest of each name; what was made on the way has none.
        Raises SessionGone."""
        table, made = tables.files, tables.results
        with self._vault.database.read() as connection:
            key = self._vault.key(connection, session_id)
            rows = connection.execute(
                sa.select(table)
                .join(made, sa.and_(made.c.session_id == table.c.session_id, made.c.file_id == table.c.id))
                .where(table.c.session_id == session_id)
                .order_by(table.c.created)
            ).all()
        papers = {file.name: file for row in rows if "." in (file := _stored(key, row)).name}
        return list(papers.values())

    def keep(self, session_id: str, content_key: str, file: StoredFile) -> StoredFile:
        """Remember *file* as the paper with that content key. The first one stays: it is what comes back. Raises SessionGone."""
        with self._vault.database.write() as connection:
            key = self._vault.key(connection, session_id)
            first = self.note(connection, key, content_key, file.id)
        return file if first == file.id else self._files.info(session_id, first)

    def note(self, connection: sa.Connection, key: SessionKey, content_key: str, file_id: str) -> str:
        """The same in a transaction that is open; the id of the file that is the paper now."""
        table = tables.results
        row = {"session_id": key.session_id, "content_key": key.digest(f"result {content_key}"), "file_id": file_id}
        where = (table.c.session_id == key.session_id, table.c.content_key == row["content_key"])
        first: str | None = connection.execute(sa.select(table.c.file_id).where(*where)).scalar_one_or_none()
        if first is not None and self._files.has_row(connection, key.session_id, first):
            return first
        if first is not None:
            connection.execute(table.update().where(*where).values(file_id=file_id))
        else:
            connection.execute(table.insert().values(row))
        return file_id


class Files:
    """All files. Every method works within one session: another session's file is a KeyError."""

    def __init__(self, vault: Vault, blobs: Blobs, temporary_folder: Path) -> None:
        self._vault = vault
        self._blobs = blobs
        self._temporary = temporary_folder
        self.results = Results(self, vault)

    def save(
        self,
        session_id: str,
        data: Source,
        name: str,
        mimetype: str | None = None,
        *,
        once: str | None = None,
        result: str | None = None,
        uploaded: bool = False,
    ) -> StoredFile:
        """Keep *data* as a new file; durable when this returns.

        *once* names what it is saved for (screen, field, digest): a second save for the same thing gives the file of the first.
        *result* is its content key, as for ``results.keep``, in the same transaction: the first paper with that key stays, and comes back.
        *uploaded* counts it against the session's limit. Raises SessionGone, StorageUnavailable.
        """
        with self._vault.database.read() as connection:
            key = self._vault.key(connection, session_id)
        mark = None if once is None else key.digest(f"once {once}")
        if mark is not None and (before := self._find(session_id, key, tables.files.c.once == mark)) is not None:
            return before
        file_id = secrets.token_hex(16)
        digest = hashlib.sha256()
        size = 0

        def watched() -> Iterator[bytes]:
            nonlocal size
            for piece in _read_pieces(data):
                digest.update(piece)
                size += len(piece)
                yield piece

        self._blobs.put(file_id, _sealed(key, file_id, watched()))
        file = StoredFile(
            id=file_id,
            name=name,
            mimetype=mimetype or mimetypes.guess_type(name)[0] or "application/octet-stream",
            size=size,
            sha256=digest.hexdigest(),
        )
        try:
            first = self._insert(key, file, mark, uploaded, result)
        except sa.exc.IntegrityError:  # saved for the same thing at this very moment
            self._blobs.delete(file_id)
            before = self._find(session_id, key, tables.files.c.once == mark)
            if before is None:
                raise
            return before
        except (SessionGone, StorageUnavailable):
            self._blobs.delete(file_id)
            raise
        if first != file_id:
            self._blobs.delete(file_id)
            return self.info(session_id, first)
        return file

    def info(self, session_id: str, file_id: str) -> StoredFile:
        """What is known of a file. Raises KeyError."""
        table = tables.files
        with self._vault.database.read() as connection:
            try:
                key = self._vault.key(connection, session_id)
            except SessionGone as error:
                raise KeyError(file_id) from error
            row = connection.execute(
                sa.select(table).where(table.c.id == file_id, table.c.session_id == session_id)
            ).one_or_none()
        if row is None:
            raise KeyError(file_id)
        return _stored(key, row)

    def by_digest(self, session_id: str, sha256: str) -> StoredFile | None:
        """A file of the session with these bytes, or None."""
        with self._vault.database.read() as connection:
            key = self._vault.key(connection, session_id)
        return self._find(session_id, key, tables.files.c.digest == key.digest(f"file {sha256}"))

    def read(self, session_id: str, file_id: str) -> bytes:
        """All bytes of a file. Raises KeyError, SessionUnreadable."""
        return b"".join(self.stream(session_id, file_id))

    def stream(self, session_id: str, file_id: str) -> Iterator[bytes]:
        """A file's bytes in pieces. Raises KeyError at once, SessionUnreadable at a piece that was changed."""
        file = self.info(session_id, file_id)
        with self._vault.database.read() as connection:
            key = self._vault.key(connection, session_id)
        return _opened(key, file_id, self._blobs.get(file_id), file.size)

    def open_copy(self, session_id: str, file_id: str, folder: Path) -> Path:
        """A plain copy in *folder* (see ``temporary_folder``); its name ends as the file's name does. Raises KeyError."""
        file = self.info(session_id, file_id)
        path = folder / f"{file_id}{_safe_suffix(file.name)}"
        if not path.exists():
            folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            with partial.open("wb") as target:
                for piece in self.stream(session_id, file_id):
                    target.write(piece)
            partial.replace(path)
        return path

    @contextmanager
    def temporary_folder(self) -> Iterator[Path]:
        """A private folder for plain copies, made by ``open_copy`` with the first of them (most visits need none); it is gone after
        the block, and swept if this process dies before."""
        folder = self._temporary / f"visit-{secrets.token_hex(8)}"
        try:
            yield folder
        finally:
            if folder.exists():
                shutil.rmtree(folder, ignore_errors=True)

    def delete(self, session_id: str, file_id: str) -> None:
        """Forget a file; nothing happens when the session has no such file."""
        table = tables.files
        with self._vault.database.write() as connection:
            gone = connection.execute(table.delete().where(table.c.id == file_id, table.c.session_id == session_id))
        if gone.rowcount:
            self._blobs.delete(file_id)

    def ids(self, session_id: str) -> list[str]:
        """Ids of all the session's files."""
        table = tables.files
        with self._vault.database.read() as connection:
            return list(connection.execute(sa.select(table.c.id).where(table.c.session_id == session_id)).scalars())

    def uploaded_bytes(self, session_id: str) -> int:
        """How much the session's visitor has uploaded."""
        table = tables.files
        with self._vault.database.read() as connection:
            total = connection.execute(
                sa.select(sa.func.coalesce(sa.func.sum(table.c.size), 0)).where(
                    table.c.session_id == session_id, table.c.uploaded == 1
                )
            ).scalar_one()
        return int(total)

    def delete_blobs(self, file_ids: Iterable[str]) -> None:
        """Remove blobs whose rows are gone."""
        for file_id in file_ids:
            self._blobs.delete(file_id)

    def sweep(self) -> None:
        """Remove what crashes left: partial blobs, blobs without a row, plain copies. Only what is older than the setting
        ``temporary_hours``: younger ones may be in use."""
        age = self._vault.settings.temporary_hours * 3600
        self._blobs.sweep(older_than=age)
        table = tables.files
        for name in self._blobs.names(older_than=age):
            with self._vault.database.read() as connection:
                known = connection.execute(sa.select(table.c.id).where(table.c.id == name)).first() is not None
            if not known:
                self._blobs.delete(name)
        if self._temporary.is_dir():
            for folder in self._temporary.iterdir():
                with contextlib.suppress(FileNotFoundError):
                    if folder.stat().st_mtime <= time.time() - age:
                        shutil.rmtree(folder, ignore_errors=True)

    def has_row(self, connection: sa.Connection, session_id: str, file_id: str) -> bool:
        """Whether the session has such a file."""
        table = tables.files
        query = sa.select(table.c.id).where(table.c.id == file_id, table.c.session_id == session_id)
        return connection.execute(query).first() is not None

    def _insert(self, key: SessionKey, file: StoredFile, mark: str | None, uploaded: bool, result: str | None) -> str:
        """Write the file's row; the id of the file that is to be used: with *result*, one that was there before."""
        info = {"name": file.name, "mimetype": file.mimetype, "sha256": file.sha256}
        with self._vault.database.write() as connection:
            self._vault.key(connection, key.session_id)  # the session may have been deleted meanwhile
            if result is not None and (first := self.results.note(connection, key, result, file.id)) != file.id:
                return first
            connection.execute(
                tables.files.insert().values(
                    id=file.id,
                    session_id=key.session_id,
                    size=file.size,
                    created=time.time(),
                    digest=key.digest(f"file {file.sha256}"),
                    once=mark,
                    uploaded=int(uploaded),
                    info=seal_json(key, info, f"file:{file.id}"),
                )
            )
        return file.id

    def _find(self, session_id: str, key: SessionKey, which: sa.ColumnElement[bool]) -> StoredFile | None:
        table = tables.files
        with self._vault.database.read() as connection:
            row = connection.execute(
                sa.select(table).where(table.c.session_id == session_id, which).order_by(table.c.created).limit(1)
            ).one_or_none()
        return None if row is None else _stored(key, row)


def _stored(key: SessionKey, row: Any) -> StoredFile:
    info = open_json(key, row.info, f"file:{row.id}")
    return StoredFile(
        id=row.id, name=info["name"], mimetype=info["mimetype"], size=row.size, sha256=info["sha256"]
    )


def _read_pieces(data: Source) -> Iterator[bytes]:
    if isinstance(data, Path):
        with data.open("rb") as file:
            yield from _read_pieces(file)
        return
    source: BinaryIO = io.BytesIO(data) if isinstance(data, bytes | bytearray) else data
    while piece := source.read(PIECE_BYTES):
        yield piece


def _sealed(key: SessionKey, file_id: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Header, then each piece sealed with its number and whether it is the last."""
    cipher = key.file_cipher(file_id)
    yield HEADER
    number = 0
    piece = next(pieces, b"")
    while True:
        following = next(pieces, None)
        yield cipher.encrypt(*_piece_arguments(number, piece, following is None))
        if following is None:
            return
        piece, number = following, number + 1


def _piece_arguments(number: int, piece: bytes, last: bool) -> tuple[bytes, bytes, bytes]:
    # The key belongs to this one file, so that a counter never repeats under it.
    return struct.pack(">QI", number, int(last)), piece, HEADER


def _opened(key: SessionKey, file_id: str, sealed: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The plain pieces of a blob. Raises SessionUnreadable when anything in it was changed."""
    cipher = key.file_cipher(file_id)
    take = _taker(sealed)
    if take(len(HEADER)) != HEADER:
        raise SessionUnreadable("A file of this session is of an unknown form.")
    pieces = max(1, -(-size // PIECE_BYTES))
    for number in range(pieces):
        last = number == pieces - 1
        length = size - number * PIECE_BYTES if last else PIECE_BYTES
        try:
            yield cipher.decrypt(*_piece_arguments(number, take(length + TAG_BYTES), last))
        except InvalidTag as error:
            raise SessionUnreadable("A file of this session was changed or cut short, and is not used.") from error


def _taker(pieces: Iterator[bytes]) -> Callable[[int], bytes]:
    """A function that gives the next n bytes of *pieces*, fewer at the end."""
    kept = bytearray()

    def take(length: int) -> bytes:
        while len(kept) < length and (piece := next(pieces, None)) is not None:
            kept.extend(piece)
        taken = bytes(kept[:length])
        del kept[:length]
        return taken

    return take


def _safe_suffix(name: str) -> str:
    suffix = Path(name).suffix
    return suffix if suffix[1:].isalnum() and suffix.isascii() and len(suffix) <= 12 else ""
