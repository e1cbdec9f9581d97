"""Question data: a screen as docassemble's API tells it, for code that asks what another session shows (``get_question_data``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Json = Any
_TEXTS = {"questionText": "question", "subquestionText": "subquestion", "continueLabel": "continue_label", "progress": "progress"}
_PARTS = {"underText": "under", "preText": "pre", "postText": "post", "rightText": "right", "title": "title", "subtitle": "subtitle"}
_OF_FIELDS = {
    "label": "label", "datatype": "datatype", "inputtype": "input_type", "default": "default", "hint": "hint", "help": "help", "note": "note",
    "html": "html", "min": "min", "max": "max", "minlength": "minlength", "maxlength": "maxlength", "step": "step", "rows": "rows", "accept": "accept",
}  # fmt: skip
"""docassemble's word → ours."""
_LONE_BUTTONS = ("yesno", "noyes", "yesnomaybe", "settrue", "multiple_choice", "signature")


def question_data(screen: Mapping[str, Json]) -> dict[str, Json]:
    """*screen* (``engine.screen.to_data``) by docassemble's keys: ``questionType questionName questionText subquestionText
    continueLabel fields allow_going_back helpText attachments message_log …``. What a screen does not have is left out."""
    said: dict[str, Json] = {"questionType": screen.get("kind"), "questionName": screen.get("block", "")}
    said |= {name: screen[ours] for name, ours in _TEXTS.items() if screen.get(ours) is not None}
    said |= {name: part for name, ours in _PARTS.items() if (part := screen.get("parts", {}).get(ours))}
    said["allow_going_back"] = screen.get("back_allowed", True)
    said["fields"] = list(_fields(screen))
    said["message_log"] = [{"message": text, "priority": priority} for text, priority in screen.get("messages", ())]
    if helps := screen.get("help"):
        said["helpText"] = [{"heading": text.get("heading"), "content": text.get("content")} for text in helps]
    if papers := screen.get("papers"):
        said["attachments"] = [{"name": paper.get("name"), "valid_formats": sorted(paper.get("formats", {}))} for paper in papers]
    if terms := {**screen.get("terms", {}), **screen.get("auto_terms", {})}:
        said["terms"] = terms
    return said


def _fields(screen: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    for entry in screen.get("fields", ()):
        told = {name: entry[ours] for name, ours in _OF_FIELDS.items() if entry.get(ours) is not None}
        if entry.get("path"):
            told |= {"variable_name": entry["path"], "required": entry.get("required", True)}
            told.setdefault("datatype", "text")
        if entry.get("options"):
            told["choices"] = [_choice(option) for option in entry["options"]]
            if screen.get("kind") in _LONE_BUTTONS:
                told["fieldtype"] = "multiple_choice"
        yield told
    if buttons := screen.get("buttons"):
        yield {"fieldtype": "multiple_choice", "choices": [_choice(button) for button in buttons]}


def _choice(option: Mapping[str, Json]) -> dict[str, Json]:
    told = {"label": option.get("label", ""), "value": option.get("value", option.get("key"))}
    return told | {name: option[ours] for name, ours in (("variable_name", "variable"), ("help", "help"), ("url", "url")) if option.get(ours)}
