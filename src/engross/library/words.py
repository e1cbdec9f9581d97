"""What is said: translations, lists, phrases with pronouns, capital letters.

The functions that speak ask ``language_function`` for the wording of the current language; an interview may bring its own
with ``update_language_function``. How nouns and verbs change is in ``inflection``; how a text is dressed is in ``text``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2.runtime import Undefined

from engross.library import inflection, vocabulary
from engross.library.locales import get_language, surroundings

Speaker = Callable[..., Any]

_speakers: dict[str, dict[str, Speaker]] = {}
_first_wordings: dict[str, Speaker] = {}
"""Term → our wording for every language, whatever interviews have put in its place."""


def ensure_definition(*values: Any, **named: Any) -> None:
    """Raise what Jinja would raise for each value that is undefined in a template."""
    for value in (*values, *named.values()):
        if isinstance(value, Undefined):
            str(value)


def language_function(term: str, default: Speaker, **by_language: Speaker) -> Speaker:
    """A function that speaks the current language: its own wording, else *default*."""
    _first_wordings.setdefault(term, default)
    wordings = _speakers.setdefault(term, {})
    wordings.setdefault("*", default)
    wordings.update(by_language)

    def speak(*args: Any, **kwargs: Any) -> Any:
        ensure_definition(*args, **kwargs)
        language = kwargs.get("language") or get_language()
        return wordings.get(language, wordings["*"])(*args, **kwargs)

    speak.__name__ = term
    speak.__qualname__ = term
    speak.__doc__ = default.__doc__
    return speak


def language_function_constructor(term: str) -> Speaker:
    """docassemble's way to make a speaking function whose wordings come with ``update_language_function``."""

    def unsaid(*_: Any, **__: Any) -> Any:
        raise SystemError(f"term {term} not defined in language_functions for English or *")

    return language_function(term, _speakers.get(term, {}).get("en", unsaid))


def first_wording(name: str) -> Speaker:
    """docassemble's ``currency_default``, ``salutation_default`` …: the wording that an interview's own falls back on, which
    ``update_language_function`` does not change. Raises KeyError when *name* is none of these."""
    if not name.endswith("_default"):
        raise KeyError(name)
    return _first_wordings[name.removesuffix("_default")]


def update_language_function(lang: str, term: str, func: Speaker) -> None:
    """Let *func* say *term* in *lang* (``*`` for every language)."""
    _speakers.setdefault(term, {})[lang] = func


# ------------------------------------------------------------------------------------------------------------ translations

word_collection: dict[str, dict[Any, Any]] = {
    language: dict(table) for language, table in vocabulary.WORDS.items()
}
"""Language → phrase → translation: our own words, then what configuration and interviews add."""


class LazyWord:
    """A phrase that is translated when it is printed."""

    def __init__(self, text: str, **values: Any) -> None:
        self.original = text % values if values else text

    def __mod__(self, other: Any) -> str:
        return str(word(self.original) % other)

    def __str__(self) -> str:
        return word(self.original)


def word(the_word: Any, language: str | None = None, capitalize: bool = False, **_: Any) -> str:
    """*the_word* in the current language, itself when there is no translation. True is ``yes``, None ``I don't know``."""
    if isinstance(the_word, bool):
        the_word = "yes" if the_word else "no"
    elif the_word is None:
        the_word = "I don't know"
    elif isinstance(the_word, LazyWord):
        the_word = the_word.original
    try:
        text = str(own_words(language or get_language())[the_word])
    except (KeyError, TypeError):  # TypeError: a phrase that cannot be a key, such as a list
        text = str(the_word)
    return _capital(text, capitalize)


def own_words(language: str) -> Mapping[Any, Any]:
    """The translations into *language* that count now: those of this interview over those of the server."""
    tables = surroundings().screen.get("words")
    common = word_collection.get(language, {})
    own = tables.get(language) if tables else None
    return {**common, **own} if own else common


def words() -> Mapping[Any, Any]:
    """The translations into the current language."""
    return own_words(get_language())


def update_word_collection(lang: str, defs: Mapping[Any, Any]) -> None:
    """Add translations into *lang* for every interview; None as a translation is ignored."""
    word_collection.setdefault(lang, {}).update({key: text for key, text in defs.items() if text is not None})


# ------------------------------------------------------------------------------------------------------------------ letters


def _capital(text: str, wanted: Any) -> str:
    return str(capitalize(text)) if wanted else text


