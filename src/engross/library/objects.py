"""DAObject: an object whose attributes are asked for when they are missing, and its nearest kin.

An object knows its name (``instanceName``); reading an attribute that it does not have raises ``UndefinedAttribute`` with
that name, and the engine finds the block that defines it. Nothing here searches, stores or evaluates. ``__dict__`` holds
plain data and other objects only, so that the codec can keep it.

Names, arguments and words are those of docassemble's ``DAObject`` (https://docassemble.org/docs/objects.html).
"""

from __future__ import annotations

import copy
import re
import secrets
import string
import sys
import traceback
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, NoReturn

from engross.context import current_or_none, moment
from engross.errors import AuthorError, OperatorError, UndefinedAttribute
from engross.library import interchange, numbers, words

LOSES_TRACEBACKS = sys.version_info < (3, 12)
"""Python 3.11 drops the traceback of an error before it calls ``__getattr__`` in place of a property that raised it."""

Named = Any
"""A DAObject or one of its subclasses; what authors hand about."""


def say(function: str, *arguments: Any, **options: Any) -> str:
    """What the plain function of that name in ``words`` says."""
    return str(getattr(words, function)(*arguments, **options))


def unique_name() -> str:
    """A name for an object that nobody has named yet: 12 letters."""
    return "".join(secrets.choice(string.ascii_letters) for _ in range(12))


def medium() -> str | None:
    """What text is being written for: ``docx``, ``pdf`` …, or None for a screen."""
    context = current_or_none()
    return context.medium if context is not None else None


def has(thing: Any, attribute: str) -> bool:
    """Whether *thing* has the attribute now; cheaper than ``hasattr`` for an interview object."""
    if isinstance(thing, DAObject):
        return attribute in thing.__dict__ or (hasattr(type(thing), attribute) and hasattr(thing, attribute))
    return hasattr(thing, attribute)


def deep_getattr(thing: Any, path: str) -> Any:
    """``thing.a.b`` for ``"a.b"``; raises as the objects do for the first step that is missing."""
    for step in path.split("."):
        thing = getattr(thing, step)
    return thing


def deep_hasattr(thing: Any, path: str) -> bool:
    """Whether ``thing.a.b`` has a value now."""
    for step in path.split("."):
        if not hasattr(thing, step):
            return False
        thing = getattr(thing, step)
    return True


def deep_delattr(thing: Any, path: str) -> None:
    """Remove ``thing.a.b`` if it has a value."""
    *owners, last = path.split(".")
    for step in owners:
        if not hasattr(thing, step):
            return
        thing = getattr(thing, step)
    if has(thing, last):
        try:
            delattr(thing, last)
        except AttributeError:
            return  # a property of the author's class; docassemble ignores it, too


class DAObjectPlusParameters:
    """A class and what its objects start with: what ``DAList.using(object_type=…)`` gives."""

    object_type: type[Any]
    parameters: dict[str, Any]

    def __init__(
        self, object_type: type[Any] | None = None, parameters: dict[str, Any] | None = None
    ) -> None:
        if object_type is not None:
            self.object_type = object_type
        self.parameters = parameters or {}


def split_type(kind: Any) -> tuple[Any, dict[str, Any]]:
    """A class, or a class with ``.using(…)``, as (class, a fresh copy of the parameters)."""
    if isinstance(kind, DAObjectPlusParameters):
        return kind.object_type, dict(kind.parameters)
    return kind, {}


