"""Uploaded: which answers hold the files that a paper was to be made of.

Apart from ``library.files``, which knows one file and how papers come from it, because this looks through all answers: a paper that
could not be made says only which bytes it needed, and the visitor is to be asked for that file again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engross.context import current
from engross.documents import plan
from engross.library.files import DAFile, DAFileList
from engross.library.objects import DAObject

MOST = 5
"""Uploads that are named for one paper; with more, none of them is likely to be the one."""


def answers_in(node: plan.Node) -> list[tuple[str, str]]:
    """(path of the answer, name of the file) of each upload that *node* is made of; none when there are more than MOST."""
    needed = {one.sha256 for one in plan.Plan(outputs={"": node}).nodes() if isinstance(one, plan.Bytes)}
    found = dict.fromkeys((path, name) for path, name, digest in _uploads(current().namespace) if digest in needed)
    return list(found) if len(found) <= MOST else []


def _uploads(namespace: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(path of the answer, name, digest) of every upload among the answers. An answer is the list that a field filled."""
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
                    if isinstance(item, DAFile) and (told := _told(item)) is not None:
                        yield value.instanceName, *told
            case DAObject():
                waiting.extend(vars(value).values())
            case dict():
                waiting.extend(value.values())
            case list() | tuple():
                waiting.extend(value)


def _told(item: DAFile) -> tuple[str, str] | None:
    """(name, digest) of an upload; None for a file that an interview made, or that is gone."""
    number = vars(item).get("number")
    if number is None or vars(item).get("generated"):
        return None
    try:
        return str(item.filename), current().files.info(number).sha256
    except KeyError:
        return None