def _capitalize(a: Any, **_: Any) -> str:
    """The text with its first letter as a capital; the rest as it is."""
    text = str(a)
    return text[0].upper() + text[1:] if len(text) > 1 else text


capitalize = language_function("capitalize", _capitalize)

_SMALL_WORDS = frozenset(
    "a an and as at but by en for if in of on or the to v v. via vs vs. nor so yet".split()  # noqa: SIM905 - prose
)


def _title_case(a: Any, **_: Any) -> str:
    """Each word with a capital letter, small words in the middle without, words with inner capitals as they are."""
    return "\n".join(_title_line(line) for line in str(a).split("\n"))


def _title_line(line: str) -> str:
    parts = line.split(" ")
    places = [n for n, part in enumerate(parts) if part]
    if not places:
        return line
    shouted = line.upper() == line
    for n in places:
        part = parts[n].lower() if shouted else parts[n]
        edge = n in (places[0], places[-1]) or (n > 0 and parts[n - 1].endswith((":", "?", "!")))
        if part.lower() in _SMALL_WORDS and not edge:
            parts[n] = part.lower()
        elif any(letter.isupper() for letter in part[1:]) or "@" in part or "." in part[1:-1]:
            parts[n] = part
        else:
            parts[n] = "-".join(_piece(piece, first=place == 0) for place, piece in enumerate(part.split("-")))
    return " ".join(parts)


_MAC = re.compile(r"(mc)(\w\w+)", re.IGNORECASE)
_ELISION = re.compile(r"([dlo])(['’])([a-z]\w+)", re.IGNORECASE)


def _piece(piece: str, *, first: bool) -> str:
    """A word between hyphens: McDonald, O'Neil, d'Artagnan; small words as they are, but not in front."""
    if not first and piece.lower() in _SMALL_WORDS:
        return piece.lower()
    if mac := _MAC.fullmatch(piece):
        return "Mc" + _first_letter(mac[2])
    if elided := _ELISION.fullmatch(piece):
        particle = elided[1].upper() if elided[1] in "oO" else elided[1].lower()
        return particle + elided[2] + _first_letter(elided[3])
    return _first_letter(piece)


def _first_letter(piece: str) -> str:
    """*piece* with a capital at its first letter, past any quotation mark or bracket."""
    for n, character in enumerate(piece):
        if character.isalnum():
            return piece[:n] + character.upper() + piece[n + 1 :]
    return piece


title_case = language_function("title_case", _title_case)


# -------------------------------------------------------------------------------------------------------------------- lists


def _flat(items: tuple[Any, ...]) -> list[str]:
    """Texts and single things as they are, lists and the like item by item."""
    found: list[str] = []
    for item in items:
        if isinstance(item, str) or not _is_listing(item):
            found.append(str(item))
        else:
            found += [str(inner) for inner in item]
    return found


def _is_listing(item: Any) -> bool:
    return isinstance(item, Iterable) or (hasattr(item, "instanceName") and hasattr(item, "elements"))


def _comma_list(*items: Any, comma_string: str = ", ", **_: Any) -> str:
    """``lions, tigers, bears``"""
    return comma_string.join(_flat(items))


def _comma_and_list(
    *items: Any,
    and_string: str | None = None,
    comma_string: str = ", ",
    oxford: bool = True,
    before_and: str = " ",
    after_and: str = " ",
    **_: Any,
) -> str:
    """``lions, tigers, and bears``; *oxford* false leaves the last comma out."""
    texts = _flat(items)
    join = before_and + (word("and") if and_string is None else and_string) + after_and
    if len(texts) < 3:
        return join.join(texts)
    comma = "" if oxford is False else comma_string.strip()
    return comma_string.join(texts[:-1]) + comma + join + texts[-1]


def _romance_list(and_string: str) -> Speaker:
    """A list in a language that puts no comma before its last *and_string*."""

    def comma_and_list(*items: Any, **more: Any) -> str:
        more.setdefault("and_string", and_string)
        more.setdefault("oxford", False)
        return _comma_and_list(*items, **more)

    return comma_and_list