class DAObject:
    """The root of interview objects."""

    instanceName: str  # noqa: N815 - docassemble's name
    has_nonrandom_instance_name: bool
    attrList: list[str]  # noqa: N815 - docassemble's name

    def __init__(self, *pargs: Any, **kwargs: Any) -> None:
        name = pargs[0] if pargs else None
        named = name is not None
        if name is None:
            name = _assigned_name(sys._getframe(1))
            named = name is not None
        object.__setattr__(self, "has_nonrandom_instance_name", named)
        object.__setattr__(self, "instanceName", str(name) if named else unique_name())
        object.__setattr__(self, "attrList", [])
        self.init(*pargs[1:], **kwargs)

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        """Set up a new object. Subclasses extend it; keyword arguments become attributes."""
        for key, value in kwargs.items():
            setattr(self, key, value)

    @classmethod
    def using(cls, **kwargs: Any) -> DAObjectPlusParameters:
        """This class with what its objects start with."""
        return DAObjectPlusParameters(cls, kwargs)

    # ---- attributes

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or hasattr(type(self), name):
            _raise_from_property(type(self), name)
            return object.__getattribute__(self, name)
        raise self._undefined(name)

    def raise_undefined_attribute_error(self, name: str) -> NoReturn:
        """Say that the attribute has no value yet."""
        raise self._undefined(name)

    def _undefined(self, name: str) -> UndefinedAttribute:
        own_name = object.__getattribute__(self, "instanceName")
        error = UndefinedAttribute(f"{own_name}.{name}")
        if LOSES_TRACEBACKS:
            error.running = tuple(frame.f_code for frame, _ in traceback.walk_stack(sys._getframe(1)))
        moment().missing = error
        return error

    def __setattr__(self, key: str, value: Any) -> None:
        if isinstance(value, DAObject) and not value.has_nonrandom_instance_name:
            value.has_nonrandom_instance_name = True
            value.instanceName = f"{self.instanceName}.{key}"
        object.__setattr__(self, key, value)

    def attr_name(self, attr: str) -> str:
        """The full name of an attribute: ``users[0].birthdate``."""
        return f"{self.instanceName}.{attr}"

    def delattr(self, *pargs: str) -> None:
        """Remove attributes; those without a value are passed over."""
        for attr in pargs:
            if has(self, attr):
                delattr(self, attr)

    def invalidate_attr(self, *pargs: str) -> None:
        """Remove attributes, and offer the old values as defaults when they are asked for again."""
        from engross.library.asking import invalidate

        for attr in pargs:
            if has(self, attr):
                invalidate(self.attr_name(attr))

    def getattr_fresh(self, attr: str) -> Any:
        """The attribute, computed again; for attributes that code defines."""
        from engross.library.asking import reconsider

        if has(self, attr):
            reconsider(self.attr_name(attr))
        return getattr(self, attr)

    def attribute_defined(self, name: str) -> bool:
        """Whether the attribute has a value."""
        return hasattr(self, name)

    def attr(self, name: str) -> Any:
        """The attribute, or None; never asks."""
        return getattr(self, name) if hasattr(self, name) else None

    def set_attributes(self, **kwargs: Any) -> None:
        """Set several attributes at once."""
        for key, value in kwargs.items():
            setattr(self, key, value)

    def initializeAttribute(self, name: str, object_type: Any, /, *pargs: Any, **kwargs: Any) -> Any:  # noqa: N802
        """Make the attribute an object of the class, unless it has a value; returns it."""
        if name in self.__dict__:
            return self.__dict__[name]
        return self.reInitializeAttribute(name, object_type, *pargs, **kwargs)

    initialize_attribute = initializeAttribute

    def reInitializeAttribute(self, name: str, object_type: Any, /, *pargs: Any, **kwargs: Any) -> Any:  # noqa: N802
        """Make the attribute a new object of the class, whatever it was; returns it."""
        kind, parameters = split_type(object_type)
        new = kind(self.attr_name(name), *pargs, **(parameters | kwargs))
        object.__setattr__(self, name, new)
        if name not in self.attrList:
            self.attrList.append(name)
        return new

    reinitialize_attribute = reInitializeAttribute

    def __dir__(self) -> Iterable[str]:
        return self.attrList

    # ---- names

    def _named_children(self) -> Iterator[tuple[str, DAObject]]:
        """Objects inside this one, each with what its name adds: ``.name``, ``[0]``."""
        for attribute, value in list(self.__dict__.items()):
            if isinstance(value, DAObject):
                yield f".{attribute}", value

    def fix_instance_name(self, old_instance_name: str, new_instance_name: str) -> None:
        """Put another name in the place of the first part of this object's name, and of all inside it."""
        for thing in self._with_all_inside():
            if thing.instanceName.startswith(old_instance_name):
                thing.instanceName = new_instance_name + thing.instanceName.removeprefix(old_instance_name)
            thing.has_nonrandom_instance_name = True

    def _with_all_inside(self) -> Iterator[DAObject]:
        """This object and every object reached from it, each once."""
        seen: set[int] = set()
        waiting: list[DAObject] = [self]
        while waiting:
            thing = waiting.pop()
            if id(thing) in seen:
                continue
            seen.add(id(thing))
            yield thing
            waiting += [child for _, child in thing._named_children()]

    def set_instance_name(self, thename: str) -> None:
        """Name the object, unless it has a name of its own."""
        if not self.has_nonrandom_instance_name:
            self.instanceName = thename
            self.has_nonrandom_instance_name = True

    def set_random_instance_name(self) -> None:
        """Give the object a name that means nothing; the next assignment names it."""
        self.instanceName = unique_name()
        self.has_nonrandom_instance_name = False

    def _set_instance_name_recursively(self, thename: str, matching: str | None = None) -> None:
        """Name this object and all inside it; with *matching*, only those whose names begin so."""
        seen: set[int] = set()
        waiting: list[tuple[str, DAObject]] = [(thename, self)]
        while waiting:
            name, thing = waiting.pop()
            if id(thing) in seen or (matching is not None and not thing.instanceName.startswith(matching)):
                continue
            seen.add(id(thing))
            thing.instanceName = name
            thing.has_nonrandom_instance_name = True
            waiting += [(name + suffix, child) for suffix, child in thing._named_children()]

    def _set_instance_name_for_function(self) -> DAObject:
        """Name the object after the variable that a function's result is assigned to."""
        names = sys._getframe(2).f_code.co_names
        return self._renamed(names[3] if len(names) > 3 else None)

    def _set_instance_name_for_method(self) -> DAObject:
        """Name the object after the variable that a method's result is assigned to."""
        method = sys._getframe(1).f_code.co_name
        frame: types.FrameType | None = sys._getframe(1)
        for _ in range(9):
            if frame is None:
                break
            names = frame.f_code.co_names
            if len(names) == 3 and names[1] == method:
                return self._renamed(names[2])
            frame = frame.f_back
        return self._renamed(None)

    def _renamed(self, name: str | None) -> DAObject:
        self.has_nonrandom_instance_name = name is not None
        self.instanceName = name or unique_name()
        return self

    def copy_shallow(self, thename: str) -> Any:
        """A copy under another name that shares what is inside."""
        new = copy.copy(self)
        new.instanceName = thename
        return new

    def copy_deep(self, thename: str) -> Any:
        """A copy under another name, with copies of all that is inside."""
        new = copy.deepcopy(self)
        new._set_instance_name_recursively(thename)
        return new

    def _mark_as_gathered_recursively(self) -> None:
        for thing in self._with_all_inside():
            thing.gathered = True
            thing.revisit = True

    def _reset_gathered_recursively(self) -> None:
        for _, child in self._named_children():
            child._reset_gathered_recursively()

    def object_name(self, **kwargs: Any) -> str:
        """The name in words: ``client's spouse`` style, *the spouse of the client* for ``client.spouse``."""
        parts = [_as_words(part) for part in reversed(self.instanceName.split("."))]
        name = parts[0]
        for part in parts[1:]:
            name = say("a_in_the_b", name, part)
        return capitalized(name, kwargs)

    def as_serializable(self) -> Any:
        """The object as JSON data."""
        return interchange.safe_json(self)

    def _map_info(self) -> Any:
        return None

    # ---- words

    def get_point_of_view(self) -> str | None:
        """``"2"`` when the object is the user: texts then say "you"."""
        if has(self, "_point_of_view"):
            return str(self._point_of_view)
        return "2" if self is moment().info.get("user") else None

    def is_user(self) -> bool:
        """Whether ``set_info(user=…)`` named this object."""
        return self is moment().info.get("user")

    def _person(self, kwargs: dict[str, Any]) -> str:
        """``1 1p 2 2p`` for I, we, you, all of you; anything else is the third person."""
        return str(kwargs.pop("person", self.get_point_of_view()))

    def _by_person(
        self,
        functions: Mapping[str, str],
        kwargs: dict[str, Any],
        *arguments: Any,
        otherwise: Callable[[], str],
    ) -> str:
        """What *functions* names for the person, or *otherwise* for the third person."""
        function = functions.get(self._person(kwargs))
        if function is not None:
            return capitalized(say(function, *arguments, **kwargs), kwargs)
        return capitalized(otherwise(), kwargs)

    def possessive(self, target: str, **kwargs: Any) -> str:
        """``your fish``, or ``Fred's fish``."""
        return self._by_person(
            YOUR, kwargs, target, otherwise=lambda: say("possessify", self, target, **kwargs)
        )

    def object_possessive(self, target: str, **kwargs: Any) -> str:
        """``the client's fish``, from the object's name."""
        language = kwargs.get("language")
        if "." in self.instanceName:
            return say("possessify_long", self.object_name(), target, language=language)
        owner = say("the", self.object_name(), language=language)
        return say("possessify", owner, target, language=language, capitalize=kwargs.get("capitalize", False))

    def is_are_you(self, **kwargs: Any) -> str:
        """``are you``, or ``is Fred``."""
        return self._by_person(ARE_YOU, kwargs, otherwise=lambda: say("is_word", str(self), **kwargs))

    def yourself_or_name(self, **kwargs: Any) -> str:
        """``yourself``, or the object as text."""
        return self._by_person(YOURSELF, kwargs, otherwise=lambda: str(self))

    def itself(self, **kwargs: Any) -> str:
        """``yourself``, or ``itself``."""
        return self._by_person(YOURSELF, kwargs, otherwise=lambda: say("itself", **kwargs))

    def pronoun_possessive(self, target: str, **kwargs: Any) -> str:
        """``your fish``, or ``its fish``."""
        return self._by_person(YOUR, kwargs, target, otherwise=lambda: say("its", target, **kwargs))

    def pronoun(self, **kwargs: Any) -> str:
        """``you``, or ``it``."""
        return self._by_person(YOU_OBJECT, kwargs, otherwise=lambda: say("it_objective", **kwargs))

    def pronoun_objective(self, **kwargs: Any) -> str:
        """The same as ``pronoun``."""
        return self.pronoun(**kwargs)

    def pronoun_subjective(self, **kwargs: Any) -> str:
        """``you``, or ``it``, as the subject of a sentence."""
        return self._by_person(YOU_SUBJECT, kwargs, otherwise=lambda: say("it_subjective", **kwargs))

    def subjective_pronoun_or_name(self, **kwargs: Any) -> str:
        """``you``, or the object as text, as the subject of a sentence."""
        return self._by_person(YOU_SUBJECT, kwargs, otherwise=lambda: str(self))

    def pronoun_or_name(self, **kwargs: Any) -> str:
        """``you``, or the object as text."""
        return self._by_person(YOU_OBJECT, kwargs, otherwise=lambda: str(self))

    def alternative(self, *pargs: str, **kwargs: Any) -> Any:
        """The keyword argument that is named as the attribute's value, else ``_default`` or ``default``."""
        if not pargs:
            raise AuthorError("alternative: name an attribute.")
        value = getattr(self, pargs[0])
        return kwargs.get(value, kwargs.get("_default", kwargs.get("default")))

    def do_question(self, the_verb: str, **kwargs: Any) -> str:
        """``do you eat``, or ``does Fred eat``."""
        return self._by_person(
            DO_YOU, kwargs, the_verb, otherwise=lambda: say("does_a_b", self, the_verb, **kwargs)
        )

    def did_question(self, the_verb: str, **kwargs: Any) -> str:
        """``did you eat``, or ``did Fred eat``."""
        return self._by_person(
            DID_YOU, kwargs, the_verb, otherwise=lambda: say("did_a_b", self, the_verb, **kwargs)
        )

    def were_question(self, the_target: str, **kwargs: Any) -> str:
        """``were you married``, or ``was Fred married``."""
        return self._by_person(
            WERE_YOU, kwargs, the_target, otherwise=lambda: say("was_a_b", self, the_target, **kwargs)
        )

    def have_question(self, the_target: str, **kwargs: Any) -> str:
        """``have you signed``, or ``has Fred signed``."""
        return self._by_person(
            HAVE_YOU, kwargs, the_target, otherwise=lambda: say("has_a_b", self, the_target, **kwargs)
        )

    def does_verb(self, the_verb: str, **kwargs: Any) -> str:
        """The verb for the person: ``eat``, ``eats``; with ``past=True`` or ``present=False`` in the past."""
        if kwargs.get("past") is True or kwargs.get("present") is False:
            return self.did_verb(the_verb, **kwargs)
        tense = TENSE.get(self._person(kwargs), "3sg")
        return say("verb_present", the_verb, tense, **kwargs)

    def did_verb(self, the_verb: str, **kwargs: Any) -> str:
        """The verb for the person in the past."""
        tense = TENSE.get(self._person(kwargs), "3sg")
        return say("verb_past", the_verb, PAST[tense], **kwargs)

    def __str__(self) -> str:
        return str(self.name) if hasattr(self, "name") else self.object_name()

    # ---- comparison: as text for the order, as the very same thing for equality

    def __le__(self, other: Any) -> bool:
        return bool(str(self) <= _comparable(other))

    def __ge__(self, other: Any) -> bool:
        return bool(str(self) >= _comparable(other))

    def __gt__(self, other: Any) -> bool:
        return bool(str(self) > _comparable(other))

    def __lt__(self, other: Any) -> bool:
        return bool(str(self) < _comparable(other))

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    def __hash__(self) -> int:
        return hash((self.instanceName,))


