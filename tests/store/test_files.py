"""Files: encrypted, whole, and only their own session's."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from engross.errors import SessionUnreadable, StorageUnavailable
from engross.store import Store
from engross.store.blobs import FolderBlobs
from engross.store.files import PIECE_BYTES


@pytest.fixture
def session_id(store: Store) -> str:
    """A session."""
    return store.sessions.create("p:i.yml").id


def blob(store: Store, file_id: str) -> Path:
    """Where a file's bytes lie."""
    assert isinstance(store.blobs, FolderBlobs)
    return store.blobs.path(file_id)


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES])
def test_what_was_saved_is_read(store: Store, session_id: str, size: int) -> None:
    """At every edge of a piece."""
    data = os.urandom(size)

    file = store.files.save(session_id, data, "a.pdf")

    assert data == store.files.read(session_id, file.id)
    assert (size, "a.pdf", "application/pdf") == (file.size, file.name, file.mimetype)
    assert file == store.files.info(session_id, file.id)


@given(data=st.binary(max_size=2000), name=st.text(min_size=1, max_size=40))
@hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_bytes_under_any_name(store: Store, data: bytes, name: str) -> None:
    """Names are kept as they are; nothing of them reaches the disk's names."""
    session = store.sessions.create("p:i.yml").id

    file = store.files.save(session, data, name)

    assert (data, name) == (store.files.read(session, file.id), store.files.info(session, file.id).name)


def test_large_files_stream(store: Store, session_id: str, tmp_path: Path) -> None:
    """From a path, in pieces."""
    path = tmp_path / "large.bin"
    path.write_bytes(os.urandom(5 * PIECE_BYTES + 7))

    file = store.files.save(session_id, path, "large.bin")

    pieces = list(store.files.stream(session_id, file.id))
    assert 6 == len(pieces)
    assert path.read_bytes() == b"".join(pieces)


def test_another_sessions_file_is_not_there(store: Store, session_id: str) -> None:
    """Whatever is asked of it."""
    file = store.files.save(session_id, b"x", "a.txt")
    other = store.sessions.create("p:i.yml").id

    for attempt in (store.files.info, store.files.read, store.files.stream):
        with pytest.raises(KeyError):
            attempt(other, file.id)
    store.files.delete(other, file.id)
    assert b"x" == store.files.read(session_id, file.id)


def test_nothing_on_the_disk_can_be_read(store: Store, session_id: str) -> None:
    """Neither bytes nor name nor digest."""
    file = store.files.save(session_id, b"canary bytes " * 100, "canary-name.txt")
    raw = b"".join(path.read_bytes() for path in store.settings.data_folder.rglob("*") if path.is_file())

    for secret in (b"canary", file.sha256.encode()):
        assert secret not in raw


