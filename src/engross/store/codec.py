"""Codec: answers to bytes and back, in a tagged, versioned format of our own.

Apart from pickle because what is read may come from a stolen or tampered database, and because a released version must read what an
older one wrote. Nothing that is read can run code: classes are found only through the *resolve* that the caller gives (the library
and the interview's own modules), instances are made without calling them, and what a class computes is never written.

The format is JSON: ``{"engross": 1, "classes": [[module, name] …], "entries": [entry …], "root": value}``. Everything with an
identity (lists, dictionaries, sets, tuples, objects) is an entry of the flat table, so that one person in two lists stays one person
and cycles survive. A *value* is a JSON scalar for None, bool, int, finite float and str; ``[n]`` for entry number n; or ``[tag, …]``
for a value without identity, such as ``["date", "2024-02-29"]``.
"""

from __future__ import annotations

import base64
import binascii
import builtins
import collections
import contextlib
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import json
import math
import sys
import types
import uuid
import zoneinfo
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from engross.errors import StoreError

if TYPE_CHECKING:
    from engross.engine.answers import Answers

HEAP_TYPE = 1 << 9
"""CPython's Py_TPFLAGS_HEAPTYPE: set for every class that a ``class`` statement made."""
CLASSES_KNOWN = 2048
"""Of so many classes it is remembered how their instances are written."""
FORMAT = 1
"""Written into every snapshot. A reader knows this number and all before it."""

Resolve = Callable[[str, str], Any]
"""(module, qualified name) → the class. Raises LookupError, ImportError or AttributeError when there is none or it is not allowed."""


class CodecError(StoreError):
    """What is kept is not what this version of Engross can read."""


class UnknownClass(CodecError):
    """A kept object is of a class that the interview does not provide (any more)."""

    def __init__(self, module: str, name: str) -> None:
        super().__init__(
            f"The answers hold an object of the class `{name}` from `{module}`, which this interview does not provide. "
            f"Was the module or the class renamed while the session was open?"
        )
        self.module = module
        self.name = name


class _Dropped:
    """Stands for a value that cannot be kept."""


DROPPED = _Dropped()
REFUSED_TYPES = (
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.GeneratorType,
    types.CoroutineType,
    types.CodeType,
    types.FrameType,
    types.TracebackType,
    property,
    memoryview,
)
NATIVE_MEMBERS = (types.MethodDescriptorType, types.WrapperDescriptorType, types.GetSetDescriptorType)
PLAIN_CLASSES: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        *(object, str, int, float, bool, complex, bytes, bytearray, list, dict, set, frozenset, tuple, range),
        *(datetime.date, datetime.datetime, datetime.time, datetime.timedelta, decimal.Decimal, fractions.Fraction),
        *(collections.OrderedDict, collections.defaultdict, collections.Counter, collections.deque, type(None)),
    )
}
"""Classes that may be referred to without asking *resolve*."""
MUTABLE_BASES = (
    ("odict", collections.OrderedDict),
    ("defaultdict", collections.defaultdict),
    ("counter", collections.Counter),
    ("list", list),
    ("dict", dict),
    ("set", set),
    ("deque", collections.deque),
    ("bytearray", bytearray),
)
SCALARS: tuple[Any, ...] = (str, int, float, bytes, type(None))
FIXED_BASES = (
    ("tuple", tuple),
    ("frozenset", frozenset),
    ("str", str),
    ("int", int),
    ("float", float),
    ("bytes", bytes),
    ("datetime", datetime.datetime),
    ("date", datetime.date),
    ("time", datetime.time),
    ("delta", datetime.timedelta),
    ("decimal", decimal.Decimal),
    ("exception", BaseException),
)


_MUTABLE: dict[str, Any] = dict(MUTABLE_BASES)
_FIXED: dict[str, Any] = dict(FIXED_BASES)


