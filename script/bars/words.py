"""11: strings that visitors type, through every place where an answer is written: what is read back is what was typed."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable
from email import message_from_bytes, policy
from pathlib import Path

import corpus
import docx
import lxml.html
import openpyxl
import pikepdf
import scene
from tally import Tally

from engross.delivery import deliver_next
from engross.documents import docx as engross_docx
from engross.documents import package, pdf
from engross.documents.office import Office
from engross.engine.screen import Screen, to_data
from engross.library import templates
from engross.rehearsal.form import Form
from engross.visit import Shown
from engross.web import files as web_files

READ_BACK = """
metadata:
  title: Read back
---
objects:
  - people: DAList.using(object_type=Individual, there_are_any=True, there_is_another=False)
---
mandatory: True
code: |
  line
  area
  people.gather()
  checked
  send_email(to='a@example.org', subject=line, template=letter)
  last_screen
---
question: First
fields:
  - Line: line
  - Area: area
    input type: area
  - Name: people[0].name.first
    required: False
---
question: Who?
fields:
  - First: people[i].name.first
  - Last: people[i].name.last
---
template: letter
subject: ${ line }
content: |
  ${ area }
---
table: people.table
rows: people
columns:
  - Name: row_item.name.first
---
question: Check ${ line }
subquestion: |
  You wrote [${ area }] and ${ line }.

  ${ people.table }
fields:
  - note: |
      Note ${ line }
  - Again ${ line }: checked
    default: ${ line }
    hint: ${ line }
    help: Help ${ line }
    choices:
      - ${ line }: one
      - other
---
event: last_screen
question: |
  Bye ${ line }
subquestion: |
  <div id="readback" markdown="1">${ line }</div>

  * ${ line }
  * ${ people[0].name.first }

  ${ letter }
"""
ACTIVE = re.compile(r"^\s*(javascript|vbscript|data:text)", re.IGNORECASE)


def screens(amount: int) -> Tally:
    """Every field of every interview, *amount* times with other strings: no new element, attribute or link, and no page breaks."""
    return scene.run(lambda: _screens(amount))


async def _screens(amount: int) -> Tally:
    tally = Tally()
    canary = Path(tempfile.gettempdir()) / "q7q"
    with scene.scene() as on:
        for number, reference in enumerate(on.references):
            for turn in range(amount):
                offset = number * 17 + turn * 23
                typed: list[str] = []

                def answer(screen: Screen, form: Form, offset: int = offset, typed: list[str] = typed) -> None:
                    for place, entry in enumerate(screen.fields):
                        text = corpus.STRINGS[(offset + place + len(typed)) % len(corpus.STRINGS)]
                        if entry.path and entry.active and not entry.options and entry.datatype in ("text", "", "raw") and entry.input_type != "continue":
                            form.texts[entry.key] = [text[: entry.maxlength or None]]
                            typed.append(text)

                pages: list[Shown] = []
                end = scene.walk(on, reference, pages.append, answer=answer, limit=25)
                if "Error:" in end and "Obstacle" not in end and "CodeError" in end:
                    tally.note = "some authors' code refused odd words"
                browser = scene.browser(on)
                for shown in pages:
                    _looked_at(tally, reference, shown)
                if pages:
                    from engross.web import cookie

                    visitor = cookie.new_visitor().with_session(reference, pages[0].session_id)
                    browser.client.cookies.set("engross", cookie.write(visitor))
                    page = await browser.open(reference)
                    tally.expect(page.status_code in (200, 500 if "Error" in end else 200), f"{reference}: {page.status_code} on the last page ({end[:200]})")
                    tally.tried += len(typed)
                    for wrong in intruders(page.text):
                        tally.fail(f"{reference}: {wrong}")
        tally.expect(not canary.exists() and not Path("q7q").exists(), "code in an answer ran: a file q7q is there")
    return tally


def _looked_at(tally: Tally, reference: str, shown: Shown) -> None:
    """The screen's texts as HTML."""
    from engross.markup import to_html

    screen = shown.screen
    texts = [screen.question, screen.subquestion, *screen.parts.values(), *(entry.note for entry in screen.fields), *(entry.label for entry in screen.fields), *(line.text for line in screen.review if hasattr(line, "text"))]
    for text in texts:
        for wrong in intruders(to_html(text)) if text else ():
            tally.fail(f"{reference}, {screen.block}: {wrong}")
    to_data(screen)


