"""Structures: plain data made into interview objects, and objects offered as choices.

``objects from file``, ``data`` blocks with ``use objects``, ``selections()``, and variables that come back as JSON.
"""

from __future__ import annotations

import datetime
import importlib
import inspect
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from engross import names
from engross.context import current, current_or_none, moment
from engross.errors import AuthorError
from engross.library.collections import DAContext, DADict, DAList, DASet, Group, setify
from engross.library.dates import as_datetime
from engross.library.interchange import encode_name
from engross.library.objects import DAObject

_MEDIA = frozenset({"question", "document", "docx", "pdf", "pandoc"})
"""Keys that make a dictionary a text that differs by medium (``DAContext``)."""


# ---------------------------------------------------------------------------------------------------- data to objects


def objects_from_data(
    data: Any,
    recursive: bool = True,
    gathered: bool = True,
    name: str | None = None,
    package: str | None = None,
) -> Any:
    """*data* as interview objects: lists as DAList, dictionaries as DADict, ``{object: Class, items: [...]}`` as objects of
    that class."""
    made = recurse_obj(data, recursive=recursive, use_objects=True, package=package)
    return _presented([made], name or _assigned_name(), gathered)


def objects_from_file(
    file_ref: Any,
    recursive: bool = True,
    gathered: bool = True,
    name: str | None = None,
    use_objects: bool = False,
    package: str | None = None,
) -> Any:
    """What a YAML or JSON file under ``data/sources`` holds, as interview objects."""
    documents = _documents(_source_path(file_ref, package))
    made = [
        recurse_obj(item, recursive=recursive, use_objects=use_objects, package=package) for item in documents
    ]
    return _presented(made, name or _assigned_name(), gathered)


def _assigned_name() -> str | None:
    """The variable that the calling code assigns the result to, if that is all it does."""
    names = sys._getframe(2).f_code.co_names
    return names[1] if len(names) == 2 else None


def _presented(made: list[Any], name: str | None, gathered: bool) -> Any:
    """The objects under the name of the variable: the only one there is, or a list of them."""
    objects = DAList(name or "objects")
    if name is None:
        objects.set_random_instance_name()
    objects.gathered = True
    objects.revisit = True
    for thing in made:
        objects.append(*(thing if isinstance(thing, list) else [thing]))
    listed = any(isinstance(thing, list) for thing in made)
    result = objects if listed or len(objects.elements) != 1 else objects.elements[0]
    if name is not None and isinstance(result, DAObject):
        result._set_instance_name_recursively(name)
    if isinstance(result, Group) and not gathered:
        result._reset_gathered_recursively()
    return result


def _source_path(file_ref: Any, package: str | None) -> Path:
    """The file on this machine. Raises AuthorError."""
    if isinstance(file_ref, Group) and file_ref.elements:
        file_ref = file_ref.elements[0]
    if isinstance(file_ref, str):
        try:
            return current().files.static(
                file_ref, package=package or getattr(moment().block, "package", None), folder="sources"
            )
        except FileNotFoundError as error:
            raise AuthorError(f"objects from file: `{file_ref}` is not there.") from error
    if callable(getattr(file_ref, "path", None)):
        return Path(file_ref.path())
    raise AuthorError(f"objects from file: {file_ref!r} is not a file.")


def _documents(path: Path) -> list[Any]:
    text = path.read_text(encoding="utf-8")
    if path.suffix.lower() == ".json":
        return [json.loads(text)]
    reader = YAML(typ="safe", pure=True)
    reader.version = (1, 1)  # docassemble reads these files as YAML 1.1
    return [document for document in reader.load_all(text) if document is not None]


def recurse_obj(
    the_object: Any, recursive: bool = True, use_objects: bool = False, package: str | None = None
) -> Any:
    """Plain data with what it says of objects made into objects; with *use_objects* its lists and dictionaries, too."""

    def inner(thing: Any) -> Any:
        return recurse_obj(thing, use_objects=use_objects, package=package) if recursive else thing

    match the_object:
        case {"object": str(), "items": list(items)}:
            kind = _class(the_object, package)
            objects = [kind(**_attributes(item, inner)) for item in items]
            return DAList("return_object", elements=objects) if use_objects else objects
        case {"object": str(), "item": item}:
            return _class(the_object, package)(**_attributes(item, inner))
        case dict():
            return _as_group(DADict, {key: inner(value) for key, value in the_object.items()}, use_objects)
        case list():
            return _as_group(DAList, [inner(value) for value in the_object], use_objects)
        case set():
            return _as_group(DASet, {inner(value) for value in the_object}, use_objects)
    return the_object


def _attributes(item: Any, inner: Callable[[Any], Any]) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise AuthorError(f"objects from file: {item!r} is not a dictionary of attributes.")
    return {str(key): inner(value) for key, value in item.items()}


def _as_group(kind: type[Group], elements: Any, use_objects: bool) -> Any:
    if not use_objects:
        return elements
    group = kind("return_object", elements=elements)
    group.set_random_instance_name()
    return group


