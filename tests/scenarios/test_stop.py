"""A server that is told to stop."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "script" / "bars"))

SLOW = """
mandatory: True
question: First
fields:
  - Line: line
---
mandatory: True
code: |
  import time
  line
  open('%s', 'w').close()
  time.sleep(1.5)
  slept = True
---
mandatory: True
question: Second after ${ line }
"""


@pytest.mark.slow
def test_what_is_being_answered_is_answered_before_the_server_stops(tmp_path: Path) -> None:
    """The form was sent a moment before SIGTERM: its page comes, and the process ends by itself afterwards."""
    import real

    interview = tmp_path / "slow.yml"
    started = tmp_path / "started"
    interview.write_text(SLOW % started, encoding="utf-8")
    answers: list[httpx.Response] = []
    with real.real(interview, stop_seconds=10) as server, httpx.Client(base_url=server.address, headers={"origin": server.address}, timeout=60, follow_redirects=True) as browser:
        page = browser.get("/interview", params={"i": str(interview)}).text
        form = dict(real.HIDDEN.findall(page))
        key = real.FIELD.findall(page)[0].split(' name="')[1].split('"')[0]
        sending = threading.Thread(target=lambda: answers.append(browser.post("/interview", data={**form, key: "Lee"})))
        sending.start()
        while not started.exists():  # the form is being worked on
            threading.Event().wait(0.01)
        server.process.terminate()
        sending.join(60)
        code = server.process.wait(60)

    assert [(200, True)] == [(answer.status_code, "Second after Lee" in answer.text) for answer in answers]
    assert code in (0, 143)  # by itself, or as a shell tells SIGTERM; never killed