def encode(answers: Answers, resolve: Resolve | None = None) -> bytes:
    """The answers as bytes. What cannot be kept (modules, functions, open files) is left out.

    With *resolve*, objects of classes that it would not give back are left out too, so that what is written can be read.
    """
    from engross.engine.answers import TRANSIENT

    kept: dict[str, Any] = {}
    for field in dataclasses.fields(answers):
        if field.metadata.get("kept", True):
            kept[field.name] = getattr(answers, field.name)
    kept["namespace"] = {name: value for name, value in answers.namespace.items() if name not in TRANSIENT}
    return encode_value(kept, resolve)


def decode(data: bytes, resolve: Resolve) -> Answers:
    """The answers that ``encode`` was given. Raises CodecError, UnknownClass."""
    from engross.engine.answers import Answers

    kept = decode_value(data, resolve)
    if not isinstance(kept, dict):
        raise CodecError("The kept answers are not a table of answers.")
    known = {field.name for field in dataclasses.fields(Answers) if field.metadata.get("kept", True)}
    return Answers(**{name: value for name, value in kept.items() if name in known})


def encode_value(value: Any, resolve: Resolve | None = None) -> bytes:
    """Any one value as bytes; see ``encode``."""
    writer = _Writer(resolve)
    root = writer.value(value)
    writer.finish()
    return json.dumps(
        {
            "engross": FORMAT,
            "classes": writer.class_names,
            "entries": writer.entries,
            "root": None if root is DROPPED else root,
        },
        separators=(",", ":"),
        allow_nan=False,
    ).encode("ascii")


def decode_value(data: bytes, resolve: Resolve) -> Any:
    """The value that ``encode_value`` was given. Raises CodecError, UnknownClass; never runs what it reads."""
    try:
        kept = json.loads(data)
        if not isinstance(kept, dict) or kept.get("engross") not in range(1, FORMAT + 1):
            found = kept.get("engross") if isinstance(kept, dict) else None
            raise CodecError(f"The kept answers have format {found!r}; this version of Engross reads 1 to {FORMAT}.")
        return _Reader(kept["classes"], kept["entries"], resolve).read(kept["root"])
    except CodecError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, binascii.Error) as error:
        raise CodecError(f"The kept answers are damaged ({type(error).__name__}).") from error


