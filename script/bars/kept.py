"""20, 21, 22: what lies on the disk tells nothing; what was deleted is gone, from backups too; a backup comes back whole."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import scene
from tally import Tally

from engross.errors import EngrossError
from engross.store import open_store
from engross.store.backup import back_up, restore
from engross.web.forms import Upload

INTERVIEW = """
mandatory: True
question: What?
fields:
  - Line: line
  - Area: area
    input type: area
  - File: paper
    datatype: file
---
mandatory: True
question: Bye ${ line }
subquestion: |
  ${ area } ${ paper[0].filename } ${ background_action }
---
mandatory: True
code: |
  1/0
"""


@contextmanager
def opened(database: Path) -> Iterator[sqlite3.Connection]:
    """The raw database, saved and closed afterwards."""
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        yield connection


def canaries(amount: int) -> Tally:
    """20 and 21. *amount*: sessions."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="engross-bar-") as outer:
        path = Path(outer) / "kept.yml"
        path.write_text(INTERVIEW.replace(" ${ background_action }", ""), encoding="utf-8")
        with scene.scene(str(path)) as on:
            folder = on.on.settings.data_folder
            words: dict[str, list[str]] = {}
            files: list[tuple[str, str]] = []
            for _ in range(amount):
                own = [f"CANARY{secrets.token_hex(8)}" for _ in range(5)]
                shown = on.on.visits.start(on.references[0], url_arguments={"x": own[3]}, device={"user_agent": own[4]})
                keys = {entry.path: entry.key for entry in shown.screen.fields}
                upload = Upload(name=f"{own[2]}.txt", mimetype="text/plain", data=own[2].encode() * 10)
                shown = on.on.visits.submit(shown.session_id, shown.screen_id, {keys["line"]: [own[0]], keys["area"]: [own[1]]}, {keys["paper"]: [upload]})
                words[shown.session_id] = own
                result = on.on.store.files.save(shown.session_id, own[1].encode() * 100, f"{own[1]}.pdf", "application/pdf")
                on.on.store.files.results.keep(shown.session_id, own[1], result)
                on.on.store.events.add(shown.session_id, "note", {"word": own[0]})
                files.append((shown.session_id, result.id))
            _grep(tally, folder, words, "at rest")
            _moved(tally, on, list(words))
            backup = Path(outer) / "backup"
            back_up(on.on.store, backup)
            _grep(tally, backup, words, "in a backup")
            keys_of = {session_id: _wrapped(folder, session_id) for session_id in words}
            for session_id in words:
                on.on.visits.delete(session_id)
            for session_id, file_id in files:
                try:
                    on.on.store.files.read(session_id, file_id)
                    tally.expect(False, "a file is there after its session was deleted")
                except (KeyError, EngrossError):
                    tally.expect(True, "")
            _grep(tally, folder, words, "after deletion")
            raw = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file() and file.name.startswith("engross.db"))
            for session_id, wrapped in keys_of.items():
                tally.expect(session_id.encode() not in raw, "the id of a deleted session is in the database file")
                tally.expect(wrapped is not None and wrapped not in raw, "the key of a deleted session is in the database file")
            _log_free(tally, folder, words)
    return tally


def _grep(tally: Tally, folder: Path, words: dict[str, list[str]], when: str) -> None:
    for file in folder.rglob("*"):
        if not file.is_file():
            continue
        data = file.read_bytes()
        found = [word for own in words.values() for word in own if word.encode() in data or word.encode("utf-16-le") in data]
        tally.expect(not found and not any(word in file.name for own in words.values() for word in own), f"{when}: {file.name} holds {len(found)} canaries")


