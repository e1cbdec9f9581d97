"""How nouns and verbs change: plural, singular, article, conjugation.

English nouns are the work of the ``inflect`` library. English verbs follow a table of the irregular ones and the rules of
spelling; Spanish, French and Portuguese have the regular rules and the commonest irregular verbs.
Forms are named as in docassemble: ``1sg 2sg 3sg pl part inf``, with ``p`` at the end for the past.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from engross.library.verbs import ENGLISH_IRREGULAR, ROMANCE_ENDINGS, ROMANCE_IRREGULAR

_VOWELS = "aeiou"


_IRREGULAR_EN = {
    "grandchild": "grandchildren", "great-grandchild": "great-grandchildren", "stepchild": "stepchildren",
    "step-child": "step-children", "grandchild-in-law": "grandchildren-in-law", "gentleman": "gentlemen",
    "passer-by": "passers-by", "passerby": "passersby", "ex-spouse": "ex-spouses", "ex-wife": "ex-wives",
}  # fmt: skip
"""Singular → plural, where inflect knows no better."""


def _as_it_is(function: Any = None, **_: Any) -> Any:
    """A decorator, with or without options, that changes nothing."""
    return function if function is not None else lambda given: given


@lru_cache(maxsize=1)
def _english() -> Any:
    """The engine of ``inflect``, made when first needed.

    inflect has typeguard rewrite its functions while it is imported, to check their arguments: 1.6 s of processor time, and a visitor
    waits for it. What comes from here is text; so it is imported without. Can go when inflect does without typeguard.
    """
    import typeguard

    check = typeguard.typechecked
    setattr(typeguard, "typechecked", _as_it_is)  # noqa: B010 - its type says it is always the same function
    try:
        import inflect
    finally:
        setattr(typeguard, "typechecked", check)  # noqa: B010
    engine = inflect.engine()
    engine.classical(names=False)
    return engine


@lru_cache(maxsize=4096)
def plural(noun: str, language: str = "en") -> str:
    """The plural of a singular *noun*; a phrase changes in its last word."""
    head, word = _last_word(noun)
    if not word:
        return noun
    if language == "en":
        if noun.isupper():  # FBI: FBIs, as docassemble writes it
            is_regular = len(noun) == 1 or plural(noun.lower()) == f"{noun.lower()}s"
            return f"{noun}s" if is_regular else plural(noun.lower()).upper()
        return head + _IRREGULAR_EN[word] if word in _IRREGULAR_EN else str(_english().plural_noun(noun))
    return head + _ROMANCE_PLURAL.get(language, _plural_es)(word)


@lru_cache(maxsize=4096)
def singular(noun: str, language: str = "en") -> str:
    """The singular of *noun*; itself when it is singular already."""
    head, word = _last_word(noun)
    if not word:
        return noun
    if language == "en":
        if word.lower().endswith(("ss", "us", "is")):  # class, campus, thesis: no plurals
            return noun
        known = next((one for one, many in _IRREGULAR_EN.items() if many == word), None)
        return head + known if known else str(_english().singular_noun(noun) or noun)
    return head + _ROMANCE_SINGULAR.get(language, _singular_es)(word)


def article(noun: str, language: str = "en") -> str:
    """The indefinite article of *noun*, without the noun."""
    if not noun.strip():
        return "a" if language == "en" else "un"
    if language == "en":
        return str(_english().a(noun.lower())).split(" ", 1)[0]
    feminine = {"es": ("una", "un"), "fr": ("une", "un"), "pt": ("uma", "um")}[language]
    word = noun.split()[0].lower()
    endings = (
        "a",
        "ción",
        "sión",
        "dad",
        "tad",
        "tud",
        "ez",
        "ção",
        "são",
        "dade",
        "tion",
        "sion",
        "té",
        "ée",
        "ette",
        "ence",
        "ance",
    )
    return feminine[0] if word.endswith(endings) else feminine[1]


@lru_cache(maxsize=4096)
def conjugate(verb: str, form: str, language: str = "en") -> str:
    """*verb*, in whatever form it comes, in *form*. A phrase changes in its first word."""
    first, space, rest = verb.partition(" ")
    changed = _conjugate_en(first, form) if language == "en" else _conjugate_romance(first, form, language)
    return changed + space + rest


# ------------------------------------------------------------------------------------------------------------------ English

_FORMS = {
    "1sgpres": "1sg", "2sgpres": "2sg", "3sgpres": "3sg", "1pl": "pl", "2pl": "pl", "3pl": "pl", "1ppl": "ppl",
    "2ppl": "ppl", "3ppl": "ppl", "p": "past", "pl": "pl", "infinitive": "inf", "3gp": "3sgp",
}  # fmt: skip
_BE = {
    "inf": "be", "1sg": "am", "2sg": "are", "3sg": "is", "pl": "are", "part": "being", "ppart": "been",
    "1sgp": "was", "2sgp": "were", "3sgp": "was", "ppl": "were", "past": "were",
}  # fmt: skip


def _conjugate_en(verb: str, form: str) -> str:
    form = _FORMS.get(form, form)
    base = _base_en(verb)
    if base == "be":
        return _BE.get(form, "be")
    past, participle = ENGLISH_IRREGULAR.get(base) or (_add_ed(base),) * 2
    match form:
        case "3sg":
            return _add_s(base)
        case "part":
            return _add_ing(base)
        case "ppart":
            return participle
        case "1sgp" | "2sgp" | "3sgp" | "ppl" | "past":
            return past
        case _:
            return base


@lru_cache(maxsize=1)
def _bases_en() -> dict[str, str]:
    """Every form of the irregular verbs → its base."""
    table = dict.fromkeys(("am", "are", "is", "was", "were", "been", "being"), "be")
    for base, (past, participle) in ENGLISH_IRREGULAR.items():
        for form in (past, participle, _add_s(base), _add_ing(base)):
            if form not in ENGLISH_IRREGULAR:
                table.setdefault(form, base)
    return table


def _base_en(verb: str) -> str:
    """The base of any form of *verb*."""
    lower = verb.lower()
    if lower == "be" or lower in ENGLISH_IRREGULAR:
        return verb
    known = _bases_en().get(lower)
    if known:
        return known
    if lower.endswith("ied") and len(lower) > 4:
        return verb[:-3] + "y"
    if (
        lower.endswith("ed")
        and len(lower) > 4
        and lower not in ("embed", "exceed", "proceed", "succeed", "need")
    ):
        return _stem(verb[:-2])
    if lower.endswith("ing") and len(lower) > 4 and any(letter in "aeiouy" for letter in lower[:-3]):
        return _stem(verb[:-3])
    if lower.endswith("ies") and len(lower) > 4:
        return verb[:-3] + "y"
    if lower.endswith(("sses", "shes", "ches", "xes", "zzes", "oes")):
        return verb[:-2]
    if lower.endswith("s") and not lower.endswith(("ss", "us", "is")):
        return verb[:-1]
    return verb


_NEEDS_E = (
    "at",
    "ut",
    "iz",
    "ys",
    "is",
    "bl",
    "cl",
    "gl",
    "pl",
    "tl",
    "dl",
    "fl",
    "c",
    "v",
    "u",
    "dg",
    "rg",
    "ng",
    "ar",
    "ir",
    "id",
    "us",
    "ag",
    "s",
)
_KEEPS = (
    "eat",
    "oat",
    "mit",
    "fit",
    "it",
    "ess",
    "iss",
    "oss",
    "ass",
    "uss",
    "ear",
    "oar",
    "ang",
    "ing",
    "ong",
    "ung",
    "aid",
    "ais",
    "ang",
)


def _stem(stem: str) -> str:
    """The base behind ``-ed`` and ``-ing``: undouble a consonant, or give the silent *e* back."""
    if len(stem) > 2 and stem[-1] == stem[-2] and stem[-1] not in "lsfz" + _VOWELS:
        return stem[:-1]
    if stem.endswith(_KEEPS):
        return stem
    if stem.endswith(_NEEDS_E):
        return stem + "e"
    if len(stem) > 2 and stem[-1] not in "wxy" + _VOWELS and stem[-2] in _VOWELS and stem[-3] not in _VOWELS:
        long_vowel = (
            "os",
            "ap",
            "ak",
            "ik",
            "ok",
            "as",
            "ut",
            "ot",
            "et",
            "in",
            "am",
            "im",
            "om",
            "ad",
            "od",
            "il",
            "ip",
            "op",
            "ur",
            "or",
        )
        return stem + "e" if len(_syllables(stem)) == 1 and stem.endswith(long_vowel) else stem
    return stem


def _syllables(word: str) -> list[str]:
    groups: list[str] = []
    for before, letter in zip(" " + word, word, strict=False):
        if letter in "aeiouy" and before not in "aeiouy":
            groups.append(letter)
    return groups


def _add_s(base: str) -> str:
    irregular = {"have": "has", "do": "does", "go": "goes"}
    if base in irregular:
        return irregular[base]
    if base.endswith(("s", "sh", "ch", "x", "z", "o")):
        return base + "es"
    if base.endswith("y") and base[-2:-1] not in _VOWELS:
        return base[:-1] + "ies"
    return base + "s"


def _add_ed(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2:-1] not in _VOWELS:
        return base[:-1] + "ied"
    return _doubled(base) + "ed"


def _add_ing(base: str) -> str:
    if base.endswith("ie"):
        return base[:-2] + "ying"
    if base.endswith("e") and not base.endswith(("ee", "oe", "ye")):
        return base[:-1] + "ing"
    return _doubled(base) + "ing"


_STRESSED_LAST = ("fer", "mit", "cur", "pel", "bel", "gin", "get", "ter", "tol")
_NOT_DOUBLED = (
    "enter",
    "alter",
    "offer",
    "suffer",
    "differ",
    "utter",
    "matter",
    "limit",
    "target",
    "budget",
    "better",
    "water",
    "litter",
    "label",
    "register",
    "counter",
    "center",
    "master",
    "filter",
)


def _doubled(base: str) -> str:
    """*base* with its last consonant twice where the spelling wants it: ``stop``, ``prefer``, not ``open``."""
    closed = (
        len(base) > 2 and base[-1] not in "wxyh" + _VOWELS and base[-2] in _VOWELS and base[-3] not in _VOWELS
    )
    closed = closed or base.endswith(("quit", "quip"))
    stressed = len(_syllables(base)) == 1 or (base.endswith(_STRESSED_LAST) and base not in _NOT_DOUBLED)
    return base + base[-1] if closed and stressed else base


# ------------------------------------------------------------------------------------------- Spanish, French and Portuguese


def _plural_es(word: str) -> str:
    if word.endswith(("s", "x")) and not word.endswith(("és", "ás", "ís", "ós", "ús")):
        return word
    if word.endswith("z"):
        return word[:-1] + "ces"
    for accented, plain in (
        ("ón", "on"),
        ("án", "an"),
        ("én", "en"),
        ("ín", "in"),
        ("és", "es"),
        ("ás", "as"),
    ):
        if word.endswith(accented):
            return word[:-2] + plain + "es"
    return word + ("s" if word[-1] in "aeiouáéó" else "es")


def _singular_es(word: str) -> str:
    if word.endswith("ces"):
        return word[:-3] + "z"
    if word.endswith("iones"):
        return word[:-4] + "ón"
    if word.endswith("es") and len(word) > 4 and word[-3] in "rlndj":
        return word[:-2]
    return word[:-1] if word.endswith("s") and word[-2:-1] in "aeiouáéó" and len(word) > 3 else word


def _plural_fr(word: str) -> str:
    if word.endswith(("s", "x", "z")):
        return word
    if word.endswith("al") and word not in ("bal", "carnaval", "festival", "récital"):
        return word[:-2] + "aux"
    return word + ("x" if word.endswith(("eau", "au", "eu")) else "s")


def _singular_fr(word: str) -> str:
    if word.endswith("eaux"):
        return word[:-1]
    if word.endswith("aux"):
        return word[:-3] + "al"
    if word.endswith("eux") or word in ("mois", "fois", "pays", "temps", "cas", "fils", "procès", "avis"):
        return word
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def _plural_pt(word: str) -> str:
    for ending, replacement in (
        ("ão", "ões"),
        ("m", "ns"),
        ("al", "ais"),
        ("el", "eis"),
        ("ol", "ois"),
        ("il", "is"),
    ):
        if word.endswith(ending):
            return word[: -len(ending)] + replacement
    if word.endswith(("r", "z")):
        return word + "es"
    if word.endswith("ês"):
        return word[:-2] + "eses"
    return word if word.endswith(("s", "x")) else word + "s"


def _singular_pt(word: str) -> str:
    for ending, replacement in (
        ("ões", "ão"),
        ("ais", "al"),
        ("eis", "el"),
        ("ois", "ol"),
        ("ns", "m"),
        ("eses", "ês"),
    ):
        if word.endswith(ending):
            return word[: -len(ending)] + replacement
    if word.endswith(("res", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and len(word) > 3 and word[-2] in "aeiouáéíóúã" else word


_ROMANCE_PLURAL = {"es": _plural_es, "fr": _plural_fr, "pt": _plural_pt}
_ROMANCE_SINGULAR = {"es": _singular_es, "fr": _singular_fr, "pt": _singular_pt}
_PERSONS = {"1sg": 0, "2sg": 1, "3sg": 2, "1pl": 3, "2pl": 4, "3pl": 5, "pl": 5}
_PAST_PERSONS = {"1sgp": 0, "2sgp": 1, "3sgp": 2, "1ppl": 3, "2ppl": 4, "3ppl": 5, "ppl": 5}


def _conjugate_romance(verb: str, form: str, language: str) -> str:
    """An infinitive in *form*; anything but an infinitive comes back as it is."""
    past = form in _PAST_PERSONS
    person = _PAST_PERSONS[form] if past else _PERSONS.get(form)
    if person is None:
        return verb
    tense = "past" if past else "present"
    irregular = ROMANCE_IRREGULAR[language].get(verb, {}).get(tense)
    if irregular:
        return irregular[person]
    for ending, tenses in ROMANCE_ENDINGS[language].items():
        if verb.endswith(ending):
            return verb[: -len(ending)] + tenses[tense][person]
    return verb


def _last_word(noun: str) -> tuple[str, str]:
    """*noun* cut before its last word."""
    cut = noun.rfind(" ") + 1
    return noun[:cut], noun[cut:]