class _Writer:
    """Collects the entries of one snapshot. Breadth first with a queue, so that depth costs no recursion."""

    def __init__(self, resolve: Resolve | None) -> None:
        self.entries: list[Any] = []
        self.class_names: list[list[str]] = []
        self._resolve = resolve
        self._numbers: dict[int, int] = {}
        self._originals: list[Any] = []
        self._classes: dict[type, int | None] = {}
        self._shapes: dict[type, tuple[str, type | None] | None] = {}

    def value(self, value: Any) -> Any:
        """*value* as it stands in an entry, or DROPPED."""
        kind = type(value)
        if kind is str or value is None or kind is bool:
            return value
        if kind is int:
            return value if -(2**63) <= value < 2**63 else ["int", hex(value)]
        if kind is float:
            return value if math.isfinite(value) else ["float", repr(value)]
        if (number := self._numbers.get(id(value))) is not None:
            return [number]
        if kind is dict or kind is list or kind is tuple or kind is set or kind is frozenset:
            return self._new(value)
        if (inline := _inline(value)) is not None:
            return inline
        return self._special(value)

    def finish(self) -> None:
        """Fill every entry; entries that are met on the way are filled too."""
        done = 0
        while done < len(self._originals):
            self.entries[done] = self._entry(self._originals[done])
            done += 1

    def _new(self, value: Any) -> list[int]:
        number = len(self._originals)
        self._numbers[id(value)] = number
        self._originals.append(value)  # also keeps it alive, so that its id stays its own
        self.entries.append(None)
        return [number]

    def _special(self, value: Any) -> Any:
        """Classes, enums and instances of classes."""
        if isinstance(value, type):
            number = self._class(value)
            return DROPPED if number is None else ["class", number]
        if type(value) is types.FunctionType and self._can_be_found(value):
            # As docassemble keeps them: by name. `ALExhibitList.auto_labeler` is one.
            return ["function", value.__module__, value.__qualname__]
        if isinstance(value, REFUSED_TYPES):
            return DROPPED
        kind = type(value)
        if isinstance(value, enum.Enum):
            number = self._class(kind)
            return DROPPED if number is None or not value.name else ["enum", number, value.name]
        if self._shape(kind) is None:
            return DROPPED
        return self._new(value)

    def _shape(self, kind: type) -> tuple[str, type | None] | None:
        """How instances of *kind* are written: (base, base class), or None when they cannot be kept."""
        if kind not in self._shapes:
            self._shapes[kind] = _shape_of(kind)
            plain = kind in _MUTABLE.values()
            if not plain and self._shapes[kind] is not None and self._class(kind) is None:
                self._shapes[kind] = None
        return self._shapes[kind]

    def _class(self, kind: type) -> int | None:
        """Number of a class in the table, or None when it could not be found again."""
        if kind not in self._classes:
            self._classes[kind] = None
            if self._can_be_found(kind):
                self._classes[kind] = len(self.class_names)
                self.class_names.append([kind.__module__, kind.__qualname__])
        return self._classes[kind]

    def _can_be_found(self, kind: type | types.FunctionType) -> bool:
        if isinstance(kind, type) and _is_plain_class(kind):
            return True
        if kind.__name__.startswith("_") and not isinstance(kind, type):
            return False
        try:
            if self._resolve is not None:
                return self._resolve(kind.__module__, kind.__qualname__) is kind
            found: Any = sys.modules[kind.__module__]
            for name in kind.__qualname__.split("."):
                found = getattr(found, name)
        except (LookupError, ImportError, AttributeError, CodecError):
            return False
        return found is kind

    def _entry(self, value: Any) -> list[Any]:
        kind = type(value)
        if kind is dict:
            return self._dictionary(value)
        if kind is list or kind is tuple or kind is set or kind is frozenset:
            return [kind.__name__, self._items(_plain_items(kind.__name__, value))]
        shape = self._shape(kind)
        assert shape is not None  # noqa: S101 - `value` dropped all others
        base, base_class = shape
        if kind is base_class:
            return [base, *self._payload(base, value)]
        state = self._state(value)
        number = self._class(kind)
        return ["object", number, state] if base == "object" else ["sub", number, state, base, *self._payload(base, value)]

    def _items(self, values: Any) -> list[Any]:
        found = (self.value(item) for item in values)
        return [None if item is DROPPED else item for item in found]

    def _dictionary(self, value: Any) -> list[Any]:
        kept: dict[str, Any] = {}
        for key, item in dict.items(value):
            if type(key) is not str:
                break
            if (found := self.value(item)) is not DROPPED:
                kept[key] = found
        else:
            return ["dict", kept]
        return ["pairs", self._pairs(value)]

    def _pairs(self, value: Any) -> list[Any]:
        pairs: list[Any] = []
        for key, item in dict.items(value):
            kept_key, kept = self.value(key), self.value(item)
            if kept_key is not DROPPED and kept is not DROPPED:
                pairs += (kept_key, kept)
        return pairs

    def _payload(self, base: str, value: Any) -> list[Any]:
        """What the built-in part of *value* holds."""
        match base:
            case "list" | "set" | "tuple" | "frozenset":
                return [self._items(_plain_items(base, value))]
            case "dict" | "odict" | "counter":
                return [self._pairs(value)]
            case "defaultdict":
                factory = self.value(value.default_factory)
                return [self._pairs(value), None if factory is DROPPED else factory]
            case "deque":
                return [self._items(value), value.maxlen]
            case "exception":
                return [self._items(value.args)]
            case "str":
                return [str.__str__(value)]
            case "int":
                return [hex(value)]
            case "float":
                return [float.__repr__(value)]
            case "bytes" | "bytearray":
                return [_text_of(bytes(value))]
        inline = _inline_as(base, value)
        return inline[1:]

    def _state(self, value: Any) -> dict[str, Any]:
        """The attributes of an instance, those in slots too; or what its own ``__getstate__`` says is to be kept."""
        kind: Any = type(value)
        left_out = getattr(kind, "_not_kept", ())
        attributes = _own_state(value) if _has_own_state(kind) else None
        if attributes is None:
            attributes = {}
            for name, slot in _slots(kind).items():
                try:
                    attributes[name] = slot.__get__(value, kind)
                except AttributeError:
                    continue
            with contextlib.suppress(AttributeError):  # slots only
                attributes.update(object.__getattribute__(value, "__dict__"))
        state: dict[str, Any] = {}
        for name, item in attributes.items():
            if type(name) is str and name not in left_out:
                plain = type(item) is str or item is None or item is True or item is False
                if (kept := item if plain else self.value(item)) is not DROPPED:
                    state[name] = kept
        return state