YOUR = {"2": "your", "2p": "your_plural", "1": "my_possessive", "1p": "our_possessive"}
ARE_YOU = {"2": "are_you", "2p": "are_you_plural", "1": "am_i", "1p": "are_we"}
YOURSELF = {"2": "yourself", "2p": "yourselves", "1": "myself", "1p": "ourselves"}
YOU_OBJECT = {"2": "you_objective", "2p": "you_objective_plural", "1": "me_objective", "1p": "us_objective"}
YOU_SUBJECT = {
    "2": "you_subjective",
    "2p": "you_subjective_plural",
    "1": "i_subjective",
    "1p": "we_subjective",
}
DO_YOU = {"2": "do_you", "2p": "do_you_plural", "1": "do_i", "1p": "do_we"}
DID_YOU = {"2": "did_you", "2p": "did_you_plural", "1": "did_i", "1p": "did_we"}
WERE_YOU = {"2": "were_you", "2p": "were_you_plural", "1": "was_i", "1p": "were_we"}
HAVE_YOU = {"2": "have_you", "2p": "have_you_plural", "1": "have_i", "1p": "have_we"}
TENSE = {"2": "2sg", "2p": "2pl", "1": "1sg", "1p": "1pl"}
PAST = {"1sg": "1sgp", "2sg": "2sgp", "3sg": "3sgp", "1pl": "1ppl", "2pl": "2ppl", "3pl": "3ppl"}
"""A present form's name → the past form's, as ``words.verb_past`` knows them."""