def _class(declaration: Mapping[str, Any], package: str | None) -> Any:
    """The class that ``object`` (and ``module``) names: of the library, of the interview, or of the module."""
    from engross.library import namespace

    name = str(declaration["object"])
    module = declaration.get("module")
    if module is None:
        try:
            return namespace.find(name)
        except KeyError:
            context = current_or_none()
            known = context.namespace.get("__builtins__", {}) if context is not None else {}
            found = (context.namespace.get(name) if context is not None else None) or known.get(name)
    else:
        owner = package or getattr(moment().block, "package", None) or current().package
        found = getattr(importlib.import_module(str(module), package=owner), name, None)
    if not inspect.isclass(found):
        raise AuthorError(f"objects from file: the class `{name}` is not known. Name its `module`.")
    return found


def objects_from_structure(target: Any, root: str | None = None, gathered: bool = True) -> Any:
    """Lists and dictionaries as DAList and DADict, all the way down."""
    match target:
        case dict() if len(_MEDIA & target.keys()) >= 2 and not target.keys() - _MEDIA:
            made: Any = DAContext("abc_context", **target)
            made.gathered = True
        case dict():
            made = DADict("abc_dict")
            for key, value in target.items():
                made[key] = objects_from_structure(value, gathered=gathered)
        case list():
            made = DAList("abc_list")
            for value in target:
                made.append(objects_from_structure(value, gathered=gathered))
        case _:
            return target
    if gathered:
        made.gathered = True
    if root:
        made._set_instance_name_recursively(root)
    return made


# ---------------------------------------------------------------------------------------------------------- from JSON


def transform_json_variables(obj: Any) -> Any:
    """Variables that came as JSON in the shape of ``all_variables``: ``{_class: …, instanceName: …}`` becomes an object of
    the library, text that is a date a date."""
    match obj:
        case str():
            return _date_or_text(obj)
        case list():
            return [transform_json_variables(item) for item in obj]
        case {"_class": "type", "name": str(name)}:
            return _class_named(name)
        case {"_class": str(name)}:
            return _restored(_class_named(name), obj)
        case dict():
            return {key: transform_json_variables(value) for key, value in obj.items()}
    return obj


def _date_or_text(text: str) -> Any:
    if len(text) in (10, 19, 25, 26, 32) and text[:4].isdigit() and text[4:5] == "-":
        try:
            return as_datetime(datetime.datetime.fromisoformat(text).isoformat())
        except ValueError:
            return text
    return text


def _class_named(name: str) -> Any:
    """A class of the library, or one that the interview's own modules provide. Others are not taken from JSON. Raises AuthorError."""
    from engross.library import namespace

    module, _, last = name.rpartition(".")
    found: Any = None
    if module.startswith(("docassemble.base.", "engross.library.")):
        with suppress(KeyError):
            found = namespace.find(last)
    elif (context := current_or_none()) is not None:
        found = context.interviewing.find_class(module, last)
    if inspect.isclass(found):
        return found
    raise AuthorError(f"Variables in JSON may hold objects of the library and of the interview's modules only, not `{name}`.")


def _restored(kind: Any, attributes: Mapping[str, Any]) -> Any:
    """An object with the attributes that JSON gives it, of those that interview code could set, too."""
    if not issubclass(kind, DAObject):
        raise AuthorError(f"`{kind.__name__}` is not a class of interview objects.")
    name = attributes.get("instanceName")
    made = kind(name if isinstance(name, str) and names.is_path(name) else None)
    for attribute, value in attributes.items():
        if attribute not in ("_class", "instanceName") and attribute.isidentifier() and not attribute.startswith("_"):
            setattr(made, attribute, transform_json_variables(value))
    return made


# ---------------------------------------------------------------------------------------------------------- choices


def selections(*pargs: Any, **kwargs: Any) -> list[dict[str, Any]]:
    """Objects as choices: the objects and lists given, each once; *exclude*, *default*, *object_labeler*, *help_generator*,
    *image_generator*."""
    labeler: Callable[[Any], Any] = kwargs.get("object_labeler") or str
    excluded = setify(kwargs.get("exclude", []))
    defaults = setify(kwargs.get("default", [])) - {None}
    output: list[dict[str, Any]] = []
    seen: set[Any] = set()
    for thing in _objects(pargs):
        if thing in excluded or thing in seen:
            continue
        seen.add(thing)
        choice: dict[str, Any] = {
            encode_name(thing.instanceName): str(labeler(thing)),
            "default": thing in defaults,
        }
        for key, generator in (("help", "help_generator"), ("image", "image_generator")):
            if kwargs.get(generator) is not None:
                choice[key] = str(kwargs[generator](thing))
        output.append(choice)
    return output


def _objects(pargs: Iterable[Any]) -> Iterable[DAObject]:
    for parg in pargs:
        if isinstance(parg, Group):
            parg._trigger_gather()
            listed: Iterable[Any] = parg._values()
        elif isinstance(parg, Iterable) and not isinstance(parg, str):
            listed = parg
        else:
            listed = [parg]
        yield from (thing for thing in listed if isinstance(thing, DAObject))


def map_of(*pargs: Any, **kwargs: Any) -> str:
    """A map of the places of these objects, as the mark that the page's script reads; a note when none is known."""
    points: list[dict[str, Any]] = []
    for thing in setify(list(pargs)):
        info = thing._map_info() if isinstance(thing, DAObject) else None
        points += info or []
    center = kwargs.get("center")
    if isinstance(center, DAObject):
        found = center._map_info()
        center = found[0] if found else None
    if not points:
        return "(Unable to display map)"
    about = {"markers": points, "center": center or points[0]}
    return f"[MAP {encode_name(json.dumps(about))}]"
