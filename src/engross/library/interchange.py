"""Answers as JSON, names in links, small messages: how things leave an interview and come back."""

from __future__ import annotations

import base64
import datetime
import decimal
import io
import json
import re
import sys
import types
from collections.abc import Mapping
from typing import Any

import structlog

from engross.library.locales import surroundings

_log = structlog.get_logger("interview")
_UNPRINTABLE = (
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    io.IOBase,
)


def encode_name(var: str) -> str:
    """A variable name as docassemble writes it in forms and links: base64 without padding."""
    return base64.b64encode(var.encode()).decode().rstrip("=")


def decode_name(var: str) -> str:
    """The name that ``encode_name`` wrote so. Raises ValueError."""
    return _unpadded(var).decode()


def _unpadded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))


def myb64quote(text: str) -> str:
    """The same as ``encode_name``, under the name that older packages use."""
    return encode_name(text)


def from_b64_json(string: str | None) -> Any:
    """The value of JSON in base64, with or without padding; None for None. Raises ValueError."""
    return None if string is None else json.loads(_unpadded(string))


def object_name_convert(text: Any) -> str:
    """A class name in words: ``DAFileList`` as ``file list``."""
    name = re.sub(r"^(DA|AL)(?=[A-Z])", "", str(text).rsplit(".", 1)[-1])
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).lower()


def safe_json(the_object: Any, level: int = 0, is_key: bool = False) -> Any:
    """*the_object* as what JSON can hold. Objects become tables with ``_class``; what has no form becomes None."""
    nothing = "None" if is_key else None
    if level > 20:
        return nothing
    match the_object:
        case str() | bool() | int() | float():
            return the_object
        case list() | set() | tuple() | frozenset():
            return [safe_json(item, level + 1) for item in the_object]
        case dict():
            return _json_table(the_object, level)
        case datetime.date() | datetime.time():
            return the_object.isoformat()
        case decimal.Decimal():
            return float(the_object)
    for method in ("as_dict", "to_json"):
        if callable(getattr(type(the_object), method, None)):
            return getattr(the_object, method)()
    if isinstance(the_object, type):
        name = f"{_public_module(the_object)}.{the_object.__qualname__}"
        return {"_class": "type", "name": name}
    if isinstance(the_object, _UNPRINTABLE):
        return nothing
    if hasattr(the_object, "instanceName"):
        return _json_object(the_object, level)
    try:
        json.dumps(the_object)
    except (TypeError, ValueError):
        return nothing
    return the_object


def _json_table(table: Mapping[Any, Any], level: int) -> dict[Any, Any]:
    made = {
        safe_json(key, level + 1, is_key=True): safe_json(value, level + 1) for key, value in table.items()
    }
    texts = [isinstance(key, str) for key in table]
    return {str(key): value for key, value in made.items()} if any(texts) and not all(texts) else made


def _json_object(the_object: Any, level: int) -> dict[str, Any]:
    kind = type(the_object)
    made: dict[str, Any] = {"_class": f"{_public_module(kind)}.{kind.__qualname__}"}
    if kind.__name__ in ("DALazyTemplate", "DALazyTableTemplate"):
        return made | {"instanceName": the_object.instanceName}
    for key, value in vars(the_object).items():
        if key not in ("has_nonrandom_instance_name", "attrList"):
            made[key] = safe_json(value, level + 1)
    return made


def _public_module(kind: type) -> str:
    """The module that other programs know a class by."""
    if kind.__module__.startswith("engross.library."):
        return "docassemble.base.util"
    package, _, name = kind.__module__.rpartition(".")
    published = getattr(sys.modules.get(package), "PUBLISHED_AS", None)  # where a package of ours takes the place of that one
    return f"{published}.{name}" if published else kind.__module__


def serializable_dict(user_dict: Mapping[str, Any], include_internal: bool = False) -> dict[str, Any]:
    """Answers as what JSON can hold, without modules, functions and what the engine keeps for itself."""
    hidden = {"__builtins__"} if include_internal else {"__builtins__", "_internal", "nav"}
    return {
        key: safe_json(value)
        for key, value in user_dict.items()
        if key not in hidden and not isinstance(value, (*_UNPRINTABLE, type))
    }


def log(the_message: Any, priority: str = "log") -> None:
    """Write to the server's log; with another *priority* (``info``, ``success`` …, ``javascript``) tell the visitor."""
    if priority == "log":
        _log.info("interview", message=str(the_message))
    else:
        messages = surroundings().screen.setdefault("messages", [])
        messages.append({"message": str(the_message), "priority": priority})


def logmessage(message: Any) -> None:
    """Write to the server's log."""
    log(message)
