"""DAList, DADict and DASet, and how they are gathered: which question about their items comes next.

A list knows when it is complete (``gathered``). Using it as a whole (iterating, counting, printing) gathers it first; gathering
reads one missing name after another, and each read that fails ends the pass with ``Undefined``, which the engine answers with a
question. The names and the order in which they are read are docassemble's (https://docassemble.org/docs/groups.html):

- list: ``there_are_any`` (or ``target_number`` with ``ask_number``), then each item until it is complete, then
  ``there_is_another``, and so on;
- dictionary: the same, with ``new_item_name`` (and ``new_item_value``) before each item;
- set: the same, with ``new_item``.

While a list is being gathered, using it again (in the question about its own item, say) must not begin to gather it anew;
``gathering mode`` on the answers remembers that.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NoReturn, SupportsIndex

from engross.context import current_or_none, moment
from engross.errors import AuthorError, Undefined, UndefinedItem
from engross.library import numbers, words
from engross.library.objects import (
    PAST,
    TENSE,
    YOUR,
    DAEmpty,
    DAObject,
    capitalized,
    deep_delattr,
    deep_getattr,
    deep_hasattr,
    has,
    medium,
    say,
    split_type,
)

MOST_AT_ONCE = 10
"""How many items may be added by naming an index beyond the end; docassemble's limit."""

_gathering_outside: dict[str, str | None] = {}
"""Gathering mode for code that runs outside of a visit, in plain unit tests."""


def is_being_gathered(instance_name: str) -> bool:
    """Whether the list of that name is being gathered now."""
    context = current_or_none()
    mode = context.internal.gathering_mode if context is not None else _gathering_outside
    return instance_name in mode


def _begin_gathering(instance_name: str) -> None:
    context = current_or_none()
    if context is not None:
        context.internal.begin_gathering(instance_name)
    else:
        _gathering_outside[instance_name] = None


def _end_gathering(instance_name: str) -> None:
    context = current_or_none()
    if context is not None:
        context.internal.end_gathering(instance_name)
    else:
        _gathering_outside.pop(instance_name, None)


def setify(item: Any, output: set[Any] | None = None) -> set[Any]:
    """All that is in *item*, however deep, as one set."""
    output = set() if output is None else output
    if isinstance(item, Group):
        setify(item.elements, output)
    elif isinstance(item, Iterable) and not isinstance(item, str):
        for part in item:
            setify(part, output)
    else:
        output.add(item)
    return output


def _flat_arguments(pargs: Iterable[Any]) -> list[Any]:
    """Arguments, with lists among them taken apart."""
    flat: list[Any] = []
    for parg in pargs:
        if isinstance(parg, Iterable) and not isinstance(parg, str):
            flat.extend(parg)
        else:
            flat.append(parg)
    return flat