def _moved(tally: Tally, on: scene.Scene, sessions: list[str]) -> None:
    """Rows that were swapped between sessions, put back from an older version or changed in one bit are not believed."""
    if len(sessions) < 2:
        return
    database = on.on.settings.data_folder / "engross.db"
    first, second = sessions[:2]
    newest = "(select max(version) from versions where session_id = :one)"
    for name, source in (
        ("swapped with another session's", "select content from versions where session_id = :other order by version desc limit 1"),
        ("put back from an older version", "select content from versions where session_id = :one order by version limit 1"),
        ("changed in one bit", None),
    ):
        with opened(database) as connection:
            version, content = connection.execute("select version, content from versions where session_id = ? order by version desc limit 1", (first,)).fetchone()
            if source is None:
                flipped = bytearray(content)
                flipped[len(flipped) // 2] ^= 1
                connection.execute("update versions set content = ? where session_id = ? and version = ?", (bytes(flipped), first, version))
            else:
                statement = f"update versions set content = ({source}) where session_id = :one and version = {newest}"  # noqa: S608 - our own words
                connection.execute(statement, {"one": first, "other": second})
        try:
            on.on.store.sessions.load(first)
            tally.expect(False, f"a row that was {name} is believed")
        except EngrossError:
            tally.expect(True, "")
        with opened(database) as connection:
            connection.execute("update versions set content = ? where session_id = ? and version = ?", (content, first, version))
    on.on.store.sessions.load(first)
    blobs = [path for path in (on.on.settings.data_folder / "files").rglob("*") if path.is_file()]
    data = bytearray(blobs[0].read_bytes())
    data[len(data) // 2] ^= 1
    original = blobs[0].read_bytes()
    blobs[0].write_bytes(data)
    owner = next((session_id for session_id in sessions if blobs[0].name in on.on.store.files.ids(session_id)), None)
    try:
        if owner:
            on.on.store.files.read(owner, blobs[0].name)
        tally.expect(owner is None, "a file with a changed bit is believed")
    except EngrossError:
        tally.expect(True, "")
    blobs[0].write_bytes(original)


def _wrapped(folder: Path, session_id: str) -> bytes | None:
    with opened(folder / "engross.db") as connection:
        row = connection.execute("select wrapped_key from sessions where id = ?", (session_id,)).fetchone()
    return bytes(row[0]) if row else None


def _log_free(tally: Tally, folder: Path, words: dict[str, list[str]]) -> None:
    for log in [*folder.rglob("*.log"), *folder.rglob("*.jsonl")]:
        text = log.read_text(errors="replace")
        tally.expect(not any(word in text for own in words.values() for word in own), f"{log.name} holds answers")
        tally.expect(not any(session_id in text for session_id in words), f"{log.name} holds ids of sessions")


def backups(amount: int) -> Tally:
    """22: *amount* sessions, a backup while others save, restored elsewhere: all readable, answers and files equal."""
    import threading

    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="engross-bar-") as outer, scene.scene() as on:
        reference = next(one for one in on.references if "eviction" in one)
        sessions = []
        for number in range(amount):
            shown = on.on.visits.start(reference)
            on.on.store.files.save(shown.session_id, f"file {number}".encode() * 50, "a.txt", "text/plain")
            sessions.append(shown.session_id)
        stop = threading.Event()

        def busy() -> None:
            while not stop.is_set():
                on.on.visits.start(reference)

        thread = threading.Thread(target=busy)
        thread.start()
        try:
            back_up(on.on.store, Path(outer) / "backup")
        finally:
            stop.set()
            thread.join()
        elsewhere = on.on.settings.model_copy(update={"data_folder": Path(outer) / "elsewhere"})
        elsewhere.data_folder.mkdir()
        shutil.copy(on.on.settings.key_path, elsewhere.key_path)
        restore(elsewhere, Path(outer) / "backup")
        with open_store(elsewhere) as again:
            for session_id in sessions:
                before, after = on.on.store.sessions.load(session_id), again.sessions.load(session_id)
                tally.expect(before.data == after.data and before.screen == after.screen, "a restored session is another")
                for file_id in on.on.store.files.ids(session_id):
                    tally.expect(on.on.store.files.read(session_id, file_id) == again.files.read(session_id, file_id), "a restored file is another")
            gone = sessions[0]
            again.delete(gone)
            try:
                again.sessions.load(gone)
                tally.expect(False, "a deleted session can be read in the restored store")
            except EngrossError:
                tally.expect(True, "")
    return tally