def _has_own_state(kind: type) -> bool:
    own: Any = kind.__getstate__
    return own is not object.__getstate__


_MAKE_PARTS_AGAIN = {"requests.adapters", "requests.cookies", "requests.sessions"}
"""Modules whose classes have locks and pools of connections, which cannot be kept, and whose ``__setstate__`` does nothing but take
attributes and make those parts again. Clients of courts' e-filing keep a ``requests.Session``. Of no other class anything is called
on reading."""


def _makes_parts_again(kind: type) -> bool:
    method = getattr(kind, "__setstate__", None)
    return type(method) is types.FunctionType and method.__module__ in _MAKE_PARTS_AGAIN


def _own_state(value: Any) -> dict[str, Any] | None:
    """What the class's ``__getstate__`` keeps, if that is a dictionary: AssemblyLine's ``DALazyAttribute`` forgets all but its name."""
    state: Any = value.__getstate__()
    return dict(state) if type(state) is dict else None


class _Reader:
    """Makes values from the entries of one snapshot.

    Mutable things are made empty first and filled afterwards, so that cycles close. Attributes that are scalars are set at once, for
    classes whose hash is made of them (an object's name). Tuples and frozen sets are made when they are first needed.
    """

    def __init__(self, classes: Any, entries: Any, resolve: Resolve) -> None:
        self._entries: list[Any] = entries
        self._resolve = resolve
        self._classes = [_found_class(module, name, resolve) for module, name in classes]
        self._made: list[Any] = [DROPPED] * len(entries)

    def read(self, root: Any) -> Any:
        later: list[tuple[int, Any, list[Any]]] = []
        for number, entry in enumerate(self._entries):
            if (phase := self._start(number, entry)) is not None:
                later.append((phase, self._made[number], entry))
        for phase in range(3):  # objects and lists, then dictionaries, then sets
            for when, thing, entry in later:
                if when == phase:
                    self._fill(thing, entry)
        for _, thing, entry in later:
            if entry[0] == "object" and _makes_parts_again(type(thing)):
                self._make_parts_again(thing, entry[2])
        return self._value(root)

    def _make_parts_again(self, thing: Any, state: dict[str, Any]) -> None:
        try:
            thing.__setstate__({name: self._value(kept) for name, kept in state.items()})
        except Exception as error:
            raise CodecError(f"A kept `{type(thing).__qualname__}` cannot be made again: {error!r}.") from error

    def _start(self, number: int, entry: Any) -> int | None:
        """Make the shell of a mutable entry; the phase in which it is filled, or None for entries made on demand."""
        tag = entry[0]
        if tag in _SHELLS:
            make, phase = _SHELLS[tag]
            self._made[number] = make(entry)
            return phase
        if tag in ("tuple", "frozenset"):
            return None
        if tag == "object":
            self._made[number] = self._instance(object, self._class(entry[1]), entry[2])
            return 0
        if tag == "sub":
            base = entry[3]
            if base in _FIXED:
                return None
            base_class = _MUTABLE[base]
            self._made[number] = self._instance(base_class, self._class(entry[1]), entry[2], entry[3:])
            return _SHELLS[base][1]
        raise CodecError(f"The kept answers hold an entry of the unknown kind {tag!r}.")

    def _instance(self, base: Any, kind: type, state: dict[str, Any], payload: list[Any] | None = None) -> Any:
        """An instance made without calling its class, with its scalar attributes; the others are None until they are filled in."""
        if not issubclass(kind, base):
            raise CodecError(f"The kept answers use the class `{kind.__qualname__}` as what it is not.")
        if payload is not None and payload[0] == "deque":
            thing = base.__new__(kind)
            collections.deque.__init__(thing, maxlen=payload[2])
        else:
            thing = base.__new__(kind)
        self._set_attributes(thing, state, scalars=True, others=False)
        return thing

    def _set_attributes(self, thing: Any, state: dict[str, Any], *, scalars: bool, others: bool) -> None:
        kind: Any = type(thing)
        slots = _slots(kind)
        try:
            own = object.__getattribute__(thing, "__dict__")
        except AttributeError:
            own = None
        for name, kept in state.items():
            if isinstance(kept, list):
                value = self._value(kept) if others else None  # its place is kept, so that what was read is written as it was
            elif scalars:
                value = kept
            else:
                continue
            if name in slots:
                slots[name].__set__(thing, value)
            elif own is not None:
                own[name] = value

    def _fill(self, thing: Any, entry: list[Any]) -> None:
        tag = entry[0]
        if tag == "object":
            self._set_attributes(thing, entry[2], scalars=False, others=True)
            return
        if tag == "sub":
            self._set_attributes(thing, entry[2], scalars=False, others=True)
            entry = entry[3:]
            tag = entry[0]
        payload = entry[1]
        if tag == "dict" and isinstance(payload, dict):
            for name, kept in payload.items():
                dict.__setitem__(thing, name, self._value(kept))
        elif tag == "odict":
            for key, item in self._read_pairs(payload):
                collections.OrderedDict.__setitem__(thing, key, item)
        elif tag in ("dict", "pairs", "defaultdict", "counter"):
            if tag == "defaultdict":
                factory = self._value(entry[2])
                if factory is not None and not isinstance(factory, type):
                    raise CodecError("The kept answers hold a default factory that is not a class.")
                thing.default_factory = factory
            for key, item in self._read_pairs(payload):
                dict.__setitem__(thing, key, item)
        elif tag == "list":
            list.extend(thing, [self._value(item) for item in payload])
        elif tag == "set":
            set.update(thing, [self._value(item) for item in payload])
        elif tag == "deque":
            collections.deque.extend(thing, [self._value(item) for item in payload])
        elif tag == "bytearray":
            bytearray.extend(thing, _bytes_of(payload))

    def _read_pairs(self, payload: list[Any]) -> Iterator[tuple[Any, Any]]:
        for at in range(0, len(payload), 2):
            yield self._value(payload[at]), self._value(payload[at + 1])

    def _value(self, kept: Any) -> Any:
        if not isinstance(kept, list):
            if isinstance(kept, dict):
                raise CodecError("The kept answers are damaged (a table where a value belongs).")
            return kept
        tag = kept[0]
        if len(kept) == 1 and type(tag) is int:
            if not 0 <= tag < len(self._made):
                raise CodecError("The kept answers refer to an entry that is not there.")
            if self._made[tag] is DROPPED:
                self._make_fixed(tag)
            return self._made[tag]
        if tag == "class":
            return self._class(kept[1])
        if tag == "function":
            return _found_function(kept[1], kept[2], self._resolve)
        if tag == "enum":
            kind = self._class(kept[1])
            if not issubclass(kind, enum.Enum):
                raise CodecError(f"`{kind.__qualname__}` is not an enumeration.")
            return kind.__members__[kept[2]]
        return _from_inline(kept)

    def _class(self, number: Any) -> type:
        if type(number) is not int or not 0 <= number < len(self._classes):
            raise CodecError("The kept answers refer to a class that is not in their table.")
        return self._classes[number]

    def _make_fixed(self, number: int) -> None:
        """Make a tuple, a frozen set or another fixed value, after those it holds."""
        stack, waiting = [number], set()
        while stack:
            top = stack[-1]
            if self._made[top] is not DROPPED:
                stack.pop()
                continue
            missing = [n for n in self._fixed_parts(self._entries[top]) if self._made[n] is DROPPED]
            if not missing:
                self._made[top] = self._fixed(self._entries[top])
                stack.pop()
            elif top in waiting:
                raise CodecError("The kept answers hold a tuple that contains itself.")
            else:
                waiting.add(top)
                stack += missing

    def _fixed_parts(self, entry: list[Any]) -> list[int]:
        payload = entry[4] if entry[0] == "sub" else entry[1]
        if not isinstance(payload, list):
            return []
        numbers = [item[0] for item in payload if isinstance(item, list) and len(item) == 1 and type(item[0]) is int]
        if any(not 0 <= n < len(self._made) for n in numbers):
            raise CodecError("The kept answers refer to an entry that is not there.")
        return numbers

    def _fixed(self, entry: list[Any]) -> Any:
        if entry[0] != "sub":
            items = [self._value(item) for item in entry[1]]
            return tuple(items) if entry[0] == "tuple" else frozenset(items)
        _, number, state, base, *payload = entry
        kind = self._class(number)
        base_class = _FIXED[base]
        if not issubclass(kind, base_class):
            raise CodecError(f"The kept answers use the class `{kind.__qualname__}` as what it is not.")
        thing = self._fixed_of(base, base_class, kind, payload)
        self._set_attributes(thing, state, scalars=True, others=True)
        return thing

    def _fixed_of(self, base: str, base_class: Any, kind: Any, payload: list[Any]) -> Any:
        match base:
            case "tuple" | "frozenset":
                return base_class.__new__(kind, [self._value(item) for item in payload[0]])
            case "exception":
                return base_class.__new__(kind, *[self._value(item) for item in payload[0]])
            case "str":
                return str.__new__(kind, _checked(str, payload[0]))
            case "int":
                return int.__new__(kind, _checked(str, payload[0]), 16)
            case "float":
                return float.__new__(kind, _checked(str, payload[0]))
            case "bytes":
                return bytes.__new__(kind, _bytes_of(payload[0]))
            case "decimal":
                return decimal.Decimal.__new__(kind, _checked(str, payload[0]))
        plain = _from_inline([base, *payload])
        match plain:
            case datetime.datetime():
                return datetime.datetime.__new__(
                    kind, *plain.timetuple()[:6], plain.microsecond, plain.tzinfo, fold=plain.fold
                )
            case datetime.date():
                return datetime.date.__new__(kind, plain.year, plain.month, plain.day)
            case datetime.time():
                return datetime.time.__new__(
                    kind, plain.hour, plain.minute, plain.second, plain.microsecond, plain.tzinfo, fold=plain.fold
                )
            case datetime.timedelta():
                return datetime.timedelta.__new__(kind, plain.days, plain.seconds, plain.microseconds)
        raise CodecError(f"The kept answers hold a value of the unknown kind {base!r}.")


