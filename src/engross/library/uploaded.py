"""Uploaded: which answers hold the files that a paper was to be made of, and which of them the visitor left out.

Apart from ``library.files``, which knows one file and how papers come from it, because this looks through all answers: a paper that
could not be made says only which bytes it needed, and the visitor is to be asked for that file again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from engross.context import current
from engross.documents import plan
from engross.library.files import DAFile, DAFileList
from engross.library.objects import DAObject

MOST = 5
"""Uploads that are named for one paper; with more, none of them is likely to be the one."""


LEFT_OUT = "left out"
"""Where a session keeps (in ``Answers.misc``) the numbers of the uploads that papers are made without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """A file among the answers that the visitor brought."""

    path: str
    """Of the answer, the list that a field filled."""
    name: str
    number: str
    """Of the stored file; another one when the same bytes are uploaded again."""
    sha256: str


def answers_in(node: plan.Node) -> list[Uploaded]:
    """The uploads that *node* is made of, each answer and name once; none when there are more than MOST."""
    needed = _digests(node)
    found: dict[tuple[str, str], Uploaded] = {}
    for one in _uploads(current().namespace):
        if one.sha256 in needed:
            found.setdefault((one.path, one.name), one)
    return list(found.values()) if len(found) <= MOST else []


def left_out() -> list[Uploaded]:
    """What the visitor wants the papers made without. A file that was replaced is not among the answers any more, nor here."""
    chosen = _chosen()
    return [one for one in _uploads(current().namespace) if one.number in chosen] if chosen else []


def is_left_out(file: Any) -> bool:
    """Whether papers are made without this file."""
    return isinstance(file, DAFile) and vars(file).get("number") in _chosen()


def leave_out(misc: MutableMapping[str, Any], number: str) -> None:
    """From now on papers are made without the upload of this *number*. *misc*: ``Answers.misc``."""
    chosen = misc.setdefault(LEFT_OUT, [])
    if number not in chosen:
        chosen.append(number)


def without_left_out(node: plan.Node) -> tuple[plan.Node, list[tuple[str, str]]]:
    """*node* without what was left out, and that: (path of the answer, name). A paper that is nothing else stays as it is."""
    chosen = left_out()
    less = plan.without(node, {one.sha256 for one in chosen}) if chosen else node
    if less is None or less == node:
        return node, []
    gone = _digests(node) - _digests(less)
    return less, list(dict.fromkeys((one.path, one.name) for one in chosen if one.sha256 in gone))


def _digests(node: plan.Node) -> set[str]:
    return {one.sha256 for one in plan.Plan(outputs={"": node}).nodes() if isinstance(one, plan.Bytes)}


def _chosen() -> list[str]:
    misc = getattr(current().internal, "misc", None) or {}
    chosen: list[str] = misc.get(LEFT_OUT, [])
    return chosen


def _uploads(namespace: Mapping[str, Any]) -> Iterator[Uploaded]:
    """Every upload among the answers. An answer is the list that a field filled."""
    seen: set[int] = set()
    waiting = [value for name, value in namespace.items() if not name.startswith("_")]
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        match value:
            case DAFileList():
                for item in value.elements:
                    if isinstance(item, DAFile) and (told := _told(item, value.instanceName)) is not None:
                        yield told
            case DAObject():
                waiting.extend(vars(value).values())
            case dict():
                waiting.extend(value.values())
            case list() | tuple():
                waiting.extend(value)


def _told(item: DAFile, path: str) -> Uploaded | None:
    """What is to be known of an upload; None for a file that an interview made, or that is gone."""
    number = vars(item).get("number")
    if number is None or vars(item).get("generated"):
        return None
    try:
        return Uploaded(path=path, name=str(item.filename), number=number, sha256=current().files.info(number).sha256)
    except KeyError:
        return None