class Group(DAObject):
    """What DAList, DADict and DASet have in common."""

    elements: Any
    auto_gather: bool
    ask_number: bool
    minimum_number: int | None
    object_type: Any
    object_type_parameters: dict[str, Any]
    complete_attribute: Any
    ask_object_type: bool

    # ---- what the kinds of group differ in

    def _values(self) -> list[Any]:
        """The items, in order; never gathers."""
        return list(self.elements)

    def _first_value(self) -> Any:
        return self._values()[0]

    # ---- setting up

    def _take_type(self, kwargs: dict[str, Any]) -> None:
        """Take what says of which class the items are, and when one is complete, out of *kwargs*."""
        if "object_type" in kwargs:
            self.set_object_type(kwargs.pop("object_type"))
        for name, default in (("object_type", None), ("object_type_parameters", {})):
            if not has(self, name):
                setattr(self, name, default)
        if "complete_attribute" in kwargs:
            self.complete_attribute = kwargs.pop("complete_attribute")
        if not has(self, "complete_attribute"):
            self.complete_attribute = None
        if "ask_object_type" in kwargs:
            self.ask_object_type = bool(kwargs.pop("ask_object_type"))
            if self.ask_object_type:
                self.object_type, self.object_type_parameters = None, {}
        if not has(self, "ask_object_type"):
            self.ask_object_type = False

    def set_object_type(self, object_type: Any) -> None:
        """Say of which class the items are: a class, or ``Class.using(…)``."""
        self.object_type, self.object_type_parameters = split_type(object_type)

    def _asked_type(self) -> tuple[type[Any], dict[str, Any]]:
        """The class that ``new_object_type`` was answered with."""
        kind, parameters = split_type(self.new_object_type)
        if not isinstance(kind, type):
            raise AuthorError(f"{self.instanceName}.new_object_type must be a class, not {kind!r}.")
        return kind, parameters

    def _new_item(self, name: str, object_type: Any, pargs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A new object for the item of that name: of the class given, else asked for, else the group's."""
        kind, parameters = split_type(object_type)
        if kind is None:
            if self.ask_object_type:
                kind, parameters = self._asked_type()
            elif self.object_type is not None:
                kind, parameters = self.object_type, dict(self.object_type_parameters)
            else:
                kind = DAObject
        return kind(name, *pargs, **(parameters | kwargs))

    # ---- gathering

    def gather(self, *pargs: Any, **kwargs: Any) -> Any:
        """Read what is missing until the group is complete."""
        raise NotImplementedError

    def _trigger_gather(self) -> None:
        if is_being_gathered(self.instanceName):
            return
        if self.auto_gather:
            self.gather()
        else:
            self.gathered  # noqa: B018 - reading it asks for it

    def _is_already_gathered(self) -> bool:
        """Whether ``gathered`` still holds; an empty list that now has ``there_are_any`` must be gathered again."""
        if not (has(self, "gathered") and self.gathered):
            return False
        if self.auto_gather and not self.elements and has(self, "there_are_any") and self.there_are_any:
            del self.gathered
            return False
        return True

    def _number_asked_for(self) -> int | None:
        if not self.ask_number:
            return None
        if has(self, "there_are_any") and not self.there_are_any:
            return 0
        return int(self.target_number)

    def _another(self) -> bool:
        """Whether there is one more; asks ``there_is_another``."""
        return bool(self.there_is_another or (has(self, "there_is_one_other") and self.there_is_one_other))

    def _forget_another(self) -> None:
        if has(self, "there_is_one_other"):
            del self.there_is_one_other
        elif has(self, "there_is_another"):
            del self.there_is_another

    def _finish_gathering(self) -> bool:
        self.hook_on_gather()
        if self.auto_gather:
            self.gathered = True
            self.revisit = True
        self.delattr("was_gathered")
        _end_gathering(self.instanceName)
        self.hook_after_gather()
        return True

    def gathered_and_complete(self) -> bool:
        """Gather again, asking for what has become incomplete; what an Edit button ends with."""
        if not has(self, "doing_gathered_and_complete"):
            self.doing_gathered_and_complete = True
            if has(self, "complete_attribute") and self.complete_attribute == "complete":
                for item in self._values():
                    deep_delattr(item, "complete")
            self.delattr("gathered")
        if self.auto_gather:
            self.gather()
        else:
            self.hook_on_gather()
            self.gathered  # noqa: B018 - reading it asks for it
            self.hook_after_gather()
        self.delattr("doing_gathered_and_complete")
        return True

    def reset_gathered(
        self, recursive: bool = False, only_if_empty: bool = False, mark_incomplete: bool = False
    ) -> None:
        """Forget that the group is complete; what is in it stays."""
        if only_if_empty and self.elements:
            return
        if not self.elements:
            self.delattr("there_are_any")
        self.delattr("there_is_another", "there_is_one_other", "gathered", "revisit", "new_object_type")
        if mark_incomplete:
            for attribute in self._complete_attributes():
                for item in self._values():
                    deep_delattr(item, attribute)
        if recursive:
            self._reset_gathered_recursively()

    def has_been_gathered(self) -> bool:
        """Whether the group is complete, or was before it was opened again."""
        return has(self, "gathered") or bool(has(self, "was_gathered") and self.was_gathered)

    def _reset_gathered_recursively(self) -> None:
        self.reset_gathered()
        super()._reset_gathered_recursively()

    def gathering_started(self) -> bool:
        """Whether anything is known of the group yet."""
        return has(self, "gathered") or has(self, "there_are_any") or len(self.elements) > 0

    def number_gathered(self, if_started: bool = False) -> int:
        """How many items there are now; does not gather (unless *if_started* and nothing is known yet)."""
        if if_started and not self.gathering_started():
            self._trigger_gather()
        return len(self.elements)

    def _complete_attributes(self, complete_attribute: Any = None) -> list[str]:
        """The attributes that make an item complete."""
        wanted = self.complete_attribute if complete_attribute is None else complete_attribute
        if isinstance(wanted, str):
            return [wanted]
        if isinstance(wanted, DAList):
            return list(wanted.elements)
        return list(wanted) if isinstance(wanted, list | tuple) else []

    def _complete_item(self, item: Any, item_object_type: Any, complete_attribute: Any) -> None:
        """Read what makes the item complete: its complete attributes, else its text."""
        if item_object_type is not None and complete_attribute is not None:
            for attribute in self._complete_attributes(complete_attribute):
                deep_getattr(item, attribute)
        else:
            str(item)

    def _is_complete(self, item: Any, complete_attribute: Any) -> bool:
        if item is None:
            return False
        if complete_attribute is not None:
            return all(deep_hasattr(item, name) for name in self._complete_attributes(complete_attribute))
        try:
            str(item)
        except Undefined:
            return False
        except Exception:  # noqa: BLE001 - docassemble leaves out an item that cannot be shown, whatever the reason
            return False
        return True

    def _wanted_completeness(self, complete_attribute: Any) -> Any:
        if complete_attribute is None and has(self, "complete_attribute"):
            return self.complete_attribute
        return complete_attribute

    def _target_or_actual(self) -> int:
        if has(self, "gathered") and self.gathered:
            return len(self.elements)
        if has(self, "there_are_any") and not self.there_are_any:
            return 0
        return int(self.target_number)

    def number(self) -> int:
        """How many items there are; gathers, or asks how many with ``ask_number``."""
        if self.ask_number:
            return self._target_or_actual()
        self._trigger_gather()
        return len(self.elements)

    def __len__(self) -> int:
        return self.number()

    def __iter__(self) -> Iterator[Any]:
        self._trigger_gather()
        return iter(self.elements)

    def __contains__(self, item: Any) -> bool:
        self._trigger_gather()
        return item in self.elements

    def __reversed__(self) -> Iterator[Any]:
        self._trigger_gather()
        return iter(self._values()[::-1])

    def __eq__(self, other: object) -> bool:
        self._trigger_gather()
        return bool(self.elements == (other.elements if isinstance(other, Group) else other))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((self.instanceName,))

    def __str__(self) -> str:
        return self.comma_and_list()

    def __repr__(self) -> str:
        self._trigger_gather()
        return repr(self.elements)

    def comma_and_list(self, **kwargs: Any) -> str:
        """The items in a sentence: ``a, b, and c``."""
        self._trigger_gather()
        return str(words.comma_and_list(self._values(), **kwargs))

    def _hash_all(self) -> set[Any]:
        self._trigger_gather()
        return set(self._values())

    def _set_class(self) -> type[DASet]:
        return DASet

    def union(self, other_set: Any) -> DASet:
        """All that is in one or the other."""
        return self._set_class()(elements=self._hash_all() | setify(other_set))

    def intersection(self, other_set: Any) -> DASet:
        """What is in both."""
        return self._set_class()(elements=self._hash_all() & setify(other_set))

    def difference(self, other_set: Any) -> DASet:
        """What is not in the other."""
        return self._set_class()(elements=self._hash_all() - setify(other_set))

    def isdisjoint(self, other_set: Any) -> bool:
        """Whether nothing is in both."""
        return self._hash_all().isdisjoint(setify(other_set))

    def issubset(self, other_set: Any) -> bool:
        """Whether all is in the other."""
        return self._hash_all() <= setify(other_set)

    def issuperset(self, other_set: Any) -> bool:
        """Whether all of the other is in this."""
        return self._hash_all() >= setify(other_set)

    # ---- hooks that authors' classes fill in

    def hook_on_gather(self, *pargs: Any, **kwargs: Any) -> None:
        """Called when all items are there, before the group counts as gathered."""

    def hook_after_gather(self, *pargs: Any, **kwargs: Any) -> None:
        """Called after the group was gathered, sorted or reordered."""

    def hook_on_item_complete(self, item: Any, *pargs: Any, **kwargs: Any) -> None:
        """Called when an item is complete."""

    def hook_on_remove(self, item: Any, *pargs: Any, **kwargs: Any) -> None:
        """Called before an item is removed."""

    # ---- words

    def number_as_word(self, language: str | None = None, capitalize: bool = False) -> str:
        """How many there are, in words."""
        return str(numbers.nice_number(self.number(), language=language, capitalize=capitalize))

    def quantity_noun(self, *pargs: Any, **kwargs: Any) -> str:
        """``two children``"""
        return str(numbers.quantity_noun(self.number(), *pargs, **kwargs))

    def _noun(self) -> str:
        return self.instanceName.rpartition(".")[2]

    def as_singular_noun(self) -> str:
        """The group's name as a noun."""
        return self._noun()

    def as_noun(self, *pargs: str, **kwargs: Any) -> str:
        """The group's name as a noun, in the plural unless there is just one."""
        language = kwargs.get("language")
        noun = pargs[0] if pargs else self._noun().replace("_", " ")
        plural = (self.number() != 1 or kwargs.get("plural")) and not kwargs.get("singular")
        if plural:
            text = say("noun_plural", noun, language=language)
            if kwargs.get("article"):
                text = say("some", text, language=language) if kwargs.get("some") else text
            elif kwargs.get("this"):
                text = say("these", text, language=language)
        else:
            text = say("noun_singular", noun)
            if kwargs.get("article"):
                text = say("indefinite_article", text, language=language)
            elif kwargs.get("this"):
                text = say("this", text, language=language)
        return capitalized(text, kwargs)

    def possessive(self, target: str, **kwargs: Any) -> str:
        """``plaintiffs' motion``, from the group's name."""
        return say(
            "possessify",
            self.as_noun(**kwargs),
            target,
            plural=self.number() > 1,
            language=kwargs.get("language"),
        )

    def is_user(self) -> bool:
        """Whether the one item there is is the user."""
        return (
            self.number() == 1 and isinstance(self._first_value(), DAObject) and self._first_value().is_user()
        )

    def _of_one_or_all(
        self,
        method: str,
        arguments: tuple[Any, ...],
        kwargs: dict[str, Any],
        *,
        one: Callable[[Any], str],
        you: str,
        we: str,
        they: Callable[[], str],
    ) -> str:
        """Speak of the only item (let it speak itself if it is an object), or of all items: you, we, they."""
        self._trigger_gather()
        if self.number() == 1:
            only = self._first_value()
            return (
                str(getattr(only, method)(*arguments, **kwargs)) if isinstance(only, DAObject) else one(only)
            )
        person = self._person(kwargs)
        if person in ("2", "2p"):
            text = say(you, *arguments, **kwargs)
        elif person in ("1", "1p"):
            text = say(we, *arguments, **kwargs)
        else:
            text = they()
        return capitalized(text, kwargs)

    def itself(self, **kwargs: Any) -> str:
        """``itself``, ``themselves`` …"""
        return self._of_one_or_all(
            "itself",
            (),
            kwargs,
            one=lambda _: say("itself", **kwargs),
            you="yourselves",
            we="ourselves",
            they=lambda: say("themselves", **kwargs),
        )

    def do_question(self, the_verb: str, **kwargs: Any) -> str:
        """``does Fred eat``, ``do Fred and Mary eat``"""
        return self._of_one_or_all(
            "do_question",
            (the_verb,),
            kwargs,
            one=lambda only: say("does_a_b", only, the_verb, **kwargs),
            you="do_you_plural",
            we="do_we",
            they=lambda: say("do_a_b", self, the_verb, **kwargs),
        )

    def did_question(self, the_verb: str, **kwargs: Any) -> str:
        """``did Fred eat``, ``did Fred and Mary eat``"""
        return self._of_one_or_all(
            "did_question",
            (the_verb,),
            kwargs,
            one=lambda only: say("did_a_b", only, the_verb, **kwargs),
            you="did_you_plural",
            we="did_we",
            they=lambda: say("did_a_b_plural", self, the_verb, **kwargs),
        )

    def were_question(self, the_target: str, **kwargs: Any) -> str:
        """``was Fred married``, ``were Fred and Mary married``"""
        return self._of_one_or_all(
            "were_question",
            (the_target,),
            kwargs,
            one=lambda only: say("was_a_b", only, the_target, **kwargs),
            you="were_you_plural",
            we="were_we",
            they=lambda: say("were_a_b_plural", self, the_target, **kwargs),
        )

    def have_question(self, the_target: str, **kwargs: Any) -> str:
        """``has Fred signed``, ``have Fred and Mary signed``"""
        return self._of_one_or_all(
            "have_question",
            (the_target,),
            kwargs,
            one=lambda only: say("has_a_b", only, the_target, **kwargs),
            you="have_you_plural",
            we="have_we",
            they=lambda: say("have_a_b", self, the_target, **kwargs),
        )

    def _tense(self, kwargs: dict[str, Any]) -> str:
        person = self._person(kwargs)
        if self.number() > 1:
            return f"{person[0]}pl" if person in TENSE else "3pl"
        return TENSE.get(person, "3sg")

    def does_verb(self, the_verb: str, **kwargs: Any) -> str:
        """``eats`` of one, ``eat`` of several; with ``past=True`` in the past."""
        if kwargs.get("past") is True or kwargs.get("present") is False:
            return self.did_verb(the_verb, **kwargs)
        language = kwargs.get("language")
        return say("verb_present", the_verb, self._tense(kwargs), language=language)

    def did_verb(self, the_verb: str, **kwargs: Any) -> str:
        """The verb in the past."""
        language = kwargs.get("language")
        return say("verb_past", the_verb, PAST[self._tense(kwargs)], language=language)

    def pronoun_possessive(self, target: str, **kwargs: Any) -> str:
        """``their fish``, ``your fish``"""
        return self._by_person(YOUR, kwargs, target, otherwise=lambda: say("their", target, **kwargs))

    def pronoun(self, **kwargs: Any) -> str:
        """``it`` of one, ``them`` of several"""
        return self._of_one_or_all(
            "pronoun",
            (),
            kwargs,
            one=lambda _: say("it_objective", **kwargs),
            you="you_objective_plural",
            we="us_objective",
            they=lambda: say("them_objective", **kwargs),
        )

    def pronoun_subjective(self, **kwargs: Any) -> str:
        """``it`` of one, ``they`` of several"""
        return self._of_one_or_all(
            "pronoun_subjective",
            (),
            kwargs,
            one=lambda _: say("it_subjective", **kwargs),
            you="you_subjective_plural",
            we="we_subjective",
            they=lambda: say("they_subjective", **kwargs),
        )

    # ---- links

    _reference: str = "list"
    """How a link names this kind of group: ``_da_list_add``, ``_da_dict_add``."""

    def item_name(self, item: Any) -> str:
        """The full name of an item: ``users[0]``."""
        return f"{self.instanceName}[{item!r}]"

    def _edit_steps(
        self, item: Any, index: Any, attributes: Iterable[str], ensure_complete: bool
    ) -> list[Any]:
        """What the Edit link of an item asks for, in order."""
        wanted = [f"{item.instanceName}{'' if a.startswith('[') else '.'}{a}" for a in attributes]
        steps: list[Any] = [{"follow up": wanted or [self.item_name(index)]}]
        if self.complete_attribute is not None and self.complete_attribute != "complete":
            names = [f"{item.instanceName}.{name}" for name in self._complete_attributes()]
            steps.append({"action": "_da_define", "arguments": {"variables": names}})
        if ensure_complete:
            steps.append(
                {
                    "action": f"_da_{self._reference}_ensure_complete",
                    "arguments": {"group": self.instanceName},
                }
            )
        return steps

    def item_actions(self, item: Any, index: Any, *pargs: str, **kwargs: Any) -> str:
        """Edit and Delete buttons for an item, as HTML; what the last column of an editable table shows."""
        from engross.library.actions import small_button, url_action

        use_edit, use_delete = kwargs.get("edit", True), kwargs.get("delete", True)
        if "read_only_attribute" in kwargs:
            value = getattr(item, kwargs["read_only_attribute"])
            if isinstance(value, bool):
                use_edit, use_delete = use_edit and not value, use_delete and not value
            elif hasattr(value, "items") and hasattr(value, "get"):
                use_edit, use_delete = value.get("edit", True), value.get("delete", True)
        can_delete = self.minimum_number is None or len(self.elements) > self.minimum_number
        steps = self._edit_steps(item, index, pargs, kwargs.get("ensure_complete", True))
        edit_url = url_action(f"_da_{self._reference}_edit", items=steps)
        remove = {self._reference: self.instanceName, "item": repr(index)}
        delete_url = url_action(f"_da_{self._reference}_remove", **remove)
        if kwargs.get("edit_url_only"):
            return edit_url
        if kwargs.get("delete_url_only"):
            return delete_url
        output = self._reorder_buttons(index) if kwargs.get("reorder") else ""
        if use_edit:
            output += small_button(edit_url, "edit", words.word("Edit"), "fa-solid fa-pencil-alt") + " "
        if use_delete and can_delete:
            extra = " daremovebutton" if kwargs.get("confirm") else ""
            output += small_button(
                delete_url, "delete", words.word("Delete"), "fa-solid fa-trash", css_class=extra
            )
        return output

    def _reorder_buttons(self, index: Any) -> str:
        return ""

    def add_action(
        self,
        label: Any = None,
        message: Any = None,
        url_only: bool = False,
        icon: Any = "plus-circle",
        color: str | None = None,
        size: str = "sm",
        block: Any = None,
        classname: Any = None,
    ) -> str:
        """A button that adds an item, as HTML; with *url_only* its address."""
        from engross.library.actions import add_button, url_action

        address = url_action(f"_da_{self._reference}_add", **{self._reference: self.instanceName})
        if url_only:
            return address
        label = message if message is not None else label
        if label is None:
            label = "Add another" if self.elements else "Add an item"
        return add_button(
            address,
            words.word(str(label)),
            icon=icon,
            color=color,
            size=size,
            block=bool(block),
            css_class=classname,
        )

    def cancel_add_or_edit(self) -> None:
        """Drop what an Add or Edit link still wanted of this group, and the item that is not complete."""
        context = current_or_none()
        if context is not None:
            context.internal.events[:] = [e for e in context.internal.events if not self._is_about_me(e)]
        if self.complete_elements().number() < self.number_gathered():
            self._drop_last()
        self.delattr(
            "doing_gathered_and_complete", "_necessary_length", "there_is_one_other", "new_item_name"
        )

    def _is_about_me(self, event: Mapping[str, Any]) -> bool:
        arguments = event.get("arguments") or {}
        return self.instanceName in (arguments.get(self._reference), arguments.get("group")) or str(
            event.get("action", "")
        ).startswith(f"{self.instanceName}[")

    def _drop_last(self) -> None:
        self.elements.pop()

    def complete_elements(self, complete_attribute: Any = None) -> Any:
        """A group of the items that are complete now; never asks."""
        raise NotImplementedError


class DAList(Group):
    """A list that can be gathered. It can be empty; its items are values or objects named ``list[0]`` …"""

    elements: list[Any]
    _necessary_length: int

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        self.elements = []
        if "auto_gather" not in kwargs:
            self.auto_gather = True
        if "ask_number" not in kwargs:
            self.ask_number = False
        if "minimum_number" not in kwargs:
            self.minimum_number = None
        rename = kwargs.pop("set_instance_name", False)
        if "elements" in kwargs:
            for element in kwargs.pop("elements"):
                self.append(element)
            self.there_are_any = len(self.elements) > 0
            self.gathered = True
            self.revisit = True
            if rename:
                self._set_instance_name_recursively(self.instanceName)
        self._take_type(kwargs)
        super().init(*pargs, **kwargs)

    # ---- items

    def _named_children(self) -> Iterator[tuple[str, DAObject]]:
        for index, item in enumerate(self.elements):
            if isinstance(item, DAObject):
                yield f"[{index}]", item
        yield from super()._named_children()

    def _reset_instance_names(self) -> None:
        """Name the items of this list after their places again."""
        own = f"{self.instanceName}["
        for index, item in enumerate(self.elements):
            if isinstance(item, DAObject) and item.instanceName.startswith(own):
                item._set_instance_name_recursively(f"{own}{index}]", matching=own)

    def initializeObject(self, index: int, object_type: Any = None, /, *pargs: Any, **kwargs: Any) -> Any:  # noqa: N802
        """Make the item at *index* a new object; returns it."""
        if not isinstance(index, int) or index < 0:
            raise AuthorError("initializeObject: the first argument must be an integer, 0 or greater.")
        new = self._new_item(self.item_name(index), object_type, pargs, kwargs)
        self.elements += [None] * (index - len(self.elements))
        self[index] = new
        self.there_are_any = True
        return new

    initialize_object = initializeObject

    def appendObject(self, object_type: Any = None, /, *pargs: Any, **kwargs: Any) -> Any:  # noqa: N802
        """Add a new object at the end; returns it."""
        new = self._new_item(self.item_name(len(self.elements)), object_type, pargs, kwargs)
        self.elements.append(new)
        self.there_are_any = True
        return new

    append_object = appendObject

    def append(self, *pargs: Any, **kwargs: Any) -> None:
        """Add values at the end; an object that has no name of its own gets its place as its name."""
        rename = kwargs.get("set_instance_name", False)
        for item in pargs:
            if isinstance(item, DAObject) and (rename or not item.has_nonrandom_instance_name):
                item.fix_instance_name(item.instanceName, self.item_name(len(self.elements)))
            self.elements.append(item)
        if pargs:
            self.there_are_any = True

    def extend(self, the_list: Iterable[Any]) -> None:
        """Add several values at the end."""
        self.elements.extend(the_list)

    def insert(self, index: SupportsIndex, item: Any) -> None:
        """Put a value in at a place."""
        self.elements.insert(index, item)
        self._reset_instance_names()
        self.there_are_any = True

    def pop(self, *pargs: SupportsIndex) -> Any:
        """Take out the last item, or the one at the index."""
        if self.elements or pargs:
            self.hook_on_remove(self.elements[pargs[0] if pargs else -1])
        item = self.elements.pop(*pargs)
        self._reset_instance_names()
        if not self.elements:
            self.there_are_any = False
        return item

    def _drop_last(self) -> None:
        self.pop()

    def remove(self, *pargs: Any) -> None:
        """Take out items by value; those that are not there are passed over."""
        removed = False
        for item in pargs:
            if item in self.elements:
                self.hook_on_remove(item)
                self.elements.remove(item)
                removed = True
        self._reset_instance_names()
        if removed and not self.elements:
            self.there_are_any = False

    def _remove_items_by_number(self, *pargs: int) -> None:
        kept = [item for index, item in enumerate(self.elements) if index not in pargs]
        shorter = len(kept) < len(self.elements)
        self.elements = kept
        self._reset_instance_names()
        if shorter:
            self.delattr("_necessary_length")

    def delitem(self, *pargs: int) -> None:
        """Take out items by index; those that are not there are passed over."""
        for index in reversed([index for index in pargs if index < len(self.elements)]):
            del self.elements[index]
        self._reset_instance_names()

    def clear(self) -> None:
        """Take out all items."""
        self.elements = []

    def copy(self) -> list[Any]:
        """The items as a plain list."""
        return self.elements.copy()

    def item(self, index: int) -> Any:
        """The item at the index; nothing that can be shown (DAEmpty) when there is none."""
        self._trigger_gather()
        return self[index] if index < len(self.elements) else DAEmpty()

    def first(self) -> Any:
        """The first item; asks for one when there is none."""
        self._trigger_gather()
        return self[0]

    def last(self) -> Any:
        """The last item; asks for one when there is none."""
        self._trigger_gather()
        return self[max(len(self.elements) - 1, 0)]

    def index(self, *pargs: Any, **kwargs: Any) -> int:
        """The place of a value. Raises ValueError."""
        self._trigger_gather()
        return self.elements.index(*pargs, **kwargs)

    def count(self, item: Any) -> int:
        """How often a value is in the list."""
        self._trigger_gather()
        return self.elements.count(item)

    def current_index(self) -> int:
        """The index of the item that was added last, 0 when there is none."""
        return max(len(self.elements) - 1, 0)

    def filter(self, *pargs: str, **kwargs: Any) -> Any:
        """A list of the items whose attributes have the values given; the first argument may name it."""
        self._trigger_gather()
        found = [item for item in self.elements if all(getattr(item, k) == v for k, v in kwargs.items())]
        new = self.copy_shallow(pargs[0] if pargs else self.instanceName)
        new.elements = found
        new.gathered = True
        if not found:
            new.there_are_any = False
        return new

    def sort(self, *pargs: Any, **kwargs: Any) -> DAList:
        """Sort in place (``key``, ``reverse``); returns the list."""
        self._trigger_gather()
        self.sort_elements(**kwargs)
        self.hook_after_gather()
        return self

    def sort_elements(self, *pargs: Any, **kwargs: Any) -> DAList:
        """Sort what is there now, without gathering."""
        self.elements = sorted(self.elements, **kwargs)
        self._reset_instance_names()
        return self

    def reverse(self, *pargs: Any, **kwargs: Any) -> DAList:
        """Turn the order around in place; returns the list."""
        self._trigger_gather()
        self.elements.reverse()
        self._reset_instance_names()
        self.hook_after_gather()
        return self

    def _reorder(self, *pargs: tuple[int, int]) -> None:
        """Move items: pairs of (old place, new place)."""
        before = self.elements
        self.elements = list(before)
        for old, new in pargs:
            if old < len(before) and new < len(before):
                self.elements[new] = before[old]
        self._reset_instance_names()
        if has(self, "gathered") and self.gathered:
            self.hook_after_gather()

    def _reorder_buttons(self, index: Any) -> str:
        from engross.library.actions import reorder_buttons

        return reorder_buttons(self.instanceName, index)

    def __add__(self, other: Any) -> Any:
        self._trigger_gather()
        if isinstance(other, DAEmpty):
            return self
        if isinstance(other, DAList):
            other._trigger_gather()
            return self._joined(self.elements + other.elements)
        return self.elements + other

    def __radd__(self, other: Any) -> Any:
        self._trigger_gather()
        if isinstance(other, DAEmpty):
            return self
        return other + self.elements

    def _joined(self, elements: list[Any]) -> DAList:
        new = type(self)(elements=elements, gathered=True, auto_gather=False)
        new.set_random_instance_name()
        return new

    def _fill_up_to(self, index: int) -> None:
        """Add items until there is one at *index*: objects, or None where the class is not known."""
        if not isinstance(index, int):
            raise AuthorError(f"{self.instanceName}[{index!r}]: the index of a list is a number.")
        missing = -index - len(self.elements) if index < 0 else 1 + index - len(self.elements)
        if missing > MOST_AT_ONCE:
            raise AuthorError(
                f"{self.instanceName}[{index}] is far beyond the end; a list of {len(self.elements)} items grows by at "
                f"most {MOST_AT_ONCE}."
            )
        for _ in range(missing):
            if self.object_type is None or self.ask_object_type:
                self.elements.append(None)
            else:
                self.appendObject(self.object_type, **self.object_type_parameters)

    def __setitem__(self, index: Any, value: Any) -> None:
        if not isinstance(index, slice):
            self._fill_up_to(index)
        if isinstance(value, DAObject) and not value.has_nonrandom_instance_name:
            value.has_nonrandom_instance_name = True
            value.instanceName = f"{self.instanceName}[{index}]"
        self.elements[index] = value

    def __getitem__(self, index: Any) -> Any:
        try:
            return self.elements[index]
        except (IndexError, TypeError):
            pass
        appending = has(self, "_appending_allowed") and self._appending_allowed
        if (self.auto_gather and has(self, "gathered") and not appending) or moment().probing:
            raise IndexError(f"list index {index!r} out of range on {self.instanceName}")
        if self.object_type is None and not self.ask_object_type:
            self.raise_undefined_index_error(index)
        self._fill_up_to(index)
        return self.elements[index]

    def raise_undefined_index_error(self, index: Any) -> NoReturn:
        """Say that the item has no value yet."""
        raise UndefinedItem(f"{self.instanceName}[{index}]")

    def __delitem__(self, index: Any) -> None:
        self[index]
        del self.elements[index]
        self._reset_instance_names()

    def _allow_appending(self) -> None:
        """Let an index beyond the end add items although the list is gathered; for list collect."""
        self._appending_allowed = True

    def _disallow_appending(self) -> None:
        self.delattr("_appending_allowed")

    # ---- gathering

    def complete_elements(self, complete_attribute: Any = None) -> Any:
        complete_attribute = self._wanted_completeness(complete_attribute)
        found = type(self)(self.instanceName)
        for item in self.elements:
            if self._is_complete(item, complete_attribute):
                found.append(item)
        found.gathered = True
        return found

    def _validate(self, item_object_type: Any, complete_attribute: Any) -> None:
        """Read what is missing in the items that are there."""
        if self.ask_object_type:
            for index, item in enumerate(self.elements):
                if item is None:
                    kind, parameters = self._asked_type()
                    self.elements[index] = kind(self.item_name(index), **parameters)
                self._complete_item(self.elements[index], True, complete_attribute)
            self.delattr("new_object_type")
        for item in self.elements:
            self._complete_item(item, item_object_type, complete_attribute)

    def gather(
        self,
        number: Any = None,
        item_object_type: Any = None,
        minimum: Any = None,
        complete_attribute: Any = None,
    ) -> bool:
        """Ask until the list is complete.

        *number*: how many items to ask for; *minimum*: how many at least; *item_object_type*: the class of new items;
        *complete_attribute*: what makes an item complete; else as the list's own attributes say.
        """
        if self._is_already_gathered():
            return True
        if item_object_type is None and self.object_type is not None and not self.ask_object_type:
            item_object_type, parameters = self.object_type, self.object_type_parameters
        else:
            item_object_type, parameters = split_type(item_object_type)
        if complete_attribute is None:
            complete_attribute = self.complete_attribute

        def add_item() -> None:
            place = len(self.elements)
            if item_object_type is not None:
                self.appendObject(item_object_type, **parameters)
            self[place]  # asks for the item when it is a plain value
            self._validate(item_object_type, complete_attribute)

        _begin_gathering(self.instanceName)
        if number is None:
            number = self._number_asked_for()
        if minimum is None:
            minimum = self.minimum_number
        if number is None and not minimum and not self.elements:
            minimum = 1 if self.there_are_any else 0
        self._validate(item_object_type, complete_attribute)
        while minimum is not None and len(self.elements) < minimum:
            add_item()
        if has(self, "_necessary_length"):
            if self._necessary_length <= len(self.elements):
                del self._necessary_length
            elif number is None or number < self._necessary_length:
                number = self._necessary_length
        if number is not None:
            while len(self.elements) < int(number):
                add_item()
        elif minimum != 0:
            while self._another():
                self._forget_another()
                # An item that exists only by its name is asked for in a later pass; until then this remembers it.
                self._necessary_length = len(self.elements) + 1
                add_item()
        self.delattr("_necessary_length")
        return self._finish_gathering()

    # ---- words

    def as_singular_noun(self) -> str:
        """The list's name in the singular: ``child`` for ``children``."""
        return say("noun_singular", self._noun())

    def is_are_you(self, **kwargs: Any) -> str:
        """``is Fred``, ``are Fred and Mary``, ``are you``"""
        if self.number() == 1 and isinstance(self._first_value(), DAObject):
            return str(self._first_value().is_are_you(**kwargs))
        person = self._person(kwargs)
        if person in ("2", "2p"):
            text = say("are_you_plural", **kwargs)
        elif person in ("1", "1p"):
            text = say("are_we", **kwargs)
        else:
            text = say("are_word", str(self), **kwargs)
        return capitalized(text, kwargs)

    def pronoun_possessive(self, target: str, **kwargs: Any) -> str:
        """``its fish`` of one, ``their fish`` of several"""
        return self._of_one_or_all(
            "pronoun_possessive",
            (target,),
            kwargs,
            one=lambda _: say("its", target, **kwargs),
            you="your_plural",
            we="our_possessive",
            they=lambda: say("their", target, **kwargs),
        )


class DADict(Group):
    """A dictionary that can be gathered; its objects are named ``dict['key']`` …"""

    elements: dict[Any, Any]
    _reference = "dict"

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        self.elements = self._new_elements()
        self.auto_gather = True
        self.ask_number = False
        self.minimum_number = None
        if "elements" in kwargs:
            given = kwargs.pop("elements")
            self.elements.update(given.elements if isinstance(given, DADict) else given)
            self.gathered = True
            self.revisit = True
        self._take_type(kwargs)
        keys = kwargs.pop("keys", None)
        if isinstance(keys, Iterable) and not isinstance(keys, str):
            self.new(keys)
        super().init(*pargs, **kwargs)

    def _new_elements(self) -> dict[Any, Any]:
        return {}

    def _values(self) -> list[Any]:
        return list(self.elements.values())

    def _named_children(self) -> Iterator[tuple[str, DAObject]]:
        for key, item in self.elements.items():
            if isinstance(item, DAObject):
                yield f"[{key!r}]", item
        yield from super()._named_children()

    # ---- order: sorted by key where keys can be sorted

    def _sorted_elements_keys(self) -> Any:
        return sorted(self.elements)

    def _sorted_elements_values(self) -> Any:
        return sorted(self.elements.values())

    def _sorted_elements_items(self) -> Any:
        return sorted(self.elements.items())

    def _sorted_keys(self) -> Any:
        self._trigger_gather()
        return self._sorted_elements_keys()

    def _sorted_values(self) -> Any:
        self._trigger_gather()
        return self._sorted_elements_values()

    def _sorted_items(self) -> Any:
        self._trigger_gather()
        return self._sorted_elements_items()

    _sorted_iteritems = _sorted_items
    _sorted_elements_iteritems = _sorted_elements_items

    def _keys_in_order(self) -> list[Any]:
        try:
            return list(self._sorted_elements_keys())
        except TypeError:
            return list(self.elements)

    # ---- items

    def initializeObject(self, key: Any, object_type: Any = None, /, *pargs: Any, **kwargs: Any) -> Any:  # noqa: N802
        """Make the item under *key* a new object; returns it."""
        new = self._new_item(self.item_name(key), object_type, pargs, kwargs)
        self[key] = new
        self.there_are_any = True
        return new

    initialize_object = initializeObject

    def new(self, *pargs: Any, **kwargs: Any) -> None:
        """Make an object for each key that is not there yet."""
        for parg in pargs:
            if isinstance(parg, Iterable) and not isinstance(parg, str):
                self.new(*parg, **kwargs)
            elif parg in self.elements:
                continue
            elif self.ask_object_type:
                self[parg] = None
            else:
                self.initializeObject(parg, None, **kwargs)

    def delitem(self, *pargs: Any) -> None:
        """Take out items by key; those that are not there are passed over."""
        for key in pargs:
            if key in self.elements:
                del self[key]

    def invalidate_item(self, *pargs: Any) -> None:
        """Take out items, and offer the old values as defaults when they are asked for again."""
        from engross.library.asking import invalidate

        for key in pargs:
            if key in self.elements:
                invalidate(self.item_name(key))

    def getitem_fresh(self, item: Any) -> Any:
        """The item, computed again."""
        from engross.library.asking import reconsider

        if item in self.elements:
            reconsider(self.item_name(item))
        return self[item]

    def slice(self, *pargs: Any) -> Any:
        """A dictionary of some of the items: by keys, or by a function that says yes to a value."""
        new = copy.copy(self)
        if len(pargs) == 1 and callable(pargs[0]):
            new.elements = {key: value for key, value in self.elements.items() if pargs[0](value)}
        else:
            new.elements = {key: self.elements[key] for key in pargs if key in self.elements}
        new.gathered = True
        if not new.elements:
            new.there_are_any = False
        return new

    def update(self, *pargs: Any, **kwargs: Any) -> None:
        """Take over the items of another dictionary."""
        self.elements.update(*(p.elements if isinstance(p, DADict) else p for p in pargs), **kwargs)

    def pop(self, *pargs: Any) -> Any:
        """Take out the item under a key."""
        if pargs[0] in self.elements:
            self.hook_on_remove(self.elements[pargs[0]])
        if len(self.elements) == 1:
            self.there_are_any = False
        return self.elements.pop(*pargs)

    def popitem(self) -> tuple[Any, Any]:
        """Take out the last item."""
        if len(self.elements) == 1:
            self.there_are_any = False
        return self.elements.popitem()

    def _drop_last(self) -> None:
        self.popitem()

    def setdefault(self, *pargs: Any) -> Any:
        """The item, or the default, which is put in."""
        return self.elements.setdefault(*pargs)

    def get(self, *pargs: Any) -> Any:
        """The item, or the default; never asks."""
        return self.elements.get(*pargs)

    def clear(self) -> None:
        """Take out all items."""
        self.elements.clear()

    def copy(self) -> dict[Any, Any]:
        """The items as a plain dictionary."""
        return self.elements.copy()

    def has_key(self, key: Any) -> bool:
        """Whether there is an item under the key now; never asks."""
        return key in self.elements

    def item(self, key: Any) -> Any:
        """The item under the key; nothing that can be shown (DAEmpty) when there is none."""
        self._trigger_gather()
        return self[key] if key in self.elements else DAEmpty()

    def keys(self) -> Any:
        """The keys, sorted where they can be."""
        self._trigger_gather()
        return self._keys_in_order()

    def values(self) -> Any:
        """The items."""
        self._trigger_gather()
        return self.elements.values()

    def items(self) -> Any:
        """Keys and items."""
        self._trigger_gather()
        return self.elements.items()

    iteritems = items

    def iterkeys(self) -> Iterator[Any]:
        """The keys."""
        self._trigger_gather()
        return iter(self.elements)

    def itervalues(self) -> Iterator[Any]:
        """The items."""
        self._trigger_gather()
        return iter(self.elements.values())

    def __getitem__(self, index: Any) -> Any:
        if index not in self.elements:
            if (self.object_type is None and not self.ask_object_type) or moment().probing:
                self.raise_undefined_index_error(index)
            if self.ask_object_type:
                self[index] = None
            else:
                self.initializeObject(index, self.object_type, **self.object_type_parameters)
        return self.elements[index]

    def raise_undefined_index_error(self, index: Any) -> NoReturn:
        """Say that the item has no value yet."""
        raise UndefinedItem(f"{self.instanceName}[{index!r}]")

    def __setitem__(self, key: Any, value: Any) -> None:
        self.elements[key] = value

    def __delitem__(self, key: Any) -> None:
        self[key]
        del self.elements[key]

    def comma_and_list(self, **kwargs: Any) -> str:
        """The keys in a sentence."""
        self._trigger_gather()
        return str(words.comma_and_list(self._keys_in_order(), **kwargs))

    # ---- checkboxes

    def _all(self, wanted: bool, pargs: tuple[Any, ...], exclusive: bool) -> bool:
        """Whether the items under the keys in *pargs* (none given: all items) are all *wanted*, true or false; with
        *exclusive*, and the others are the opposite."""
        keys = _flat_arguments(pargs)
        if any(key not in self.elements for key in keys):
            return False
        for key, value in self._pairs_in_order():
            if not keys or key in keys:
                if bool(value) is not wanted:
                    return False
            elif exclusive and bool(value) is wanted:
                return False
        self._trigger_gather()
        return True

    def _pairs_in_order(self) -> list[tuple[Any, Any]]:
        return [(key, self.elements[key]) for key in self._keys_in_order()]

    def all_true(self, *pargs: Any, exclusive: bool = False, **kwargs: Any) -> bool:
        """Whether all (or all of the keys given) are true; with *exclusive*, and no others."""
        return self._all(True, pargs, exclusive)

    def all_false(self, *pargs: Any, exclusive: bool = False, **kwargs: Any) -> bool:
        """Whether all (or all of the keys given) are false; with *exclusive*, and all others are true."""
        return self._all(False, pargs, exclusive)

    def any_true(self, *pargs: Any, **kwargs: Any) -> bool:
        """Whether any (or any of the keys given) is true."""
        return not self.all_false(*pargs, **kwargs)

    def any_false(self, *pargs: Any, **kwargs: Any) -> bool:
        """Whether any (or any of the keys given) is false."""
        return not self.all_true(*pargs, **kwargs)

    def true_values(self, insertion_order: bool = False) -> DAList:
        """The keys whose items are true."""
        pairs = self.items() if insertion_order else self._gathered_pairs()
        return DAList(elements=[key for key, value in pairs if value])

    def false_values(self, insertion_order: bool = False) -> DAList:
        """The keys whose items are false."""
        pairs = self.items() if insertion_order else self._gathered_pairs()
        return DAList(elements=[key for key, value in pairs if not value])

    def _gathered_pairs(self) -> list[tuple[Any, Any]]:
        self._trigger_gather()
        return self._pairs_in_order()

    # ---- gathering

    def complete_elements(self, complete_attribute: Any = None) -> Any:
        complete_attribute = self._wanted_completeness(complete_attribute)
        found = type(self)(self.instanceName)
        for key, item in self.elements.items():
            if self._is_complete(item, complete_attribute):
                found[key] = item
        found.gathered = True
        return found

    def _validate(self, item_object_type: Any, complete_attribute: Any, keys: Any = None) -> None:
        """Read what is missing in the items that are there."""
        known = self._keys_in_order() if keys is None else [key for key in keys if key in self.elements]
        if self.ask_object_type:
            for key in known:
                if self.elements[key] is None:
                    kind, parameters = self._asked_type()
                    self[key] = kind(self.item_name(key), **parameters)
            self.delattr("new_object_type")
        for key in known:
            self._complete_item(self.elements[key], item_object_type, complete_attribute)

    def _wants_more(self, number: Any, minimum: Any) -> bool:
        if number is not None and len(self.elements) < int(number):
            return True
        if minimum is not None and len(self.elements) < int(minimum):
            return True
        return self.ask_number is False and minimum != 0 and self._another()

    def gather(
        self,
        item_object_type: Any = None,
        number: Any = None,
        minimum: Any = None,
        complete_attribute: Any = None,
        keys: Any = None,
    ) -> Any:
        """Ask until the dictionary is complete; arguments as for a list."""
        if self._is_already_gathered():
            return True
        if not self.auto_gather:
            return self.gathered
        if item_object_type is None and self.object_type is not None and not self.ask_object_type:
            item_object_type, parameters = self.object_type, self.object_type_parameters
        else:
            item_object_type, parameters = split_type(item_object_type)
        if complete_attribute is None:
            complete_attribute = self.complete_attribute

        _begin_gathering(self.instanceName)
        self._validate(item_object_type, complete_attribute, keys=keys)
        if number is None:
            number = self._number_asked_for()
        if minimum is None:
            minimum = self.minimum_number
        if number is None and not minimum:
            minimum = 1 if self.elements or self.there_are_any else 0
        if item_object_type is None and has(self, "new_item_name") and self.new_item_name in self.elements:
            self.delattr("new_item_name")
            self._forget_another()
        while self._wants_more(number, minimum):
            if item_object_type is not None:
                self.initializeObject(self.new_item_name, item_object_type, **parameters)
                self._forget_another()
                self._new_item_init_callback()
                self.delattr("new_item_name")
            elif not self._take_new_value():
                self._forget_another()
                break
            self._forget_another()
        self._validate(item_object_type, complete_attribute, keys=keys)
        return self._finish_gathering()

    def _take_new_value(self) -> bool:
        """Put in a plain value under ``new_item_name``: ``new_item_value`` if that was answered too, else ask for the item
        itself. Returns whether to go on."""
        name = self.new_item_name
        if has(self, "new_item_value"):
            self[name] = self.new_item_value
            self.delattr("new_item_value", "new_item_name")
            self._forget_another()
            return True
        self[name]  # asks for it
        self.delattr("new_item_name")
        self._forget_another()
        return False

    def _new_item_init_callback(self) -> None:
        """Called when an object was made for a new key: complete it, and all others."""
        self.delattr("new_item_name", "new_item_value")
        typed = self.object_type is not None or self.ask_object_type
        for item in self._sorted_elements_values():
            self._complete_item(item, True if typed else None, self.complete_attribute)

    def _edit_steps(
        self, item: Any, index: Any, attributes: Iterable[str], ensure_complete: bool
    ) -> list[Any]:
        steps = super()._edit_steps(item, index, attributes, ensure_complete)
        if self.complete_attribute == "complete":
            undefine = {"variables": [f"{item.instanceName}.complete"]}
            steps.insert(0, {"action": "_da_undefine", "arguments": undefine})
        return steps


class DAOrderedDict(DADict):
    """A dictionary whose order is the order in which items were put in."""

    def _new_elements(self) -> dict[Any, Any]:
        return OrderedDict()

    def _sorted_elements_keys(self) -> Any:
        return self.elements.keys()

    def _sorted_elements_values(self) -> Any:
        return self.elements.values()

    def _sorted_elements_items(self) -> Any:
        return self.elements.items()


class DASet(Group):
    """A set that can be gathered; it holds plain values."""

    elements: set[Any]

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        self.elements = set()
        self.auto_gather = True
        self.ask_number = False
        self.minimum_number = None
        if "elements" in kwargs:
            self.add(kwargs.pop("elements"))
            self.gathered = True
            self.revisit = True
        self._take_type(kwargs)
        super().init(*pargs, **kwargs)

    def _set_class(self) -> type[DASet]:
        return type(self)

    def add(self, *pargs: Any) -> None:
        """Put in values; lists are taken apart."""
        for item in _flat_arguments(pargs):
            self.elements.add(item)
            self.there_are_any = True

    def remove(self, elem: Any) -> None:
        """Take out a value. Raises KeyError."""
        if elem in self.elements:
            self.hook_on_remove(elem)
        self.elements.remove(elem)
        if not self.elements:
            self.there_are_any = False

    def discard(self, elem: Any) -> None:
        """Take out a value if it is there."""
        if elem in self.elements:
            self.remove(elem)

    def pop(self) -> Any:
        """Take out a value."""
        if len(self.elements) == 1:
            self.there_are_any = False
        return self.elements.pop()

    def clear(self) -> None:
        """Take out all values."""
        self.elements = set()

    def copy(self) -> set[Any]:
        """The values as a plain set."""
        return self.elements.copy()

    def has_been_gathered(self) -> bool:
        """Whether the set is complete."""
        return has(self, "gathered")

    def filter(self, *pargs: str, **kwargs: Any) -> Any:
        """A set of the values whose attributes have the values given."""
        self._trigger_gather()
        new = self.copy_shallow(pargs[0] if pargs else self.instanceName)
        new.elements = {v for v in self.elements if all(getattr(v, k) == w for k, w in kwargs.items())}
        new.gathered = True
        if not new.elements:
            new.there_are_any = False
        return new

    def complete_elements(self, complete_attribute: Any = None) -> Any:
        complete_attribute = self._wanted_completeness(complete_attribute)
        found = type(self)(self.instanceName)
        for item in self.elements:
            if self._is_complete(item, complete_attribute):
                found.add(item)
        found.gathered = True
        return found

    def comma_and_list(self, **kwargs: Any) -> str:
        """The values in a sentence, sorted."""
        self._trigger_gather()
        return str(words.comma_and_list(sorted(map(str, self.elements)), **kwargs))

    def gather(self, number: Any = None, minimum: Any = None, **kwargs: Any) -> Any:
        """Ask until the set is complete: ``new_item`` for each value."""
        if self._is_already_gathered():
            return True
        if not self.auto_gather:
            return self.gathered
        _begin_gathering(self.instanceName)
        self._complete_all()
        if number is None:
            number = self._number_asked_for()
        if minimum is None:
            minimum = self.minimum_number
        if number is None and not minimum:
            minimum = 1 if self.elements or self.there_are_any else 0
        while (
            (number is not None and len(self.elements) < int(number))
            or (minimum is not None and len(self.elements) < int(minimum))
            or (self.ask_number is False and minimum != 0 and self._another())
        ):
            self.add(self.new_item)
            del self.new_item
            self._complete_all()
            self._forget_another()
        return self._finish_gathering()

    def _complete_all(self) -> None:
        for item in sorted(self.elements):
            str(item)

    def _operand(self, other: Any) -> Any:
        return other.elements if isinstance(other, DASet) else other

    def __and__(self, operand: Any) -> set[Any]:
        return self._hash_all() & setify(operand)

    def __or__(self, operand: Any) -> set[Any]:
        return self._hash_all() | setify(operand)

    def __xor__(self, operand: Any) -> set[Any]:
        return self._hash_all() ^ setify(operand)

    def __sub__(self, operand: Any) -> set[Any]:
        return self._hash_all() - setify(operand)

    def __add__(self, operand: Any) -> Any:
        return self if isinstance(operand, DAEmpty) else self._hash_all() | setify(operand)

    __rand__ = __and__
    __ror__ = __or__

    def __hash__(self) -> int:
        return hash((self.instanceName,))


class DAContext(DADict):
    """Text that differs between a screen (``question``) and papers (``document docx pdf pandoc``)."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        super().init()
        self.pargs = pargs
        self.kwargs = kwargs
        if pargs:
            self["question"] = pargs[0]
            self["document"] = pargs[min(len(pargs), 2) - 1]
        for key, value in kwargs.items():
            self[key] = value

    def __str__(self) -> str:
        where = medium() or ""
        where = "pandoc" if where.startswith("pandoc") else where
        if where in ("docx", "pdf", "pandoc"):
            return str(self.elements.get(where, self.elements.get("document")))
        return str(self.elements["question"])

    def __repr__(self) -> str:
        items = "".join(f", {key}={value!r}" for key, value in self.elements.items())
        return f"DAContext({self.instanceName!r}{items})"

    def __hash__(self) -> int:
        return hash((self.instanceName,))