_SHELLS: dict[str, tuple[Callable[[list[Any]], Any], int]] = {
    "list": (lambda entry: [], 0),
    "deque": (lambda entry: collections.deque(maxlen=entry[2]), 0),
    "bytearray": (lambda entry: bytearray(), 0),
    "dict": (lambda entry: {}, 1),
    "pairs": (lambda entry: {}, 1),
    "odict": (lambda entry: collections.OrderedDict(), 1),
    "defaultdict": (lambda entry: collections.defaultdict(), 1),
    "counter": (lambda entry: collections.Counter(), 1),
    "set": (lambda entry: set(), 2),
}
"""Entry kind → (how its shell is made, the phase in which it is filled)."""


@functools.lru_cache(CLASSES_KNOWN)
def _shape_of(kind: Any) -> tuple[str, type | None] | None:
    """(base, base class) for instances of *kind*; None when an instance cannot be made without running its class."""
    for base, base_class in (*MUTABLE_BASES, *FIXED_BASES):
        if issubclass(kind, base_class):
            return base, base_class
    if any(_is_native(base) for base in kind.__mro__ if base is not object):
        return None
    try:
        object.__new__(kind)
    except TypeError:
        return None
    return "object", None


def _is_native(kind: type) -> bool:
    """Whether a class is written in C: it keeps its state where we cannot see it. Told by methods of its own that are."""
    if not kind.__flags__ & HEAP_TYPE:
        return True
    return any(
        isinstance(member, NATIVE_MEMBERS)
        and member.__objclass__ is kind
        and name not in ("__dict__", "__weakref__")
        for name, member in kind.__dict__.items()
    )


