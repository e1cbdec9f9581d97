"""Answers from a file: YAML, variable path → value.

    users[0].name.first: Maria
    reasons: [repairs, time]
    notice_date: 2026-11-02
    photos: {file: kitchen.jpg}

What a list needs to be told can be left out: whether there are any, whether there is another and how many follow from the paths
that are there.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from engross.engine.screen import Option, Screen, ScreenField
from engross.errors import SourceError, Where, nearest
from engross.rehearsal.drive import MissingAnswer, Obstacle
from engross.rehearsal.form import Form, Unfit, choices_without_variable, option_for, prefilled
from engross.rehearsal.samples import SampleFile

_COUNTED = re.compile(r"(.+)\.(there_are_any|there_is_another|target_number)$")


class AnswersFile:
    """Answers read from YAML."""

    def __init__(self, answers: Mapping[str, Any], folder: Path) -> None:
        """*folder*: where relative paths of files to upload begin."""
        self._answers = dict(answers)
        self._folder = folder
        self._given: dict[str, int] = {}
        """How often an answer that is a sequence of turns has been given."""
        self.used: set[str] = set()

    @classmethod
    def read(cls, path: Path) -> AnswersFile:
        """The answers in *path*. Raises SourceError with the line."""
        try:
            data = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise SourceError(f"There is no file with answers at {path}. It is YAML: a line `variable: value` for each answer.") from error
        except OSError as error:
            raise SourceError(f"The answers in {path} cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise SourceError("The answers are no text in UTF-8.", where=Where(str(path), 1)) from error
        except MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise SourceError(f"This is not YAML: {error.problem}", where=Where(str(path), line)) from error
        if not isinstance(data, dict) and data is not None:
            raise SourceError("The file must say which value each variable has: `variable: value`.", where=Where(str(path), 1))
        return cls({str(key): value for key, value in (data or {}).items()}, path.parent)

    def answer(self, screen: Screen, refused: Mapping[str, str]) -> Form:
        """The form for *screen*. Raises MissingAnswer or Obstacle."""
        for entry in screen.fields:
            if entry.key in refused:
                self._explain(screen, entry, refused[entry.key])
        if refused:
            raise Obstacle("; ".join(refused.values()), screen=screen)
        form = Form()
        options = choices_without_variable(screen)
        if options:
            form.choose(self._choice(screen, options))
            return form
        for entry in screen.fields:
            if entry.path is None or not entry.active or entry.input_type == "continue":
                continue
            found, value = self._look_up(entry)
            if not found:
                value = prefilled(entry)
                if self._is_spare(screen, entry):
                    continue
                if value is None:
                    if entry.required and not entry.show_if and entry.datatype != "boolean" and screen.kind != "settrue":
                        raise self._missing(screen, entry)
                    continue
            try:
                form.put(entry, value)
            except Unfit as error:
                raise Obstacle(f"`{entry.path}` cannot be answered with the value in the file: {error}", screen=screen,
                               variable=entry.path) from error  # fmt: skip
        return form

    def _is_spare(self, screen: Screen, entry: ScreenField) -> bool:
        """Whether a field belongs to an item of `list collect` that the file does not have."""
        if screen.list_collect is None or entry.group is None or entry.group < int(screen.list_collect.get("groups") or 1):
            return False
        return not any(other.path in self._answers for other in screen.fields if other.group == entry.group)

    def follow(self, screen: Screen) -> None:
        """A file has answers; it follows no links."""

    def _explain(self, screen: Screen, entry: ScreenField, message: str) -> None:
        found, value = self._look_up(entry)
        if not found:
            raise self._missing(screen, entry)
        raise Obstacle(f"`{entry.path}` may not be {value!r}: {message}", screen=screen, variable=entry.path)

    def _missing(self, screen: Screen, entry: ScreenField) -> MissingAnswer:
        guess = nearest(str(entry.path), set(self._answers) - self.used)
        hint = f" The file has `{guess}`." if guess else ""
        return MissingAnswer(f"there is no answer for `{entry.path}`.{hint}", screen=screen, variable=entry.path)

    def _choice(self, screen: Screen, options: tuple[Option, ...]) -> Option:
        for name in (screen.block_id, screen.block, screen.sought):
            if name is not None and name in self._answers:
                self.used.add(name)
                option = option_for(options, self._turn(name))
                if option is None:
                    raise Obstacle(f"`{name}` is not one of the choices of the file", screen=screen, variable=name)
                return option
        leading = [option for option in options if option.action in (None, "continue")]
        if len(leading) == 1:
            return leading[0]
        raise MissingAnswer(f"there is no answer for the question `{screen.block_id or screen.block}`.", screen=screen)

    def _look_up(self, entry: ScreenField) -> tuple[bool, Any]:
        for name in (entry.path, entry.variable):
            if name is not None and name in self._answers:
                self.used.add(name)
                return True, self._with_files(self._turn(name))
        boxes = {
            option.value if option.variable is None else option.key: self._answers[option.variable]
            for option in entry.options
            if option.variable is not None and option.variable in self._answers
        }
        if boxes:
            return True, boxes
        return self._counted(entry)

    def _turn(self, name: str) -> Any:
        """The answer; of ``there_is_another: [true, false]`` and the like, the one whose turn it is."""
        value = self._answers[name]
        if isinstance(value, list) and _COUNTED.match(name):
            turn = self._given.get(name, 0)
            self._given[name] = turn + 1
            return value[min(turn, len(value) - 1)]
        return value

    def _counted(self, entry: ScreenField) -> tuple[bool, Any]:
        """What follows from the items that the file has."""
        match = _COUNTED.match(entry.path or "")
        if match is None:
            return False, None
        owner, what = match.groups()
        indexes = {
            int(found.group(1))
            for name in self._answers
            if (found := re.match(re.escape(owner) + r"\[(\d+)\]", name)) is not None
        }
        if what == "target_number":
            return bool(indexes), len(indexes)
        if what == "there_are_any":
            return True, bool(indexes)
        asked = self._given[owner] = self._given.get(owner, 0) + 1
        return True, any(index >= asked for index in indexes)

    def _with_files(self, value: Any) -> Any:
        if isinstance(value, dict) and value.keys() == {"file"}:
            return [self._file(str(value["file"]))]
        if isinstance(value, list) and value and all(isinstance(item, dict) and item.keys() == {"file"} for item in value):
            return [self._file(str(item["file"])) for item in value]
        return value

    def _file(self, name: str) -> SampleFile:
        path = self._folder / name
        try:
            data = path.read_bytes()
        except OSError as error:
            raise Obstacle(f"the file `{path}` cannot be read: {error.strerror}") from error
        return SampleFile(path.name, mimetypes.guess_type(path.name)[0] or "application/octet-stream", data)