def _add_separators(
    *items: Any, separator: str = ";", last_separator: str | None = None, end_mark: str = ".", **_: Any
) -> list[str]:
    """The items with ``;`` after each, ``; and`` after the last but one and ``.`` after the last."""
    from engross.library.text import fix_punctuation

    texts = [text.rstrip() for text in _flat(items)]
    if not texts:
        return texts
    link = f"; {word('and')}" if last_separator is None else last_separator
    for n in range(len(texts) - 2):
        texts[n] = fix_punctuation(texts[n].rstrip(","), mark=separator)
    if len(texts) > 1 and not texts[-2].endswith(link):
        texts[-2] = texts[-2].rstrip(link[0]) + link
    texts[-1] = fix_punctuation(texts[-1], mark=end_mark)
    return texts


def _es_list(*items: Any, **more: Any) -> str:
    more.setdefault("and_string", "y")
    return _comma_and_list(*items, **more)


comma_list = language_function("comma_list", _comma_list)
comma_and_list = language_function(
    "comma_and_list", _comma_and_list, es=_es_list, fr=_romance_list("et"), pt=_romance_list("e")
)
add_separators = language_function("add_separators", _add_separators)


def _period_list(**_: Any) -> list[list[Any]]:
    """Periods for a field with choices, as ``[times a year, label]``."""
    periods = (
        (12, "Per Month"),
        (1, "Per Year"),
        (52, "Per Week"),
        (24, "Twice Per Month"),
        (26, "Every Two Weeks"),
    )
    return [[times, word(label)] for times, label in periods]


def _name_suffix(**_: Any) -> list[str]:
    """What may follow a last name."""
    return ["Jr", "Sr", "II", "III", "IV", "V", "VI"]


period_list = language_function("period_list", _period_list)
name_suffix = language_function("name_suffix", _name_suffix)


# ---------------------------------------------------------------------------------------------------------- nouns and verbs


def number_or_length(target: Any) -> float:
    """How many *target* means: itself, or its length; 2 for what is merely true, 1 for what is not."""
    if isinstance(target, (int, float)):
        return target
    if isinstance(target, (list, dict, set, tuple)) or isinstance(
        getattr(target, "elements", None), (list, dict, set)
    ):
        return len(target)
    return 2 if target else 1


def _singular(language: str) -> Speaker:
    def noun_singular(noun: Any, *quantity: Any, capitalize: bool = False, **_: Any) -> Any:
        """The singular; the noun as it is when the quantity is not one."""
        if quantity and number_or_length(quantity[0]) != 1:
            return noun
        return _capital(inflection.singular(str(noun), language), capitalize)

    return noun_singular


def _plural(language: str) -> Speaker:
    def noun_plural(
        noun: Any, *quantity: Any, noun_is_singular: bool = False, capitalize: bool = False, **_: Any
    ) -> str:
        """The plural; the singular when the quantity is one."""
        one = str(noun) if noun_is_singular else inflection.singular(str(noun), language)
        if quantity and number_or_length(quantity[0]) == 1:
            return one
        return _capital(inflection.plural(one, language), capitalize)

    return noun_plural


def _article(language: str) -> Speaker:
    def indefinite_article(noun: Any, capitalize: bool = False, **_: Any) -> str:
        """The noun with its indefinite article."""
        return _capital(f"{inflection.article(str(noun), language)} {noun}", capitalize)

    return indefinite_article


def _verb(language: str, default: str) -> Speaker:
    def verb(infinitive: Any, form: Any = default, *_: Any, capitalize: bool = False, **__: Any) -> str:
        """The verb in a form such as ``3sg`` or ``3sgp``."""
        return _capital(inflection.conjugate(str(infinitive), str(form), language), capitalize)

    return verb


_INFLECTED = ("es", "fr", "pt")
noun_singular = language_function(
    "noun_singular", _singular("en"), **{lang: _singular(lang) for lang in _INFLECTED}
)
noun_plural = language_function("noun_plural", _plural("en"), **{lang: _plural(lang) for lang in _INFLECTED})
indefinite_article = language_function(
    "indefinite_article", _article("en"), **{lang: _article(lang) for lang in _INFLECTED}
)
verb_present = language_function(
    "verb_present", _verb("en", "3sg"), **{lang: _verb(lang, "3sg") for lang in _INFLECTED}
)
verb_past = language_function(
    "verb_past", _verb("en", "3sgp"), **{lang: _verb(lang, "3sgp") for lang in _INFLECTED}
)


# ------------------------------------------------------------------------------------------------------------------ phrases