@functools.lru_cache(CLASSES_KNOWN)
def _slots(kind: Any) -> dict[str, Any]:
    """Slots of a class written in Python: name → descriptor."""
    return {
        name: slot
        for base in reversed(kind.__mro__)
        if base.__flags__ & HEAP_TYPE and "__slots__" in base.__dict__
        for name, slot in base.__dict__.items()
        if isinstance(slot, types.MemberDescriptorType)
    }


def _is_plain_class(kind: type) -> bool:
    if PLAIN_CLASSES.get(kind.__name__) is kind:
        return True
    return kind.__module__ == "builtins" and issubclass(kind, Exception)


def _found_class(module: Any, name: Any, resolve: Resolve) -> type:
    if not isinstance(module, str) or not isinstance(name, str):
        raise CodecError("The kept answers name a class by something that is no name.")
    plain = PLAIN_CLASSES.get(name)
    if plain is not None and plain.__module__ == module:
        return plain
    if module == "builtins":
        error = getattr(builtins, name, None)
        if isinstance(error, type) and issubclass(error, Exception):
            return error
        raise UnknownClass(module, name)
    try:
        found = resolve(module, name)
    except (LookupError, ImportError, AttributeError) as error:
        raise UnknownClass(module, name) from error
    if not isinstance(found, type):
        raise UnknownClass(module, name)
    return found