def capitalized(text: str, kwargs: Mapping[str, Any]) -> str:
    """*text* with a capital when ``capitalize=True`` was asked for."""
    return text[:1].upper() + text[1:] if kwargs.get("capitalize") else text


def _raise_from_property(kind: type[Any], name: str) -> None:
    """Raise what the property *name* has just raised, if that was an undefined attribute.

    Python calls ``__getattr__`` when a property raises AttributeError, and drops the error. Running the property again would
    not do: what it did before it failed (beginning to gather a list) changes what it does now.
    """
    here = moment()
    error, here.missing = here.missing, None
    getter = getattr(getattr(kind, name, None), "fget", None)
    if error is None or getter is None:
        return
    running = error.running or [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    if getter.__code__ in running:
        raise error


def _assigned_name(frame: types.FrameType) -> str | None:
    """The variable that ``name = Class()`` assigns to, read from the calling code as docassemble does; else None.

    Code that is only ``foo = DAObject()`` mentions exactly two names, the class and the variable.
    """
    names = frame.f_code.co_names
    if len(names) == 2:
        return names[1]
    outer = frame.f_back
    if len(names) == 1 and outer is not None and len(outer.f_code.co_names) == 2:
        return outer.f_code.co_names[1]
    return None


def _as_words(part: str) -> str:
    """One part of an instance name in words: ``child[0]`` → ``first child``, ``due_date`` → ``due date``."""
    match = re.search(r"(.*)\[([^\]]+)\]$", part)
    if match is None:
        return words.word(part.replace("_", " "))
    index = re.sub("[\"']", "", match.group(2))
    place = numbers.ordinal(index) if index.isdigit() else index
    return f"{place} {words.word(match.group(1).replace('_', ' '))}"


def _comparable(other: Any) -> Any:
    return str(other) if isinstance(other, DAObject) else other


# -------------------------------------------------------------------------------------------------------- odd objects


class DAEmpty:
    """Nothing, in a form that takes part in everything: any attribute is nothing again, as text it is ``""``."""

    def __init__(self, *pargs: Any, **kwargs: Any) -> None:
        self.str = str(kwargs.get("str", ""))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "str":
            raise AttributeError(name)
        return DAEmpty()

    def __str__(self) -> str:
        return self.str

    def __repr__(self) -> str:
        return repr(self.str)

    def __dir__(self) -> Iterable[str]:
        return []

    def __contains__(self, item: Any) -> bool:
        return False

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __reversed__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return False

    def __call__(self, *pargs: Any, **kwargs: Any) -> DAEmpty:
        return DAEmpty()

    def __getitem__(self, index: Any) -> DAEmpty:
        return DAEmpty()

    def __setitem__(self, index: Any, value: Any) -> None:
        return None

    def __delitem__(self, index: Any) -> None:
        return None

    def _other(self, other: Any = None) -> Any:
        return other

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _other
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __and__ = __rand__ = _other
    __or__ = __ror__ = __xor__ = __rxor__ = __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = _other

    def _nothing(self) -> int:
        return 0

    __neg__ = __pos__ = __abs__ = __invert__ = __int__ = __index__ = _nothing

    def __float__(self) -> float:
        return 0.0

    def __complex__(self) -> complex:
        return 0j

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: Any) -> bool:
        return True

    def __le__(self, other: Any) -> bool:
        return True

    def __gt__(self, other: Any) -> bool:
        return False

    def __ge__(self, other: Any) -> bool:
        return self is other

    def __hash__(self) -> int:
        return hash((self.str,))