def _prefix(text: str) -> Speaker:
    """``the`` and the like: *text* before a word."""

    def phrase(the_word: Any, capitalize: bool = False, **_: Any) -> str:
        return _capital(text, capitalize) + str(the_word)

    return phrase


def _prefix_two(text: str) -> Speaker:
    """``does he have``: *text* before two words."""

    def phrase(one: Any, two: Any, capitalize: bool = False, **_: Any) -> str:
        return f"{_capital(text, capitalize)}{one} {two}"

    return phrase


def _said(text: str) -> Speaker:
    """A pronoun that stands alone, in whatever language there is a word for it."""

    def phrase(*_: Any, **more: Any) -> str:
        return word(text, **more)

    return phrase


def _speak_prefixes(term: str, maker: Callable[[str], Speaker], english: str) -> Speaker:
    others = vocabulary.PREFIXES.get(term, {})
    return language_function(term, maker(english), **{lang: maker(text) for lang, text in others.items()})


def _possessify(a: Any, b: Any, plural: bool = False, capitalize: bool = False, **_: Any) -> str:
    """``Ann's car``; with *plural* ``the plaintiffs' car``. A paper gets the typographic apostrophe."""
    apostrophe = "’" if surroundings().medium == "docx" else "'"
    return f"{_capital(str(a), capitalize)}{apostrophe}{'' if plural else 's'} {b}"


def _of(text: str) -> Speaker:
    def possessify(a: Any, b: Any, capitalize: bool = False, **_: Any) -> str:
        """``el coche de Ana``"""
        return f"{_capital(str(b), capitalize)} {text} {a}"

    return possessify


def _possessify_long(a: Any, b: Any, capitalize: bool = False, **_: Any) -> str:
    """``the name of the plaintiff``"""
    return f"{_capital('the', capitalize)} {b} of the {a}"


def _a_in_the_b(a: Any, b: Any, capitalize: bool = False, **_: Any) -> str:
    """``fish in the sea``"""
    return f"{_capital(str(a), capitalize)} in the {b}"


def _a_preposition_b(a: Any, b: Any, capitalize: bool = False, **_: Any) -> str:
    """``fish in the sea``, with the preposition that *a* asks for in its attribute ``preposition``."""
    preposition = word(getattr(a, "preposition", "in the"))
    return f"{_capital(str(a), capitalize)} {preposition} {b}"


possessify = language_function("possessify", _possessify, es=_of("de"), fr=_of("de"), pt=_of("de"))
possessify_long = language_function(
    "possessify_long", _possessify_long, es=_of("de"), fr=_of("de"), pt=_of("de")
)
a_in_the_b = language_function("a_in_the_b", _a_in_the_b)
a_preposition_b = language_function("a_preposition_b", _a_preposition_b)

in_the = _speak_prefixes("in_the", _prefix, "in the ")
of_the = _speak_prefixes("of_the", _prefix, "of the ")
the = _speak_prefixes("the", _prefix, "the ")
this = _speak_prefixes("this", _prefix, "this ")
these = _speak_prefixes("these", _prefix, "these ")
some = _speak_prefixes("some", _prefix, "some ")
her = _speak_prefixes("her", _prefix, "her ")
his = _speak_prefixes("his", _prefix, "his ")
its = _speak_prefixes("its", _prefix, "its ")
their = _speak_prefixes("their", _prefix, "their ")
your = _speak_prefixes("your", _prefix, "your ")
your_plural = _speak_prefixes("your_plural", _prefix, "your ")
my_possessive = _speak_prefixes("my_possessive", _prefix, "my ")
our_possessive = _speak_prefixes("our_possessive", _prefix, "our ")
is_word = _speak_prefixes("is_word", _prefix, "is ")
are_word = _speak_prefixes("are_word", _prefix, "are ")
do_i = _speak_prefixes("do_i", _prefix, "do I ")
do_we = _speak_prefixes("do_we", _prefix, "do we ")
do_you = _speak_prefixes("do_you", _prefix, "do you ")
do_you_plural = _speak_prefixes("do_you_plural", _prefix, "do you ")
did_i = _speak_prefixes("did_i", _prefix, "did I ")
did_we = _speak_prefixes("did_we", _prefix, "did we ")
did_you = _speak_prefixes("did_you", _prefix, "did you ")
did_you_plural = _speak_prefixes("did_you_plural", _prefix, "did you ")
was_i = _speak_prefixes("was_i", _prefix, "was I ")
were_we = _speak_prefixes("were_we", _prefix, "were we ")
were_you = _speak_prefixes("were_you", _prefix, "were you ")
were_you_plural = _speak_prefixes("were_you_plural", _prefix, "were you ")
have_i = _speak_prefixes("have_i", _prefix, "have I ")
have_we = _speak_prefixes("have_we", _prefix, "have we ")
have_you = _speak_prefixes("have_you", _prefix, "have you ")
have_you_plural = _speak_prefixes("have_you_plural", _prefix, "have you ")
does_a_b = _speak_prefixes("does_a_b", _prefix_two, "does ")
do_a_b = _speak_prefixes("do_a_b", _prefix_two, "do ")
did_a_b = _speak_prefixes("did_a_b", _prefix_two, "did ")
did_a_b_plural = _speak_prefixes("did_a_b_plural", _prefix_two, "did ")
was_a_b = _speak_prefixes("was_a_b", _prefix_two, "was ")
were_a_b = _speak_prefixes("were_a_b", _prefix_two, "were ")
were_a_b_plural = _speak_prefixes("were_a_b_plural", _prefix_two, "were ")
has_a_b = _speak_prefixes("has_a_b", _prefix_two, "has ")
have_a_b = _speak_prefixes("have_a_b", _prefix_two, "have ")

