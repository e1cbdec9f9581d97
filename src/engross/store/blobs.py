"""Blobs: where the encrypted bytes of files lie. A folder, or an S3-compatible store; neither knows what it holds."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

from engross.errors import OperatorError, StorageUnavailable

READ_BYTES = 1024 * 1024


class Blobs(Protocol):
    """A place for blobs, each with a name of hexadecimal digits."""

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Keep a blob: when this returns it survives the loss of power. Raises StorageUnavailable; then nothing is left."""

    def get(self, name: str) -> Iterator[bytes]:
        """The blob's bytes in pieces of any size. Raises KeyError."""

    def delete(self, name: str) -> None:
        """Forget a blob; nothing happens when it is not there."""

    def names(self, *, older_than: float) -> Iterator[str]:
        """Blobs that were put more than *older_than* seconds ago."""

    def sweep(self, *, older_than: float) -> None:
        """Remove what was put only in part."""


class FolderBlobs:
    """A file per blob, in 256 folders; written under another name, flushed to the disk, and then renamed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        """Where a blob lies."""
        return self.folder / name[:2] / name

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """See Blobs."""
        path = self.path(name)
        temporary = path.with_name(f".{name}.{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            _flush_folder(path.parent)
        except BaseException as error:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            if isinstance(error, OSError) and not isinstance(error, ConnectionError):  # that one is the source's
                raise StorageUnavailable(f"The disk does not take a file now: {error.strerror}") from error
            raise

    def get(self, name: str) -> Iterator[bytes]:
        """See Blobs."""
        try:
            file = self.path(name).open("rb")
        except FileNotFoundError as error:
            raise KeyError(name) from error
        return _pieces(file)

    def delete(self, name: str) -> None:
        """See Blobs."""
        self.path(name).unlink(missing_ok=True)

    def names(self, *, older_than: float) -> Iterator[str]:
        """See Blobs."""
        for path in self._files(older_than):
            if not path.name.startswith("."):
                yield path.name

    def sweep(self, *, older_than: float) -> None:
        """See Blobs."""
        for path in self._files(older_than):
            if path.name.startswith("."):
                path.unlink(missing_ok=True)

    def _files(self, older_than: float) -> Iterator[Path]:
        limit = time.time() - older_than
        for folder in self.folder.iterdir():
            for path in folder.iterdir():
                with contextlib.suppress(FileNotFoundError):
                    if path.stat().st_mtime <= limit:
                        yield path


def _pieces(file: Any) -> Iterator[bytes]:
    with file:
        while piece := file.read(READ_BYTES):
            yield piece


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


CLIENT_OPTIONS = ("allow_http", "allow_invalid_certificates", "connect_timeout", "timeout", "proxy_url")
"""Options in the setting ``files_options`` that are of the connection, not of the place."""


class BucketBlobs:
    """An object per blob in an S3-compatible store, through obstore (``engross[cluster]``)."""

    def __init__(self, url: str, options: dict[str, str]) -> None:
        try:
            import obstore
            from obstore import store as places
        except ImportError as error:
            raise OperatorError("A store for files (setting `files_url`) needs the extra: pip install 'engross[cluster]'.") from error
        self._obstore: Any = obstore
        open_place: Any = places.from_url
        client = {name: value for name, value in options.items() if name in CLIENT_OPTIONS}
        place = {name: value for name, value in options.items() if name not in CLIENT_OPTIONS}
        self._store: Any = open_place(url, client_options=client, **place) if client else open_place(url, **place)

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """See Blobs."""
        try:
            self._obstore.put(self._store, name, iter(pieces))
        except self._obstore.exceptions.BaseError as error:
            raise StorageUnavailable("The store for files does not take a file now.") from error

    def get(self, name: str) -> Iterator[bytes]:
        """See Blobs."""
        try:
            result = self._obstore.get(self._store, name)
        except FileNotFoundError as error:
            raise KeyError(name) from error
        except self._obstore.exceptions.BaseError as error:
            raise StorageUnavailable("The store for files does not answer now.") from error
        return (bytes(piece) for piece in result.stream(min_chunk_size=READ_BYTES))

    def delete(self, name: str) -> None:
        """See Blobs."""
        with contextlib.suppress(FileNotFoundError):
            self._obstore.delete(self._store, name)

    def names(self, *, older_than: float) -> Iterator[str]:
        """See Blobs."""
        limit = time.time() - older_than
        for batch in self._obstore.list(self._store):
            for item in batch:
                if item["last_modified"].timestamp() <= limit:
                    yield item["path"].rsplit("/", 1)[-1]

    def sweep(self, *, older_than: float) -> None:
        """See Blobs. The store itself drops uploads that were not completed."""


def copy_blob(source: FolderBlobs, name: str, target: Path) -> bool:
    """Copy one blob into another folder of blobs, as a second name of the same bytes where the disk allows; whether it was there."""
    goal = target / name[:2] / name
    goal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        try:
            os.link(source.path(name), goal)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copyfile(source.path(name), goal)
    except FileNotFoundError:
        return False
    return True