class DACatchAll(DAObject):
    """What stands for a variable that no block defines (``features: use catchall: True``): its ``value`` is asked for, and
    ``context`` says how the interview used it (``str``, ``add``, ``bool`` …) so that a question can fit."""

    _TYPES: ClassVar[dict[str, frozenset[str]]] = {
        "bool": frozenset({"bool"}),
        "int": frozenset({"hex", "rlshift", "rrshift", "rand", "ror", "int", "oct"}),
        "float": frozenset({"neg", "pos", "abs", "invert", "float"}),
        "complex": frozenset({"complex"}),
        "callable": frozenset({"callable"}),
    }

    def data_type_guess(self) -> str:
        """The type of value that the use suggests: ``str int float bool complex callable``."""
        if not has(self, "context"):
            return "str"
        for name, contexts in self._TYPES.items():
            if self.context in contexts:
                return name
        if self.context in _BINARY:
            for kind in (bool, str, float, int, complex):
                if isinstance(self.operand, kind):
                    return kind.__name__
        return "str"

    def __hash__(self) -> int:
        return hash((self.instanceName,))


_BINARY = frozenset(
    [
        "add",
        "radd",
        "sub",
        "rsub",
        "mul",
        "rmul",
        "truediv",
        "rtruediv",
        "floordiv",
        "rfloordiv",
        "mod",
        "rmod",
        "divmod",
        "rdivmod",
        "pow",
        "rpow",
        "lt",
        "eq",
        "gt",
        "ne",
        "ge",
        "le",
    ]
)
_SHIFTS = ["lshift", "rshift", "and", "xor", "or", "rlshift", "rrshift", "rand", "ror", "contains", "getitem"]
_UNARY = [
    "neg",
    "pos",
    "abs",
    "invert",
    "complex",
    "int",
    "float",
    "index",
    "iter",
    "len",
    "reversed",
    "str",
    "repr",
    "bool",
    "dir",
]


