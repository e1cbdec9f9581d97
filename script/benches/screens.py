"""What a screen costs: an interview as large as the median of real ones (49 questions, 73 fields), answered to its end.

    script/bench screens [--conversations 5]

Everything but HTTP and HTML is in the figure: check the post, set the answers, solve, make the next screen, save both. The last line
is JSON. CPU seconds are those of the thread that answers, so that a busy machine does not count.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import sqlalchemy as sa

from engross.engine.screen import Screen
from engross.language.interview import Interviews, load
from engross.rehearsal.drive import Stage, is_last, stage
from engross.rehearsal.stranger import Stranger
from engross.store import database as tables
from engross.visit import Shown

QUESTIONS, FIELDS, TARGET_MS = 49, 73, 10.0
CHAPTERS = ("home", "rent", "repairs", "work", "health", "court", "help")
LARGEST = "docassemble.AssemblyLine:assembly_line.yml"

OPENING = """
metadata:
  title: A form of the usual size
---
include:
  - docassemble.AssemblyLine:assembly_line.yml
---
features:
  progress bar: True
---
sections:
{sections}
---
objects:
{objects}
---
mandatory: True
id: interview order
code: |
{order}
  closing
---
event: closing
question: |
  Thank you, ${{ home_person }}
subquestion: |
{summary}
"""

CHAPTER = """
---
objects:
  - {name}_person: Individual
---
id: {name} people
question: |
  Who is it about when you think of {name}?
subquestion: |
  We ask because % of people have somebody else do this for them.
fields:
  - First name: {name}_person.name.first
  - Last name: {name}_person.name.last
{more}
---
id: {name} applies
question: |
  Does ${{ {name}_person.name.full() }} have questions about {name}?
yesno: {name}_applies
---
id: {name} kind
question: |
  What kind of {name} is it, ${{ {name}_person.name.first }}?
field: {name}_kind
choices:
  - A short one: short
  - A long one: long
  - Something else: other
---
id: {name} when
question: |
  When did it begin, and what did it cost?
fields:
  - Date: {name}_date
    datatype: date
  - Cost: {name}_cost
    datatype: currency
    min: 0
validation code: |
  if {name}_cost > 1000000:
    validation_error("That is a lot.")
---
id: {name} place
question: |
  Where does ${{ {name}_person.name.full() }} live?
fields:
  - Street: {name}_person.address.address
  - City: {name}_person.address.city
    show if:
      variable: {name}_person.address.address
      is: Elm Street 12
    required: False
---
id: {name} story
question: |
  Tell us about the ${{ {name}_words }}
subquestion: |
  % if {name}_cost > {limit}:
  You said that it cost ${{ currency({name}_cost) }}.
  % else:
  You said that it began on ${{ format_date({name}_date) }}.
  % endif
fields:
  - Your words: {name}_story
    input type: area
    maxlength: 2000
---
id: {name} reasons
question: |
  Which of these are so?
fields:
  - Reasons: {name}_reasons
    datatype: checkboxes
    choices:
      - It was cold: cold
      - It was wet: wet
      - It was loud: loud
---
code: |
  {name}_words = "long " + {name}_kind if {name}_limit else {name}_kind
---
code: |
  {name}_limit = {name}_cost > {limit}