i_subjective = language_function("i_subjective", _said("I"))
he_subjective = language_function("he_subjective", _said("he"))
she_subjective = language_function("she_subjective", _said("she"))
genderless_subjective = language_function("genderless_subjective", _said("they"))
it_subjective = language_function("it_subjective", _said("it"))
they_subjective = language_function("they_subjective", _said("they"))
we_subjective = language_function("we_subjective", _said("we"))
you_subjective = language_function("you_subjective", _said("you"))
you_subjective_plural = language_function("you_subjective_plural", _said("you"))
me_objective = language_function("me_objective", _said("me"))
him_objective = language_function("him_objective", _said("him"))
her_objective = language_function("her_objective", _said("her"))
genderless_objective = language_function("genderless_objective", _said("them"))
it_objective = language_function("it_objective", _said("it"))
them_objective = language_function("them_objective", _said("them"))
us_objective = language_function("us_objective", _said("us"))
our_objective = language_function("our_objective", _said("our"))
you_objective = language_function("you_objective", _said("you"))
you_objective_plural = language_function("you_objective_plural", _said("you"))
myself = language_function("myself", _said("myself"))
himself = language_function("himself", _said("himself"))
herself = language_function("herself", _said("herself"))
itself = language_function("itself", _said("itself"))
genderless_self = language_function("genderless_self", _said("themself"))
themselves = language_function("themselves", _said("themselves"))
yourself = language_function("yourself", _said("yourself"))
yourselves = language_function("yourselves", _said("yourselves"))
ourselves = language_function("ourselves", _said("ourselves"))
am_i = language_function("am_i", _said("am I"))
are_we = language_function("are_we", _said("are we"))
are_you = language_function("are_you", _said("are you"))
are_you_plural = language_function("are_you_plural", _said("are you"))


def _salutation(
    indiv: Any, with_name: bool = False, with_name_and_punctuation: bool = False, **_: Any
) -> str:
    """``Ms.``, ``Dr.`` …, with the last name and ``:`` or ``,`` when asked."""
    title, by_gender = _title(indiv)
    if not (with_name or with_name_and_punctuation):
        return title
    if by_gender and indiv.gender not in ("male", "female"):
        text = str(indiv.name.full())
    else:
        text = f"{title} {indiv.name.last}"
    if not with_name_and_punctuation:
        return text
    return text + ("," if getattr(indiv, "is_friendly", False) else ":")


def _title(indiv: Any) -> tuple[str, bool]:
    """What to call *indiv*, and whether the gender decided it."""
    chosen = getattr(indiv, "salutation_to_use", None)
    suffix = getattr(getattr(indiv, "name", None), "suffix", None)
    if chosen is not None:
        return str(chosen), False
    if getattr(indiv, "is_doctor", False):
        return "Dr.", False
    if getattr(indiv, "is_judge", False):
        return "Judge", False
    if suffix in ("MD", "PhD"):
        return "Dr.", False
    if suffix == "J":
        return "Judge", False
    return ("Ms." if indiv.gender == "female" else "Mr."), True


salutation = language_function("salutation", _salutation)