def _catch(operation: str, unary: bool) -> Callable[..., Any]:
    """The method ``__operation__`` of DACatchAll: note the use, then do it with the value."""
    import builtins
    import operator

    def method(self: Any, *operands: Any) -> Any:
        self.context = operation
        if operands:
            self.operand = operands[0]
        value = self.value
        if unary:
            function = getattr(builtins, operation, None) or getattr(operator, operation)
            return function(value)
        return getattr(value, f"__{operation}__")(*operands)

    method.__name__ = f"__{operation}__"
    return method


for _operation in (*_BINARY, *_SHIFTS):
    setattr(DACatchAll, f"__{_operation}__", _catch(_operation, unary=False))
for _operation in _UNARY:
    setattr(DACatchAll, f"__{_operation}__", _catch(_operation, unary=True))


class DASessionLocal(DAObject):
    """Values that only this browser session of an interview sees."""

    def __init__(self, *pargs: Any, **kwargs: Any) -> None:
        super().__init__("session_local")


class DADeviceLocal(DAObject):
    """Values that only this device sees."""

    def __init__(self, *pargs: Any, **kwargs: Any) -> None:
        super().__init__("device_local")


class DAUserLocal(DAObject):
    """Values that only this user sees."""

    def __init__(self, *pargs: Any, **kwargs: Any) -> None:
        super().__init__("user_local")


