"""Jinja filters that docassemble has in DOCX templates and that are not about words.

Those that are (``currency``, ``comma_and_list`` …) are the library's functions: the interview's names hold them, and
``from_library`` takes them from there.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import jinja2
from jinja2 import pass_context, pass_environment

from engross.errors import DocumentError

LIBRARY_FILTERS = ["add_separators", "alpha", "bold", "capitalize", "comma_and_list", "comma_list", "country_name", "currency", "day_of", "dow_of", "fix_punctuation", "format_date", "format_datetime", "format_time", "italic", "month_of", "nice_number", "ordinal", "ordinal_number", "phone_number_formatted", "phone_number_in_e164", "qr_code", "redact", "roman", "salutation", "title_case", "verbatim", "word", "year_of", "nice_county_name"]


def from_library(name: str) -> Callable[..., Any]:
    """A filter that calls the interview's function *name*, or Jinja's own filter where the interview has none."""
    own = jinja2.filters.FILTERS.get(name)

    @pass_context
    def call(context: Any, value: Any, *arguments: Any, **named: Any) -> Any:
        found = context.resolve(name)
        if callable(found) and not isinstance(found, jinja2.Undefined):
            return found(value, *arguments, **named)
        if own is not None:
            return own(value, *arguments, **named)
        raise DocumentError(f"there is no filter `{name}` here")

    return call


class Group(NamedTuple):
    """What ``groupby`` gives: the common value and the items that have it."""

    grouper: Any
    list: list[Any]


def attribute_of(item: Any, name: str, default: Any = None) -> Any:
    """``name`` may have dots. What is missing counts as *default*, as in docassemble."""
    for step in str(name).split("."):
        if isinstance(item, Mapping) and not hasattr(item, step):
            item = item.get(step, default)
        else:
            item = getattr(item, step, default)
    return item


def _comparable(item: Any, case_sensitive: bool) -> Any:
    if hasattr(item, "instanceName"):
        amount = getattr(item, "amount", None)
        if type(item).__name__ in ("Value", "PeriodicValue") and callable(amount):
            return amount()
        item = str(item)
    return item if case_sensitive or not isinstance(item, str) else item.lower()


def _sort(items: Any, reverse: bool = False, case_sensitive: bool = False, attribute: Any = None) -> list[Any]:
    if attribute is None:
        return sorted(items, key=lambda item: _comparable(item, case_sensitive), reverse=reverse)
    names = [str(a).strip() for a in (attribute if isinstance(attribute, list) else str(attribute).split(","))]
    return sorted(items, key=lambda i: [_comparable(attribute_of(i, n), case_sensitive) for n in names], reverse=reverse)


def _dictsort(items: Any, case_sensitive: bool = False, by: str = "key", reverse: bool = False) -> list[tuple[Any, Any]]:
    place = 1 if by == "value" else 0
    return sorted(items.items(), key=lambda pair: _comparable(pair[place], case_sensitive), reverse=reverse)


def _groupby(items: Any, attribute: str) -> list[Group]:
    ordered = sorted(items, key=lambda item: attribute_of(item, attribute))
    return [Group(key, list(same)) for key, same in itertools.groupby(ordered, lambda item: attribute_of(item, attribute))]


def _extreme(choose: Callable[..., Any], name: str) -> Callable[..., Any]:
    def pick(items: Any, case_sensitive: bool = False, attribute: str | None = None) -> Any:
        found = list(items)
        if not found:
            raise DocumentError(f"`{name}` was asked of an empty list")
        return choose(found, key=lambda i: _comparable(attribute_of(i, attribute) if attribute else i, case_sensitive))

    return pick


def _sum(items: Any, attribute: str | None = None, start: Any = 0) -> Any:
    return sum((attribute_of(item, attribute) for item in items) if attribute else items, start)


def _unique(items: Any, case_sensitive: bool = False, attribute: str | None = None) -> Iterator[Any]:
    seen: set[Any] = set()
    for item in items:
        value = attribute_of(item, attribute) if attribute else item
        key = _comparable(value, case_sensitive)
        if key not in seen:
            seen.add(key)
            yield value


def _join(items: Any, d: str = "", attribute: str | None = None) -> str:
    return str(d).join(str(attribute_of(item, attribute) if attribute else item) for item in items)


def _select(keep: bool, by_attribute: bool) -> Callable[..., Any]:
    @pass_environment
    def choose(environment: Any, items: Any, *arguments: Any, **named: Any) -> Iterator[Any]:
        rest = list(arguments)
        name = str(rest.pop(0)) if by_attribute else ""
        test = rest.pop(0) if rest else None
        for item in items:
            value = attribute_of(item, name) if by_attribute else item
            holds = bool(environment.call_test(test, value, rest, named)) if test else bool(value)
            if holds is keep:
                yield item

    return choose


@pass_environment
def _map(environment: Any, items: Any, *arguments: Any, **named: Any) -> Iterator[Any]:
    if arguments:
        name, *rest = arguments
        if name not in environment.filters:
            raise DocumentError(f"there is no filter `{name}` for `map`")
        for item in items:
            yield environment.call_filter(name, item, rest, named)
    elif "attribute" in named:
        for item in items:
            yield attribute_of(item, named["attribute"], named.get("default"))
    elif "index" in named:
        for item in items:
            yield item.get(named["index"], named["default"]) if "default" in named else item[named["index"]]
    elif "function" in named:
        for item in items:
            yield named["function"](item, *named.get("pargs", ()), **named.get("kwargs", {}))
    else:
        raise DocumentError("`map` needs a filter, `attribute`, `index` or `function`")


def _chain(*collections: Any) -> Iterator[Any]:
    """The items of the collections in the collections: ``fruits.values() | chain`` of lists gives the items of all of them."""
    for collection in collections:
        for part in _items(collection):
            yield from _items(part)


def _items(thing: Any) -> Iterable[Any]:
    """What is in a collection; of a dictionary its values; of anything else itself."""
    if isinstance(thing, Mapping) or isinstance(getattr(thing, "elements", None), dict):
        return thing.values()  # type: ignore[no-any-return]
    return thing if isinstance(thing, Iterable) and not isinstance(thing, str) else (thing,)


def _paragraphs(text: Any) -> str:
    return re.sub(r"[\r\n]+", "\n\n", str(text))


def _single_paragraph(text: Any) -> str:
    return re.sub(r"[\r\n]+", " ", str(text))


def _manual_line_breaks(text: Any) -> str:
    # A line break in a value is printed as one, so that the blanks around it are all there is to mend.
    return re.sub(r" *\r?\n *", "\n", str(text))


def _rich_text(text: Any = "", **properties: Any) -> Any:
    from docxtpl import RichText

    return RichText(str(text), **properties)


BUILT_IN: dict[str, Callable[..., Any]] = {
    "RichText": _rich_text,
    "all": all,
    "any": any,
    "attr": attribute_of,
    "chain": _chain,
    "dictsort": _dictsort,
    "groupby": _groupby,
    "join": _join,
    "manual_line_breaks": _manual_line_breaks,
    "map": _map,
    "max": _extreme(max, "max"),
    "min": _extreme(min, "min"),
    "paragraphs": _paragraphs,
    "reject": _select(False, False),
    "rejectattr": _select(False, True),
    "select": _select(True, False),
    "selectattr": _select(True, True),
    "single_paragraph": _single_paragraph,
    "sort": _sort,
    "sum": _sum,
    "unique": _unique,
}