def _found_function(module: Any, name: Any, resolve: Resolve) -> Any:
    """A public function of a module that *resolve* finds."""
    if not isinstance(module, str) or not isinstance(name, str) or name.rpartition(".")[2].startswith("_"):
        raise CodecError("The kept answers name a function by something that is no name.")
    try:
        found = resolve(module, name)
    except (LookupError, ImportError, AttributeError) as error:
        raise UnknownClass(module, name) from error
    if type(found) is not types.FunctionType:
        raise UnknownClass(module, name)
    return found


def _plain_items(base: str, value: Any) -> Any:
    """The items of a container as its built-in base sees them, whatever the subclass's ``__iter__`` does."""
    match base:
        case "list":
            return list.__iter__(value)
        case "tuple":
            return tuple.__iter__(value)
        case "set":
            return _in_order(set.__iter__(value))
    return _in_order(frozenset.__iter__(value))


def _in_order(items: Iterable[Any]) -> list[Any]:
    """The items of a set, in an order that what they are decides: that of the set itself changes with the hashes of each process and
    with the order in which they came, and then answers that are the same would look changed."""
    return sorted(items, key=_place)


def _place(item: Any) -> tuple[str, str]:
    """Where *item* comes in a set: by its class and what it holds, read without running code of the class."""
    kind = type(item)
    if (inline := _inline(item)) is not None:
        held: Any = inline
    elif isinstance(item, tuple):
        held = [_place(part) for part in tuple.__iter__(item)]
    elif isinstance(item, frozenset):
        held = sorted(_place(part) for part in frozenset.__iter__(item))
    else:
        plain = next((base.__repr__(item) for base in SCALARS if isinstance(item, base)), "")
        state: dict[str, Any] = {}
        if kind not in SCALARS:
            with contextlib.suppress(AttributeError):
                state = object.__getattribute__(item, "__dict__")
        held = [plain, sorted((name, repr(value)) for name, value in state.items() if type(value) in SCALARS)]
    return f"{kind.__module__}.{kind.__qualname__}", repr(held)


def _inline(value: Any) -> list[Any] | None:
    """A value without identity as ``[tag, …]``, or None for everything else."""
    tag = _INLINE_TAGS.get(type(value))
    if tag is None:
        return ["path", str(value)] if isinstance(value, PurePath) else None
    return _inline_as(tag, value)