class DALink(DAObject):
    """A link: ``url`` and ``anchor_text``."""

    def show(self) -> str:
        """The link as Markdown."""
        return f"[{self.anchor_text}]({self.url})"

    def __str__(self) -> str:
        return self.show()


# ------------------------------------------------------------------------------------- what this server does not have


class NotConfigured(DAObject):
    """The root of objects for services that Engross does not offer; they exist, and say so when they are used."""

    _service: ClassVar[str] = "this service"
    _page: ClassVar[str] = "https://docassemble.org/docs/objects.html"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in ("instanceName", "name"):
            return super().__getattr__(name)

        def refuse(*pargs: Any, **kwargs: Any) -> NoReturn:
            raise OperatorError(
                f"{type(self).__name__}.{name}() was called, but {self._service} is not configured on this server "
                f"({self._page})."
            )

        return refuse


class DACloudStorage(NotConfigured):
    """Cloud storage for authors' code."""

    _service = "cloud storage for interviews"
    _page = "https://docassemble.org/docs/objects.html#DACloudStorage"


class DAGoogleAPI(NotConfigured):
    """Google's services."""

    _service = "Google's API"
    _page = "https://docassemble.org/docs/objects.html#DAGoogleAPI"


class DAOAuth(NotConfigured):
    """Access to other services for the user."""

    _service = "OAuth"
    _page = "https://docassemble.org/docs/objects.html#DAOAuth"


class DAModel(NotConfigured):
    """A machine-learning model."""

    _service = "machine learning"
    _page = "https://docassemble.org/docs/ml.html"


class SimpleTextMachineLearner(NotConfigured):
    """A text classifier."""

    _service = "machine learning"
    _page = "https://docassemble.org/docs/ml.html"


class SVMMachineLearner(SimpleTextMachineLearner):
    """A support vector machine."""


class RandomForestMachineLearner(SimpleTextMachineLearner):
    """A random forest."""


class MachineLearningEntry(NotConfigured):
    """One entry of a model's training data."""

    _service = "machine learning"
    _page = "https://docassemble.org/docs/ml.html"