"""

MORE = """  - E-mail: home_email
    datatype: email
  - Telephone: home_phone
  - Number of people: home_size
    datatype: integer"""


def interview_text() -> str:
    """The interview: seven chapters with the kinds of questions that real ones ask."""
    order, summary = [], []
    for name in CHAPTERS:
        order += [
            f'  nav.set_section("{name}")', f"  {name}_person.name.first", f"  {name}_applies", f"  {name}_kind", f"  {name}_date",
            f"  {name}_person.address.address", f"  {name}_story", f"  {name}_reasons",
        ]  # fmt: skip
        summary.append(f"  * ${{ {name}_person }}: ${{ {name}_words }}, ${{ comma_and_list({name}_reasons.true_values()) }}")
    opening = OPENING.format(
        sections="\n".join(f"  - {name}: About {name}" for name in CHAPTERS),
        objects="  - somebody: Individual",
        order="\n".join(order),
        summary="\n".join(summary),
    )
    more = {"home": MORE}
    chapters = [CHAPTER.format(name=name, limit=n * 100, more=more.get(name, "")) for n, name in enumerate(CHAPTERS)]
    return "".join([opening, *chapters]).replace("\n\n---", "\n---")


def main() -> None:
    """Print the figures; the last line is JSON. Exit status 1 when a screen costs more than it may."""
    parser = argparse.ArgumentParser(prog="script/bench screens", description="What a screen costs.")
    parser.add_argument("--conversations", type=int, default=5)
    conversations = parser.parse_args().conversations
    began = time.process_time()
    blocks = len(load(LARGEST).blocks)
    parsed = time.process_time() - began
    with tempfile.TemporaryDirectory(prefix="engross-bench-") as folder, served(Path(folder)) as (on, name):
        answer(on, name)  # once for what every process loads
        runs = [answer(on, name) for _ in range(conversations)]
        size = stored_bytes(on, runs[-1][1])
    report([costs for costs, _ in runs], size, parsed, blocks)


@contextmanager
def served(folder: Path) -> Iterator[tuple[Stage, str]]:
    """A server without its web part, and the interview's name."""
    file = folder / "interview.yml"
    file.write_text(interview_text(), encoding="utf-8")
    with stage(folder / "data", Interviews(), debug=False) as on:
        yield on, str(file)


def answer(on: Stage, name: str) -> tuple[list[tuple[float, int]], str]:
    """([(CPU seconds, fields) of each screen], session) of one conversation."""
    stranger = Stranger()
    shown: Shown = on.visits.start(name)
    costs: list[tuple[float, int]] = []
    while not is_last(shown.screen):
        form = stranger.answer(shown.screen, shown.errors)
        asked = _asked(shown.screen)
        began = time.thread_time()
        shown = on.visits.submit(shown.session_id, shown.screen_id, form.texts, form.uploads)
        costs.append((time.thread_time() - began, asked))
        if shown.errors:
            raise SystemExit(f"the answers to `{shown.screen.question}` were refused: {shown.errors}")
    return costs, shown.session_id


def _asked(screen: Screen) -> int:
    return sum(entry.active and entry.path is not None for entry in screen.fields)


def stored_bytes(on: Stage, session_id: str) -> int:
    """How much the database holds of a finished session: all its versions."""
    table = tables.versions
    with on.store.database.read() as connection:
        query = sa.select(sa.func.sum(sa.func.length(table.c.content))).where(table.c.session_id == session_id)
        return int(connection.execute(query).scalar_one())


def report(runs: list[list[tuple[float, int]]], size: int, parsed: float, blocks: int) -> None:
    """Print the figures and hold them against what is allowed."""
    questions, fields = len(runs[0]), sum(asked for _, asked in runs[0])
    milliseconds = [cost * 1000 for run in runs for cost, _ in run]
    quarter = max(1, questions // 4)
    early = median(cost * 1000 for run in runs for cost, _ in run[:quarter])
    late = median(cost * 1000 for run in runs for cost, _ in run[-quarter:])
    middle, worst = median(milliseconds), max(milliseconds)
    rate = 1000 * len(milliseconds) / sum(milliseconds)
    print(f"{len(runs)} conversations of {questions} questions and {fields} fields")
    print(f"a screen: {middle:.1f} ms CPU at the median, {worst:.1f} ms at most; {rate:.0f} screens a second on one core")
    print(f"the first quarter: {early:.1f} ms, the last quarter: {late:.1f} ms")
    print(f"a finished session takes {size / 1024:.0f} KiB in the store, with every step; {LARGEST} ({blocks} blocks) is read in {parsed:.2f} s")
    found = {
        "bench": "screens", "questions": questions, "fields": fields, "median_ms": round(middle, 2), "worst_ms": round(worst, 2),
        "early_ms": round(early, 2), "late_ms": round(late, 2), "screens_per_second": round(rate, 1), "session_bytes": size,
        "parse_seconds": round(parsed, 2), "parsed_blocks": blocks,
    }  # fmt: skip
    print(json.dumps(found))
    if (questions, fields) != (QUESTIONS, FIELDS):
        raise SystemExit(f"this is not a conversation of {QUESTIONS} questions and {FIELDS} fields")
    if middle > TARGET_MS:
        raise SystemExit(f"a screen may cost {TARGET_MS} ms")


if __name__ == "__main__":
    main()
