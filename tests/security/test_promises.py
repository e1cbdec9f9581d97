"""What the server promises to a visitor, each shown once through whole visits."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image

from engross.delivery import deliver_next
from tests.documents.conftest import plain_pdf
from tests.visit.conftest import Bench
from tests.visit.conftest import bench as bench

NAMES = """
mandatory: True
question: Who?
fields:
  - Name: name
---
mandatory: True
question: Where, ${ name }?
fields:
  - Place: place
---
mandatory: True
question: Bye
"""
UPLOAD = """
mandatory: True
question: Send it
fields:
  - File: paper
    datatype: file
---
mandatory: True
question: Thanks for ${ paper[0].filename }
"""


@dataclass(frozen=True)
class Sent:
    """A file as the browser sends it."""

    name: str
    data: bytes = field(repr=False)
    mimetype: str = "application/octet-stream"


def test_a_second_click_gets_the_next_screen_without_a_word(bench: Bench) -> None:
    """It is the same answer again."""
    first = bench.start(NAMES)
    form = {first.screen.fields[0].key: ["Lee"]}

    shown = [bench.visits.submit(first.session_id, first.screen_id, form, {}) for _ in range(2)]

    assert shown[0].screen_id == shown[1].screen_id
    assert [None, None] == [one.notice for one in shown]


def test_a_stale_tab_is_told(bench: Bench) -> None:
    """Another answer to an answered screen changes nothing."""
    first = bench.start(NAMES)
    key = first.screen.fields[0].key
    bench.visits.submit(first.session_id, first.screen_id, {key: ["Lee"]}, {})

    late = bench.visits.submit(first.session_id, first.screen_id, {key: ["Kim"]}, {})

    assert "already answered" in (late.notice or "")
    assert "Where, Lee?" in late.screen.question


@pytest.mark.parametrize("typed", ["a\x00b", "a\x1bb", "\x7f", "a\ud800", "a\x0bb"])
def test_control_characters_get_a_kind_message(bench: Bench, typed: str) -> None:
    """And what was typed stays in the form."""
    first = bench.start(NAMES)

    shown = bench.post({first.screen.fields[0].key: [typed]})

    assert ["This has a character that cannot be used. Please type it again."] == list(shown.errors.values())
    assert first.version == shown.version


@pytest.mark.parametrize(("name", "data"), [("a.pdf", b"nonsense"), ("a.html", b"<html>"), ("a.svg", b"<svg onload='x()'/>"), ("a.docx", b"PK\x03\x04"), ("a.png", b"")])
def test_a_file_that_cannot_be_used_is_refused_at_its_field(bench: Bench, name: str, data: bytes) -> None:
    """With the reason and what can be sent."""
    first = bench.start(UPLOAD)
    key = first.screen.fields[0].key

    shown = bench.post({}, **{key: [Sent(name, data)]})

    assert [key] == list(shown.errors)
    assert [] == bench.store.files.ids(shown.session_id)


def test_an_upload_does_not_say_where_it_was_taken(bench: Bench) -> None:
    """What is kept has no EXIF."""
    exif = Image.Exif()
    exif[0x010E] = "SECRET PLACE"
    out = io.BytesIO()
    Image.new("RGB", (20, 20)).save(out, "JPEG", exif=exif, comment=b"SECRET PLACE")
    first = bench.start(UPLOAD)

    shown = bench.post({}, **{first.screen.fields[0].key: [Sent("me.jpeg", out.getvalue())]})

    assert "Thanks for me.jpeg" in shown.screen.question
    (file_id,) = bench.store.files.ids(shown.session_id)
    assert b"SECRET" not in bench.store.files.read(shown.session_id, file_id)
    assert "image/jpeg" == bench.store.files.info(shown.session_id, file_id).mimetype


def test_a_session_has_room_for_so_many_bytes(bench: Bench) -> None:
    """The setting ``session_limit`` counts all uploads of the session."""
    bench.visits._settings = bench.visits._settings.model_copy(update={"session_limit": 1024})
    first = bench.start(UPLOAD)

    shown = bench.post({}, **{first.screen.fields[0].key: [Sent("a.txt", b"x" * 2000)]})

    assert "no more room" in next(iter(shown.errors.values()))


def test_one_line_has_the_length_of_the_settings(bench: Bench) -> None:
    """``text_limit``."""
    bench.visits._settings = bench.visits._settings.model_copy(update={"text_limit": 16})
    first = bench.start(NAMES)

    assert [True, False] == [bool(bench.post({first.screen.fields[0].key: [text]}).errors) for text in ("x" * 17, "x" * 16)]


def test_a_letter_carries_the_file_that_was_sent(bench: Bench) -> None:
    """An attachment of an e-mail reaches its reader."""
    first = bench.start(
        "mandatory: True\ncode: |\n  paper\n  send_email(to='a@example.org', subject='Paper', body='Here', attachments=paper)\n  bye\n---\n"
        "question: Send it\nfields:\n  - File: paper\n    datatype: file\n---\nevent: bye\nquestion: Bye\n"
    )
    bench.post({}, **{first.screen.fields[0].key: [Sent("a.pdf", plain_pdf())]})

    deliver_next(bench.store)

    (letter,) = (bench.folder.parent / "data" / "outbox").glob("*.eml")
    assert b"a.pdf" in letter.read_bytes()


def test_a_last_screen_cannot_be_answered(bench: Bench) -> None:
    """A post to it shows it again, and its interview goes no further."""
    first = bench.start("mandatory: True\nquestion: Bye\n")

    again = bench.post({"x": ["y"]})

    assert (first.screen.question, first.version) == (again.screen.question, again.version)


def test_the_trail_tells_who_came_and_what_was_fetched(tmp_path: Path) -> None:
    """A start, a download, a refused one, the end; no answer, no name of a file."""
    import scene

    with scene.scene() as on:

        async def visit() -> None:
            browser = scene.browser(on, address="192.0.2.9")
            await browser.open(on.references[0])
            file_id = on.on.store.files.save(browser.session_id, b"SECRET", "SECRET.pdf", "application/pdf").id
            await browser.client.get(f"/files/{file_id}")
            await browser.client.get("/files/" + "0" * 32)
            on.on.visits.delete(browser.session_id)

        scene.run(visit)
        rows = on.on.store.audit.newest()

    assert ["delete", "refused", "download", "create"] == [row.what for row in rows]
    assert {"192.0.2.9", ""} == {row.place for row in rows}
    assert "SECRET" not in str(rows)