_INLINE_TAGS: dict[type, str] = {
    bytes: "bytes",
    datetime.datetime: "datetime",
    datetime.date: "date",
    datetime.time: "time",
    datetime.timedelta: "delta",
    decimal.Decimal: "decimal",
    fractions.Fraction: "fraction",
    complex: "complex",
    uuid.UUID: "uuid",
    range: "range",
    zoneinfo.ZoneInfo: "zone",
    datetime.timezone: "zone",
    type(Ellipsis): "ellipsis",
}


def _inline_as(tag: str, value: Any) -> list[Any]:
    match tag:
        case "bytes":
            return [tag, _text_of(value)]
        case "datetime":
            plain = datetime.datetime.isoformat(value.replace(tzinfo=None))
            return [tag, plain, value.fold, _zone(value.tzinfo, value)]
        case "date":
            return [tag, datetime.date.isoformat(value)]
        case "time":
            return [tag, datetime.time.isoformat(value.replace(tzinfo=None)), value.fold, _zone(value.tzinfo, None)]
        case "delta":
            return [tag, value.days, value.seconds, value.microseconds]
        case "decimal":
            return [tag, decimal.Decimal.__str__(value)]
        case "fraction":
            return [tag, hex(value.numerator), hex(value.denominator)]
        case "complex":
            return [tag, repr(value.real), repr(value.imag)]
        case "uuid":
            return [tag, value.hex]
        case "range":
            return [tag, hex(value.start), hex(value.stop), hex(value.step)]
        case "zone":
            return [tag, _zone(value, None)]
    return [tag, ""]


def _zone(zone: datetime.tzinfo | None, moment: datetime.datetime | None) -> Any:
    """A time zone as its name or as seconds east of Greenwich."""
    if zone is None:
        return None
    if isinstance(zone, zoneinfo.ZoneInfo) and zone.key:
        return zone.key
    offset = zone.utcoffset(moment)
    return 0 if offset is None else offset.total_seconds()


def _zone_of(kept: Any) -> datetime.tzinfo | None:
    if kept is None:
        return None
    if isinstance(kept, str):
        return zoneinfo.ZoneInfo(kept)
    return datetime.timezone(datetime.timedelta(seconds=kept))


def _from_inline(kept: list[Any]) -> Any:
    match kept:
        case ["int", str(digits)]:
            return int(digits, 16)
        case ["float", str(digits)]:
            return float(digits)
        case ["bytes", str(text)]:
            return _bytes_of(text)
        case ["date", str(text)]:
            return datetime.date.fromisoformat(text)
        case ["datetime", str(text), int(fold), zone]:
            return datetime.datetime.fromisoformat(text).replace(fold=fold, tzinfo=_zone_of(zone))
        case ["time", str(text), int(fold), zone]:
            return datetime.time.fromisoformat(text).replace(fold=fold, tzinfo=_zone_of(zone))
        case ["delta", int(days), int(seconds), int(microseconds)]:
            return datetime.timedelta(days, seconds, microseconds)
        case ["decimal", str(text)]:
            return decimal.Decimal(text)
        case ["fraction", str(upper), str(lower)]:
            return fractions.Fraction(int(upper, 16), int(lower, 16))
        case ["complex", str(real), str(imaginary)]:
            return complex(float(real), float(imaginary))
        case ["uuid", str(digits)]:
            return uuid.UUID(digits)
        case ["range", str(start), str(stop), str(step)]:
            return range(int(start, 16), int(stop, 16), int(step, 16))
        case ["zone", zone]:
            return _zone_of(zone)
        case ["path", str(text)]:
            return PurePath(text)
        case ["ellipsis", _]:
            return Ellipsis
    raise CodecError(f"The kept answers hold a value of the unknown kind {kept[0]!r}.")


def _text_of(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes_of(text: Any) -> bytes:
    return base64.b64decode(_checked(str, text), validate=True)


def _checked(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise CodecError(f"The kept answers are damaged (a {type(value).__name__} where a {kind.__name__} belongs).")
    return value
