"""20: what a running server says (both streams, its log files, ``/metrics``, ``/healthz``, temporary files) holds nothing that was typed."""

from __future__ import annotations

import re
import secrets
import tempfile
from pathlib import Path

import httpx
import real
from tally import Tally

INTERVIEW = """
metadata:
  title: Logs
---
mandatory: True
question: What?
fields:
  - Line: line
  - Area: area
    input type: area
  - Number: number
    datatype: integer
    required: False
  - File: paper
    datatype: file
    required: False
---
mandatory: True
question: Second ${ line }
subquestion: |
  [go](${ url_action('later', word=line) })
fields:
  - More: more
---
event: later
code: |
  raise Exception('nothing for ' + line + ' ' + area)
---
mandatory: True
code: |
  background_action('made', word=line)
  undefined_name_of_the_author[line][area]
"""
BROKEN = {
    "an error with the answer in it": "raise Exception('no ' + line)",
    "a key": "{}[line]",
    "a number": "int(line)",
    "a file": "open('/nonexistent/' + line)",
    "an attribute": "getattr(line, line)",
    "a warning": "import warnings\n  warnings.warn(line)\n  1/0",
    "a print": "print(line)\n  1/0",
    "a log line of its own": "import logging\n  logging.getLogger('mine').error('it is %s', line)\n  1/0",
    "the library's log": "log(line)\n  1/0",
    "a chain": "try:\n    int(line)\n  except ValueError as error:\n    raise KeyError(line) from error",
}  # fmt: skip


def quiet(amount: int) -> Tally:
    """*amount*: how many visits of each interview."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="engross-bar-") as name:
        folder = Path(name)
        (folder / "logs.yml").write_text(INTERVIEW, encoding="utf-8")
        for number, code in enumerate(BROKEN.values()):
            (folder / f"broken{number}.yml").write_text(f"mandatory: True\nquestion: Go\nfields:\n  - Line: line\n---\nmandatory: True\ncode: |\n  line\n  {code}\n", encoding="utf-8")
        words: list[str] = []
        with real.real(folder, workers=1) as server:
            for _ in range(amount):
                for file in sorted(folder.glob("*.yml")):
                    _visit(server, file, words)
            texts = {"metrics": httpx.get(f"{server.address}/metrics").text, "health": httpx.get(f"{server.address}/healthz").text + httpx.get(f"{server.address}/readyz").text}
            server.process.terminate()
            server.process.wait(120)
            texts["both streams"] = server.said
            texts |= {path.name: path.read_text(errors="replace") for path in [*server.folder.rglob("*.log"), *server.folder.rglob("*.jsonl")]}
        for where, text in texts.items():
            for word in words:
                tally.expect(word not in text, f"{where} hold what was typed: …{text[max(0, text.find(word) - 120) : text.find(word)]!r}")
        tally.expect("page failed" in texts["both streams"], "nothing failed, so nothing was tried")
    tally.note = f"{sum(map(len, texts.values())):,} letters of {len(texts)} places"
    return tally


def _word(words: list[str]) -> str:
    words.append(f"CANARY{secrets.token_hex(8)}")
    return words[-1]


def _visit(server: real.Real, file: Path, words: list[str]) -> None:
    """Words in every place of every kind of request."""
    with httpx.Client(base_url=server.address, headers={"origin": server.address, "x-note": _word(words), "user-agent": _word(words), "referer": f"{server.address}/{_word(words)}"}, timeout=60) as browser:
        page = browser.get("/interview", params={"i": str(file), "note": _word(words)}, follow_redirects=True).text
        form = dict(real.HIDDEN.findall(page))
        for field in re.findall(r'<(?:input|textarea)[^>]* name="([^"]+)"', page):
            if not field.startswith("_"):
                form[field] = "7" if "integer" in page and field == "number" else _word(words)
        files = {field: (f"{_word(words)}.pdf", _word(words).encode(), "application/pdf") for field in re.findall(r'<input[^>]*type="file"[^>]* name="([^"]+)"', page)}
        for _ in range(2):
            page = browser.post("/interview", params={"x": _word(words)}, data=form, files=files or None).text
        form = dict(real.HIDDEN.findall(page)) | {key: _word(words) for key in re.findall(r'<input[^>]*type="text"[^>]* name="([^"]+)"', page)}
        browser.post("/interview", data=form)
        for link in re.findall(r'href="(/interview\?[^"]+action=[^"]+)"', page):
            browser.get(link.replace("&amp;", "&"), headers={"sec-fetch-site": "same-origin"}, follow_redirects=True)
        for path in (f"/{_word(words)}", f"/files/{_word(words)}", f"/resume/{_word(words)}", f"/packagestatic/{_word(words)}/x.css", f"/interview?i={_word(words)}"):
            browser.get(path)
        browser.post(f"/api/sessions?x={_word(words)}", json={"interview": _word(words)})
        browser.post("/api/session/answer", json={"screen_id": _word(words)}, headers={"authorization": f"Bearer {_word(words)}"})
        browser.request("POST", "/interview", content=_word(words).encode(), headers={"content-type": f"multipart/form-data; boundary={_word(words)}"})