def intruders(html: str) -> Iterable[str]:
    """Elements, attributes, links and scripts that a typed string brought into a page."""
    if not html.strip():
        return
    for element in lxml.html.fromstring(f"<div>{html}</div>" if "<html" not in html else html).iter():
        if not isinstance(element.tag, str):
            if "q7q" in str(element.text or ""):
                yield f"a comment {str(element.text)[:60]}"
            continue
        if "q7q" in element.tag.lower() or (element.tag in ("script", "style", "iframe", "object", "embed", "base", "template") and "q7q" in str(lxml.html.tostring(element))):
            yield f"an element {lxml.html.tostring(element)[:100]!r}"
        for name, value in element.attrib.items():
            if "q7q" in name.lower() or (name.lower().startswith("on") and "q7q" in value):
                yield f"an attribute {name}={value[:60]!r}"
            if name in ("href", "src", "action", "formaction", "data", "poster", "style", "background") and "q7q" in value.lower() and (
                ACTIVE.match(value) or re.match(r"\s*(https?:)?//q7q", value) or name == "style"
            ):
                yield f"a link {name}={value[:60]!r}"


def normal(text: str) -> str:
    """As texts are compared: white space runs count as one space, forms of letters as one; letters for private use do not count."""
    return " ".join(re.sub(r"[\ue000-\uf8ff]", "", unicodedata.normalize("NFC", text)).split())