@pytest.mark.parametrize("damage", ["flip", "cut", "swap", "add"])
def test_a_changed_file_is_not_used(store: Store, session_id: str, damage: str) -> None:
    """A flipped bit, a missing end, pieces in another order, bytes of another file."""
    file = store.files.save(session_id, os.urandom(3 * PIECE_BYTES), "a.bin")
    path = blob(store, file.id)
    raw = bytearray(path.read_bytes())
    piece = PIECE_BYTES + 16
    match damage:
        case "flip":
            raw[len(raw) // 2] ^= 1
        case "cut":
            del raw[4 + 2 * piece :]
        case "swap":
            raw[4 : 4 + piece], raw[4 + piece : 4 + 2 * piece] = raw[4 + piece : 4 + 2 * piece], raw[4 : 4 + piece]
        case "add":
            raw = bytearray(blob(store, store.files.save(session_id, bytes(3 * PIECE_BYTES), "b").id).read_bytes())
    path.write_bytes(raw)

    with pytest.raises(SessionUnreadable):
        store.files.read(session_id, file.id)


def test_saving_twice_for_the_same_thing_gives_one_file(store: Store, session_id: str) -> None:
    """A retried upload."""
    one = store.files.save(session_id, b"x", "a.txt", once="screen field digest", uploaded=True)
    two = store.files.save(session_id, b"x", "a.txt", once="screen field digest", uploaded=True)

    assert one == two
    assert (1, 1) == (len(store.files.ids(session_id)), store.files.uploaded_bytes(session_id))


def test_a_file_is_found_by_the_digest_of_its_bytes(store: Store, session_id: str) -> None:
    """Drafts are named so; another session does not find it."""
    file = store.files.save(session_id, b"draft", "d.docx")
    other = store.sessions.create("p:i.yml").id

    assert file == store.files.by_digest(session_id, file.sha256)
    assert store.files.by_digest(other, file.sha256) is None


def test_the_first_result_for_a_content_key_stays(store: Store, session_id: str) -> None:
    """A second one made at the same time does not take its place."""
    one, two = (store.files.save(session_id, text, "p.pdf") for text in (b"1", b"2"))

    assert store.files.results.find(session_id, "key") is None
    assert one == store.files.results.keep(session_id, "key", one)
    assert one == store.files.results.keep(session_id, "key", two)
    assert one == store.files.results.find(session_id, "key")


def test_a_file_saved_as_a_result_is_found_by_its_content_key(store: Store, session_id: str) -> None:
    """It is saved and remembered at once; of two, the first stays and the second leaves nothing."""
    one, two = (store.files.save(session_id, text, "p.pdf", result="key") for text in (b"1", b"2"))

    assert one == two == store.files.results.find(session_id, "key")
    assert [one.id] == store.files.ids(session_id)
    assert b"1" == store.files.read(session_id, two.id)


def test_a_result_whose_file_was_deleted_is_made_anew(store: Store, session_id: str) -> None:
    """The key is free again."""
    one, two = (store.files.save(session_id, text, "p.pdf") for text in (b"1", b"2"))
    store.files.results.keep(session_id, "key", one)
    store.files.delete(session_id, one.id)

    assert store.files.results.find(session_id, "key") is None
    assert two == store.files.results.keep(session_id, "key", two)
    assert two == store.files.results.find(session_id, "key")


def test_plain_copies_live_only_as_long_as_the_visit(store: Store, session_id: str) -> None:
    """In a folder nobody else can enter; the name ends as the file's."""
    file = store.files.save(session_id, b"plain", "../../etc/x.docx")

    with store.files.temporary_folder() as folder:
        copy = store.files.open_copy(session_id, file.id, folder)
        assert (b"plain", ".docx", folder) == (copy.read_bytes(), copy.suffix, copy.parent)
        assert 0o700 == folder.stat().st_mode & 0o777

    assert not folder.exists()


@pytest.mark.parametrize("name", ["a.tar.gz;rm", "x", "a.", "evil.p/df", "a.p\ndf", "a.äöü", "a." + "x" * 50])
def test_an_odd_ending_is_left_out(store: Store, session_id: str, name: str) -> None:
    """The copy's name holds nothing but the id."""
    file = store.files.save(session_id, b"", name)

    with store.files.temporary_folder() as folder:
        assert file.id == store.files.open_copy(session_id, file.id, folder).name


def test_a_failed_write_leaves_nothing(store: Store, session_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No space on the disk: no row, no partial file; later it works."""

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StorageUnavailable, match="No space left"):
            store.files.save(session_id, b"x" * 100, "a")

    assert [] == store.files.ids(session_id)
    assert [] == [path for path in (store.settings.data_folder / "files").rglob("*") if path.is_file()]
    assert b"y" == store.files.read(session_id, store.files.save(session_id, b"y", "a").id)


def test_an_upload_that_breaks_off_leaves_nothing(store: Store, session_id: str) -> None:
    """The source raises in the middle."""

    class Broken:
        def __init__(self) -> None:
            self.pieces: Iterator[bytes] = iter([b"x" * PIECE_BYTES])

        def read(self, _size: int) -> bytes:
            try:
                return next(self.pieces)
            except StopIteration:
                raise ConnectionError from None

    with pytest.raises(ConnectionError):
        store.files.save(session_id, Broken(), "a")  # type: ignore[arg-type]

    assert [] == [path for path in (store.settings.data_folder / "files").rglob("*") if path.is_file()]


def test_sweep_removes_what_a_crash_left_and_nothing_else(store: Store, session_id: str) -> None:
    """Old partial files, blobs without rows and plain copies go; young ones and known files stay."""
    file = store.files.save(session_id, b"x", "a")
    folder = blob(store, file.id).parent
    old, young = folder / ".old.part", folder / ".young.part"
    orphan = folder / (file.id[:2] + "0" * 30)
    copies = store.settings.data_folder / "tmp" / "visit-dead"
    copies.mkdir(parents=True)
    for path in (old, young, orphan):
        path.write_bytes(b"x")
    for path in (old, orphan, copies, blob(store, file.id)):
        os.utime(path, (time.time() - 7200, time.time() - 7200))

    store.files.sweep()

    assert (False, True, False, False) == (old.exists(), young.exists(), orphan.exists(), copies.exists())
    assert b"x" == store.files.read(session_id, file.id)


def test_deleting_a_session_removes_its_bytes_from_the_disk(store: Store, session_id: str) -> None:
    """The raw database, its log and the folder hold none of the session's rows any more."""
    file = store.files.save(session_id, b"x" * 1000, "a")

    store.delete(session_id)

    raw = b"".join(path.read_bytes() for path in store.settings.data_folder.glob("engross.db"))
    assert not blob(store, file.id).exists()
    assert file.id.encode() not in raw


def test_files_in_a_bucket_are_the_same(tmp_path: Path) -> None:
    """Through obstore, here over its store in memory: save, read, delete, sweep."""
    from engross.settings import load_settings
    from engross.store import open_store

    data = os.urandom(3 * PIECE_BYTES + 5)
    with open_store(load_settings(data_folder=tmp_path, files_url="memory:///")) as store:
        session = store.sessions.create("p:i.yml").id
        large, empty = store.files.save(session, data, "a.pdf"), store.files.save(session, b"", "b.pdf")
        store.blobs.put("0" * 32, iter([b"nobody's"]))

        store.files.sweep()

        assert (data, b"") == (store.files.read(session, large.id), store.files.read(session, empty.id))
        assert {large.id, empty.id, "0" * 32} == set(store.blobs.names(older_than=-60))
        store.delete(session)
        assert {"0" * 32} == set(store.blobs.names(older_than=-60))
        with pytest.raises(KeyError):
            store.blobs.get(large.id)


def test_papers_can_be_listed_by_name(store: Store) -> None:
    """The newest of each name; what was made on the way, without a file's name, is left out."""
    session_id = store.sessions.create("demo:demo.yml", digest="", language="en").id
    made = []
    for key, name in (("a", "answer.pdf"), ("b", "paper"), ("c", "answer.pdf")):
        file = store.files.save(session_id, key.encode(), name, "application/pdf")
        made.append(store.files.results.keep(session_id, key * 64, file))
    store.files.save(session_id, b"x", "lease.pdf", "application/pdf", uploaded=True)

    assert [made[2].id] == [file.id for file in store.files.results.named(session_id)]