def read_back(amount: int) -> Tally:
    """Each string through question, subquestion, list, template, table, label, choice, default and hint of a whole visit, and e-mail."""
    from engross.markup import from_html, to_html, to_text

    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="engross-bar-") as folder:
        path = Path(folder) / "read_back.yml"
        path.write_text(READ_BACK, encoding="utf-8")
        with scene.scene(str(path)) as on:
            reference = on.references[0]
            step = max(1, len(corpus.STRINGS) // max(1, amount))
            for text in corpus.STRINGS[::step]:
                typed = text.strip()
                one = " ".join(typed.split("\n")) if "\n" in typed else typed
                shown = on.on.visits.start(reference)
                keys = {entry.path: entry.key for entry in shown.screen.fields}
                shown = on.on.visits.submit(shown.session_id, shown.screen_id, {keys["line"]: [one], keys["area"]: [text], keys["people[0].name.first"]: [one]}, {})
                while shown.screen.fields and any("people" in (entry.path or "") for entry in shown.screen.fields):
                    shown = on.on.visits.submit(shown.session_id, shown.screen_id, {entry.key: [one if "first" in (entry.path or "") else "Lee"] for entry in shown.screen.fields}, {})
                if shown.errors:
                    tally.expect(False, f"{text!r} is refused: {dict(shown.errors)}")
                    continue
                screen = shown.screen
                field = next(entry for entry in screen.fields if entry.path == "checked")
                for place, found in (
                    ("question", to_text(screen.question)), ("label", to_text(field.label or "")), ("choice", to_text(field.options[0].label)), ("help", to_text(field.help or "")),
                ):  # fmt: skip
                    tally.expect(normal(one) in normal(found), f"{place}: {text!r} reads {found!r}")
                tally.expect(normal(one) == normal(str(field.hint or "")), f"hint: {text!r} reads {field.hint!r}")
                html = to_html(screen.subquestion or "")
                for wrong in intruders(html):
                    tally.fail(f"subquestion: {text!r} brought {wrong}")
                tally.expect(_bare(one) in _bare(lxml.html.fromstring(f"<div>{html}</div>").text_content()), f"subquestion: {text!r} reads {from_html(html)[:300]!r}")
                shown = on.on.visits.submit(shown.session_id, shown.screen_id, {field.key: [field.options[0].key]}, {})
                last = shown.screen
                html = to_html(last.subquestion or "")
                for wrong in intruders(html):
                    tally.fail(f"last screen: {text!r} brought {wrong}")
                content = lxml.html.fromstring(f"<div>{html}</div>")
                cell = content.get_element_by_id("readback", None)
                tally.expect(cell is not None and normal(cell.text_content()) == normal(one), f"last screen: {text!r} reads {cell.text_content()[:200] if cell is not None else None!r}")
                _mailed(on, one, text, tally)
            _door(on, reference, tally)
    return tally


def _bare(text: str) -> str:
    return re.sub(r"[\s\ue000-\uf8ff]+", "", unicodedata.normalize("NFC", text))


def _mailed(on: scene.Scene, one: str, text: str, tally: Tally) -> None:
    folder = on.on.settings.data_folder / "outbox"
    while deliver_next(on.on.store):
        pass
    letters = list(folder.glob("*.eml")) if folder.is_dir() else []
    for letter in letters:
        message = message_from_bytes(letter.read_bytes(), policy=policy.default)
        subject = str(message["Subject"])
        tally.expect(_bare(one) == _bare(subject), f"e-mail subject: {text!r} reads {subject!r}")
        tally.expect({str(key).lower() for key in message} <= {"from", "to", "subject", "date", "message-id", "mime-version", "content-type", "content-transfer-encoding"}, f"e-mail: {text!r} brought headers {list(message)}")
        rich = message.get_body(("html",))
        if rich is not None:
            for wrong in intruders(rich.get_content()):
                tally.fail(f"e-mail: {text!r} brought {wrong}")
        letter.unlink()


def _door(on: scene.Scene, reference: str, tally: Tally) -> None:
    """Control characters and lone surrogates do not come in."""
    shown = on.on.visits.start(reference)
    keys = {entry.path: entry.key for entry in shown.screen.fields}
    for text in corpus.REFUSED:
        after = on.on.visits.submit(shown.session_id, shown.screen_id, {keys["line"]: [text], keys["area"]: ["x"], keys["people[0].name.first"]: ["x"]}, {})
        tally.expect(list(after.errors) == [keys["line"]], f"{text!r} came in")


def papers(amount: int) -> Tally:
    """All strings through DOCX, PDF forms, ZIP names, headers, XLSX and CSV; with *amount* > 1 through LibreOffice as well."""
    tally = Tally()
    strings = list(corpus.STRINGS)
    template = docx.Document()
    for text in ("{%p for word in words %}", "{{ word }}", "{%p endfor %}"):
        template.add_paragraph(text)
    template.add_paragraph("{{ words[0] }} and {{ words[0] | upper }}")
    out = io.BytesIO()
    template.save(out)
    made = engross_docx.fill(out.getvalue(), {"words": strings})
    document = docx.Document(io.BytesIO(made))
    found = [paragraph.text for paragraph in document.paragraphs]
    for text, seen in zip(strings, found, strict=False):
        tally.expect(normal(text) == normal(seen), f"DOCX: {text!r} reads {seen!r}")
    tally.expect(len(found) == len(strings) + 1, f"DOCX: {len(found)} paragraphs, not {len(strings) + 1}")
    plain = engross_docx.fill(out.getvalue(), {"words": ["plain"] * len(strings)})
    parts, usual = (sorted(zipfile.ZipFile(io.BytesIO(one)).namelist()) for one in (made, plain))
    tally.expect(parts == usual, "DOCX: an answer brought a part")
    tags, plain_tags = ({element.tag for element in docx.Document(io.BytesIO(one)).element.iter()} for one in (made, plain))
    extra = {str(tag).rpartition("}")[2] for tag in tags - plain_tags} - {"br", "tab", "rPr", "lang", "rFonts", "rtl", "cs", "noBreakHyphen"}
    tally.expect(not extra, f"DOCX: an answer brought elements {extra}")
    _forms(strings, tally)
    _names(strings, tally)
    _sheets(strings, tally)
    if amount > 1:
        with Office(parallel=1) as office:
            printed = office.convert(made, to="pdf", ending=".docx", foreign=False)
        _printed(printed, strings, tally)
    return tally


def _forms(strings: list[str], tally: Tally) -> None:
    """The value of a PDF field is what was typed."""
    from tests.documents.conftest import Form as PdfForm

    form = PdfForm()
    form.text("line")
    blank = form.data() if hasattr(form, "data") else form.bytes()
    for text in strings:
        one = " ".join(text.split())
        filled = pdf.fill(blank, {"line": one})
        with pikepdf.open(io.BytesIO(filled)) as read:
            value = str(read.Root.AcroForm.Fields[0].V)
            active = [name for name in ("/OpenAction", "/AA", "/Names") if name in read.Root]
        tally.expect(normal(one) == normal(value) and not active, f"PDF: {one!r} reads {value!r}, {active}")


def _names(strings: list[str], tally: Tally) -> None:
    """Names in archives and headers stay names."""
    packed = package.archive([(f"{text}.pdf", b"x") for text in strings])
    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    tally.expect(len({name.casefold() for name in names}) == len(strings), "ZIP: two entries of one name")
    for text, name in zip(strings, names, strict=True):
        bad = name.startswith(("/", "~/")) or ".." in name.split("/") or "\\" in name or re.match(r"[A-Za-z]:", name) or re.search(r"[\x00-\x1f\x7f]", name)
        tally.expect(not bad, f"ZIP: {text!r} became {name!r}")
    for text in (*strings, *corpus.REFUSED):
        stored = type("Stored", (), {"name": text.encode("utf-8", "replace").decode() + ".html", "mimetype": "text/html"})
        headers = web_files.download_headers(stored)
        line = headers["content-disposition"]
        tally.expect(line.isascii() and line.isprintable() and line.startswith("attachment; ") and line.count('"') == 2, f"header: {text!r} became {line!r}")
        tally.expect(headers["content-type"] == "application/octet-stream", f"header: {text!r} is sent as {headers['content-type']}")


def _sheets(strings: list[str], tally: Tally) -> None:
    """Cells are texts, never formulas."""
    rows = [[text] for text in strings]
    book = openpyxl.load_workbook(io.BytesIO(templates._as_xlsx(["Word"], [list(row) for row in rows], "Sheet", False)))
    cells = list(book.active.iter_rows(min_row=2))
    for text, (cell, *_) in zip(strings, cells, strict=True):
        value = str(cell.value if cell.value is not None else "")
        tally.expect(cell.data_type != "f" and _bare(text) == _bare(value), f"XLSX: {text!r} reads {value!r} ({cell.data_type})")
    content = templates._as_csv(["Word"], [list(row) for row in rows], None, False)
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[1:]
    for text, row in zip(strings, lines, strict=True):
        value = row[0] if row else ""
        tally.expect(not value.lstrip(" \t").startswith(("=", "+", "-", "@")), f"CSV: {text!r} is the formula {value!r}")
        tally.expect(_bare(value) in (_bare(text), "'" + _bare(text)), f"CSV: {text!r} reads {value!r}")


def _printed(data: bytes, strings: list[str], tally: Tally) -> None:
    """Latin letters of each string are in the PDF, in their order, or turned round where a sign in the string says so."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(data)
        file.flush()
        text = subprocess.run(["pdftotext", "-layout", file.name, "-"], capture_output=True, check=True).stdout.decode("utf-8", "replace")
    bare = re.sub(r"[^!-~]", "", text)
    for one in strings:
        wanted, turned = (re.sub(r"[^!-~]", "", text) for text in (one, _turned(one)))
        tally.expect(wanted in bare or turned in bare or len(wanted) > 80, f"PDF by LibreOffice: {one!r} is not there")


def _turned(text: str) -> str:
    """*text* as it is printed: what follows U+202E goes from right to left, letters of any script."""
    before, _, after = text.partition("\u202e")
    inner, _, rest = after.partition("\u202c")
    return before + inner[::-1] + rest


