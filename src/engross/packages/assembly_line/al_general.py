"""People and addresses as court forms ask for them: ``ALIndividual``, ``ALPeopleList``, ``ALAddress``.

Names, arguments and what they give are AssemblyLine's. Labels come from the YAML of this package (``x.first_name_label`` …), so that
an interview can change or translate them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

import pycountry

from engross.library.actions import url_action
from engross.library.asking import showifdef, validation_error, value
from engross.library.collections import DADict, DAList
from engross.library.dates import date_difference
from engross.library.geography import (
    country_name,
    phone_number_formatted,
    phone_number_is_valid,
    state_name,
    states_list,
    subdivision_type,
)
from engross.library.locales import get_config, get_country
from engross.library.objects import has, medium
from engross.library.people import Address, Individual, IndividualName
from engross.library.words import (
    capitalize,
    comma_and_list,
    comma_list,
    ensure_definition,
    her,
    his,
    its,
    their,
    word,
)

__all__ = [
    "ALAddress",
    "ALAddressList",
    "ALIndividual",
    "ALNameList",
    "ALPeopleList",
    "Abuser",
    "AddressList",
    "Applicant",
    "HousingAuthority",
    "Landlord",
    "PeopleList",
    "Survivor",
    "Tenant",
    "VCIndividual",
    "filter_letters",
    "get_visible_al_nav_items",
    "has_parsable_pronouns",
    "is_phone_or_email",
    "is_sms_enabled",
    "language_name",
    "parse_custom_pronouns",
    "safe_subdivision_type",
    "section_links",
    "will_send_to_real_court",
]

FieldData = dict[str, Any]
"""A field as ``fields: {code: …}`` takes it."""
Choices = list[Any] | Callable[[], list[Any]] | None

_FORMS: dict[str, dict[str, str]] = {
    "she/her/hers": {"subject": "she", "object": "her", "self": "herself"},
    "he/him/his": {"subject": "he", "object": "him", "self": "himself"},
    "they/them/theirs": {"subject": "they", "object": "them", "self": "themself"},
    "ze/zir/zirs": {"subject": "ze", "object": "zir", "self": "zirself"},
}
_GENDERS = {"female": "she/her/hers", "male": "he/him/his"}
_THING = {"subject": "it", "object": "it", "self": "itself"}
_BUSINESS = ("business", "organization")


def _finished(
    fields: list[FieldData],
    prefix: str,
    maxlengths: dict[str, int] | None,
    required: dict[str, bool] | None,
) -> list[FieldData]:
    """*fields* with lengths and requirements, whose keys may leave out *prefix*."""

    def whole(name: str) -> str:
        return name if name.startswith(prefix) else prefix + name

    for key, given in (("maxlength", maxlengths), ("required", required)):
        named = {whole(name): setting for name, setting in (given or {}).items()}
        for field in fields:
            if field["field"] in named:
                field[key] = named[field["field"]]
    return fields


def _listed(choices: Choices, otherwise: Callable[[], list[Any]]) -> list[Any]:
    """Choices that were given, as a list or by a function, or the usual ones."""
    found = choices or otherwise()
    return found() if callable(found) else found


def safe_subdivision_type(country_code: str) -> str | None:
    """What a part of the country is called (*state*, *province*), or None when nobody knows."""
    try:
        return str(subdivision_type(country_code))
    except (KeyError, LookupError, ValueError, AttributeError):
        return None


class ALAddress(Address):
    """An address that may be confidential (``impounded``) or missing (``has_no_address``)."""

    def address_fields(
        self,
        country_code: str | None = None,
        default_state: str | None = None,
        show_country: bool = False,
        show_county: bool = False,
        show_if: str | dict[str, str] | None = None,
        allow_no_address: bool = False,
        ask_if_impounded: bool | None = False,
        maxlengths: dict[str, int] | None = None,
        required: dict[str, bool] | None = None,
    ) -> list[FieldData]:
        """The fields that ask for an address, in the words of the country."""
        if country_code and country_code != get_country() and not show_country:
            self.country = country_code
        country = showifdef(self.attr_name("country"), None) or country_code or get_country()
        fields = self._no_address_fields() if allow_no_address else []
        hidden = {"hide if": self.attr_name("has_no_address")} if allow_no_address else {}
        fields += [
            {
                "label": str(self.address_label),
                "address autocomplete": bool((get_config("google") or {}).get("google maps api key")),
                "field": self.attr_name("address"),
                **hidden,
            },
            {"label": str(self.unit_label), "field": self.attr_name("unit"), "required": False, **hidden},
            {"label": str(self.city_label), "field": self.attr_name("city")},
        ]
        state = {"field": self.attr_name("state"), "default": default_state or ""}
        if country and not show_country:
            fields.append({"label": str(self.state_label), "code": f"states_list(country_code={country!r})", **state})
        else:
            fields.append({"label": str(self.state_or_province_label), **state})
        zip_label = self.zip_label if country == "US" and not show_country else self.postal_code_label
        fields.append({"label": str(zip_label), "field": self.attr_name("zip"), "required": False, **hidden})
        if show_county:
            fields.append({"label": str(self.county_label), "field": self.attr_name("county"), "required": False})
        if show_country:
            fields.append(
                {
                    "label": str(self.country_label),
                    "field": self.attr_name("country"),
                    "required": False,
                    "code": "countries_list()",
                    "default": country,
                }
            )
        if show_if and not allow_no_address:
            for field in fields:
                field["show if"] = show_if
        if ask_if_impounded:
            fields.append(
                {"label": str(self.impounded_label), "field": self.attr_name("impounded"), "datatype": "yesno"}
            )
        return _finished(fields, self.attr_name(""), maxlengths, required)

    def _no_address_fields(self) -> list[FieldData]:
        return [
            {
                "label": str(self.has_no_address_label),
                "field": self.attr_name("has_no_address"),
                "datatype": "yesno",
            },
            {
                "label": str(self.has_no_address_explanation_label),
                "field": self.attr_name("has_no_address_explanation"),
                "datatype": "area",
                "rows": 2,
                "help": str(self.has_no_address_explanation_help),
                "show if": self.attr_name("has_no_address"),
                "required": False,
            },
        ]

    # ---- lines

    def formatted_unit(self, language: str | None = None, require: bool = False, bare: bool = False) -> str:
        """``Unit 5``; with *bare* the unit as it was typed."""
        if bare and has(self, "unit") and self.unit not in (None, ""):
            return str(self.unit)
        return super().formatted_unit(language=language, require=require)

    def _withheld(self, show_impounded: bool) -> bool:
        return not show_impounded and has(self, "impounded") and bool(self.impounded)

    def _explained(self) -> str | None:
        """What stands in the place of the street for somebody without an address."""
        if has(self, "has_no_address") and self.has_no_address and has(self, "has_no_address_explanation"):
            return str(self.has_no_address_explanation)
        return None

    def _place(self, long_state: bool) -> str:
        """``Springfield, MA 01101``; US postal codes have five digits at least."""
        line = str(self.city)
        if has(self, "state") and self.state:
            line += f", {self.state_name() if long_state else self.state}"
        code = self.zip if has(self, "zip") and self.zip else None
        if code:
            country = self.country if has(self, "country") else get_country()
            return f"{line} {str(code).zfill(5) if country == 'US' else code}"
        if has(self, "postal_code") and self.postal_code:
            return f"{line} {self.postal_code}"
        return line

    def block(
        self,
        language: str | None = None,
        international: bool = False,
        show_country: bool | None = None,
        bare: bool = False,
        long_state: bool = False,
        show_impounded: bool = False,
    ) -> str:
        """The address in lines."""
        from engross.library.people import line_break

        if self._withheld(show_impounded):
            return str(self.impounded_output_label)
        explanation = self._explained()
        if explanation is not None:
            return line_break().join([explanation, str(self.city), str(self.state)])
        lines = []
        if self.city_only is False:
            lines.append(self._street())
            lines.append(self.formatted_unit(language=language, bare=bare))
        lines += [self._sublocality(), self._place(long_state)]
        if self._shows_country(True if international else show_country):
            lines.append(country_name(self._get_country()))
        return line_break().join(line for line in lines if line)

    def line_one(self, language: str | None = None, bare: bool = False, show_impounded: bool = False) -> str:
        """Street and unit."""
        if self._withheld(show_impounded):
            return str(self.impounded_output_label)
        explanation = self._explained()
        if explanation is not None:
            return explanation
        if self.city_only:
            return ""
        return ", ".join(filter(None, [self._street(), self.formatted_unit(language=language, bare=bare)]))

    def line_two(self, language: str | None = None, long_state: bool = False, show_impounded: bool = False) -> str:
        """City, state and postal code."""
        if self._withheld(show_impounded):
            return str(self.impounded_output_label)
        return ", ".join(filter(None, [self._sublocality(), self._place(long_state)]))

    def on_one_line(
        self,
        include_unit: bool = True,
        omit_default_country: bool = True,
        language: str | None = None,
        show_country: bool | None = None,
        bare: bool = False,
        long_state: bool = False,
        show_impounded: bool = False,
    ) -> str:
        """The address on one line."""
        if self._withheld(show_impounded):
            return str(self.impounded_output_label)
        explanation = self._explained()
        if explanation is not None:
            return f"{explanation}, {self.city} {self.state}"
        parts = []
        if self.city_only is False:
            parts.append(self._street())
            parts.append(self.formatted_unit(language=language, bare=bare) if include_unit else "")
        sublocality = self._sublocality()
        if not (has(self, "street_number") and self.street_number == sublocality):
            parts.append(sublocality)
        parts.append(self._place(long_state))
        if self._shows_country(show_country, omit_default_country):
            parts.append(country_name(self._get_country()))
        return ", ".join(filter(None, parts))

    def normalized_address(self) -> Any:
        """The address as the map service writes it, or as it is."""
        self.geocode()
        return self.norm_long if self.was_geocoded_successfully() and has(self, "norm_long") else self

    def state_name(self, country_code: str | None = None) -> str:
        """The state's whole name."""
        own = self.country if has(self, "country") and isinstance(self.country, str) and len(self.country) == 2 else None
        for country in (country_code, own, None):
            try:
                return str(state_name(self.state, country_code=country) if country else state_name(self.state))
            except (KeyError, LookupError, ValueError, AttributeError):
                continue
        return str(self.state)


class ALAddressList(DAList):
    """Addresses."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        super().init(*pargs, **kwargs)
        self.object_type = ALAddress

    def __str__(self) -> str:
        return str(comma_and_list([item.on_one_line() for item in self]))


class ALNameList(DAList):
    """Names that somebody has, or had."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        super().init(*pargs, **kwargs)
        self.object_type = IndividualName

    def __str__(self) -> str:
        return str(comma_list(self))


class ALPeopleList(DAList):
    """People, or people and businesses."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        super().init(*pargs, **kwargs)
        self.object_type = ALIndividual

    def names_and_addresses_on_one_line(self, comma_string: str = "; ", bare: bool = False) -> str:
        """Each name with its address."""
        said = [
            f"{person}, {person.address.on_one_line(bare=bare) if isinstance(person.address, ALAddress) else person.address.on_one_line()}"
            for person in self
        ]
        return str(comma_and_list(said, comma_string=comma_string))

    def familiar(self, unique_names: list[Any] | None = None, default: str | None = None) -> str:
        """First names, as far as they tell people apart."""
        return str(comma_and_list(self._familiar_names(unique_names, default)))

    def familiar_or(self, unique_names: list[Any] | None = None, default: str | None = None) -> str:
        """First names, with *or* before the last."""
        return str(comma_and_list(self._familiar_names(unique_names, default), and_string=word("or")))

    def _familiar_names(self, unique_names: list[Any] | None, default: str | None) -> list[str]:
        return [person.familiar(unique_names=unique_names, default=default) for person in self]

    def short_list(self, limit: int, truncate_string: str = ", et al.") -> str:
        """The first *limit* names, and that there are more."""
        if len(self) > limit:
            return str(comma_and_list(self[:limit])) + truncate_string
        return str(comma_and_list(self))

    def full_names(self, comma_string: str = ", ", and_string: str | None = None) -> str:
        """Names with whole middle names."""
        names = [
            person.name_full() if isinstance(person, ALIndividual) else person.name.full(middle="full") for person in self
        ]
        return str(comma_and_list(names, comma_string=comma_string, and_string=and_string or word("and")))

    def pronoun_reflexive(self, **kwargs: Any) -> str:
        """``herself``, ``themselves``, ``yourselves``."""
        person = str(kwargs.get("person", self.get_point_of_view()))
        if self.number_gathered() == 1:
            said = self[0].pronoun_reflexive(**kwargs) if isinstance(self[0], ALIndividual) else word("itself")
        elif self.number_gathered() > 1 and person in ("1", "1p"):
            said = word("ourselves")
        elif self.number_gathered() > 1 and person in ("2", "2p"):
            said = word("yourselves")
        else:
            said = word("themselves")
        return str(capitalize(said)) if kwargs.get("capitalize") else str(said)


class ALIndividual(Individual):
    """A person, or a business in the same list."""

    child_letters: str

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        super().init(*pargs, **kwargs)
        if not isinstance(self.__dict__.get("address"), ALAddress):
            self.reInitializeAttribute("address", ALAddress)
        for name, kind in (
            ("previous_addresses", ALAddressList),
            ("other_addresses", ALAddressList),
            ("mailing_address", ALAddress),
            ("service_address", ALAddress),
            ("previous_names", ALNameList),
            ("aliases", ALNameList),
            ("preferred_name", IndividualName),
        ):
            if name not in self.__dict__:
                self.initializeAttribute(name, kind)

    # ---- papers

    def signature_if_final(self, i: str) -> Any:
        """The signature in the final version, nothing in others; asks for it only then."""
        return self.signature if i == "final" else ""

    @property
    def is_business(self) -> bool:
        """Whether this is no human being."""
        return has(self, "person_type") and self.person_type in _BUSINESS

    # ---- reaching the person

    def phone_numbers(self, country: str | None = None, show_impounded: bool = False) -> str:
        """The telephone numbers, each with its kind when there are several."""
        numbers = []
        for name, kind in (
            ("mobile_number", "cell"),
            ("phone_number", "other"),
            ("work_number", "work"),
            ("other_number", "other"),
            ("home_number", "home"),
        ):
            if has(self, name) and getattr(self, name):
                typed = getattr(self, name)
                numbers.append((phone_number_formatted(typed, country=country) or str(typed), kind))
        if not numbers:
            return ""
        if not show_impounded and has(self, "phone_impounded") and self.phone_impounded:
            return str(self.impounded_phone_output_label)
        if len(numbers) == 1:
            return str(numbers[0][0])
        return str(comma_list([f"{number} ({kind})" for number, kind in numbers]))

    def contact_methods(self) -> str:
        """Telephone, e-mail and other ways, with *or* between."""
        methods = []
        if self.phone_numbers():
            methods.append(f"{self.phone_number_contact_label} {self.phone_numbers()}")
        if has(self, "email") and self.email:
            methods.append(f"{self.email_contact_label} {self.email}")
        if has(self, "other_contact_method") and self.other_contact_method:
            methods.append(f"{self.other_contact_method_label} {self.other_contact_method}")
        return str(comma_and_list(methods, and_string=word("or")))

    def contact_fields(self) -> None:
        """Not made yet; kept because AssemblyLine has it."""

    def address_block(
        self,
        language: str | None = None,
        international: bool = False,
        show_country: bool | None = False,
        bare: bool = False,
        show_impounded: bool = False,
    ) -> str:
        """Name and address in lines; in a DOCX the address only, because its paragraph has the name."""
        block = (
            self.address.block(
                language=language,
                international=international,
                show_country=show_country,
                bare=bare,
                show_impounded=show_impounded,
            )
            if isinstance(self.address, ALAddress)
            else self.address.block(language=language, international=international, show_country=show_country)
        )
        return block if medium() == "docx" else f"[FLUSHLEFT] {self.name_full()} [NEWLINE] {block}"

    def normalized_address(self) -> Any:
        """The address as the map service writes it, or as it is."""
        return self.address.normalized_address()

    # ---- small facts

    def merge_letters(self, new_letters: str) -> None:
        """Add to ``child_letters``, each letter once."""
        known = self.child_letters if has(self, "child_letters") else ""
        self.child_letters = filter_letters([new_letters, known])

    def formatted_age(self) -> str:
        """``3 years``, ``5 months``, ``9 weeks`` or ``4 days``."""
        since = date_difference(self.birthdate)
        if since.years >= 2:
            return f"{int(since.years)} years"
        if since.weeks > 12:
            return f"{int(since.years * 12.0)} months"
        if since.weeks > 2:
            return f"{int(since.weeks)} weeks"
        return f"{int(since.days)} days"

    @property
    def initials(self) -> str:
        """``ABC``"""
        return "".join(getattr(self.name, part)[:1] for part in ("first", "middle", "last") if has(self.name, part))

    def language_name(self) -> str:
        """The name of the language the person speaks."""
        return str(self.language_other) if self.language == "other" else language_name(self.language)

    # ---- fields

    def name_fields(
        self,
        person_or_business: str = "person",
        show_suffix: bool = True,
        show_title: bool = False,
        title_choices: Choices = None,
        show_if: str | dict[str, str] | None = None,
        maxlengths: dict[str, int] | None = None,
        suffix_choices: Choices = None,
        title_options: Choices = None,
        required: dict[str, bool] | None = None,
    ) -> list[FieldData]:
        """The fields that ask for a name. *person_or_business*: ``person``, ``business`` or ``unsure``, which asks."""
        prefix = self.attr_name("name.")
        first: FieldData = {}
        business: FieldData = {}
        if person_or_business != "business":
            first = {"label": str(self.first_name_label), "field": f"{prefix}first"}
        if person_or_business != "person":
            business = {"label": str(self.business_name_label), "field": f"{prefix}first"}
        fields: list[FieldData] = [business]
        if person_or_business != "business":
            fields = [
                first,
                {"label": str(self.middle_name_label), "field": f"{prefix}middle", "required": False},
                {"label": str(self.last_name_label), "field": f"{prefix}last"},
            ]
            if show_suffix:
                suffixes = _listed(suffix_choices, lambda: value("al_name_suffixes"))
                fields.append(
                    {
                        "label": str(self.suffix_label),
                        "field": f"{prefix}suffix",
                        "choices": suffixes,
                        "required": False,
                    }
                )
            if show_title and person_or_business == "person":
                titles = _listed(title_choices or title_options, lambda: value("al_name_titles"))
                fields.insert(
                    0,
                    {
                        "label": str(self.name_title_label),
                        "field": f"{prefix}title",
                        "choices": titles,
                        "required": False,
                    },
                )
        if person_or_business in ("person", "business"):
            for field in fields if show_if else []:
                field["show if"] = show_if
            return _finished(fields, prefix, maxlengths, required)
        kind = self.attr_name("person_type")
        for field in fields:
            field["show if"] = {"variable": kind, "is": "ALIndividual"}
        asks: FieldData = {
            "label": str(self.person_type_label),
            "field": kind,
            "choices": [
                {str(self.individual_choice_label): "ALIndividual"},
                {str(self.business_choice_label): "business"},
            ],
            "input type": "radio",
            "required": True,
        }
        if show_if:
            asks["show if"] = show_if
        fields = [asks, *fields, {**business, "show if": {"variable": kind, "is": "business"}}]
        return _finished(fields, prefix, maxlengths, required)

    def address_fields(
        self,
        country_code: str = "US",
        default_state: str | None = None,
        show_country: bool = False,
        show_county: bool = False,
        show_if: str | dict[str, str] | None = None,
        allow_no_address: bool = False,
        ask_if_impounded: bool = False,
        maxlengths: dict[str, int] | None = None,
        required: dict[str, bool] | None = None,
    ) -> list[FieldData]:
        """The fields that ask for the address."""
        fields: list[FieldData] = self.address.address_fields(
            country_code=country_code,
            default_state=default_state,
            show_country=show_country,
            show_county=show_county,
            show_if=show_if,
            allow_no_address=allow_no_address,
            ask_if_impounded=ask_if_impounded,
            maxlengths=maxlengths,
            required=required,
        )
        return fields

    def gender_fields(
        self,
        show_help: bool = False,
        show_if: str | dict[str, str] | None = None,
        maxlengths: dict[str, int] | None = None,
        choices: Choices = None,
        required: dict[str, bool] | None = None,
    ) -> list[FieldData]:
        """The fields that ask for the gender."""
        field = self.attr_name("gender")

        def usual() -> list[Any]:
            return [
                {str(self.gender_female_label): "female"},
                {str(self.gender_male_label): "male"},
                {str(self.gender_nonbinary_label): "nonbinary"},
                {str(self.gender_prefer_not_to_say_label): "prefer-not-to-say"},
                {str(self.gender_prefer_self_described_label): "self-described"},
                {str(self.gender_unknown_label): "unknown"},
            ]

        asks: FieldData = {"label": str(self.gender_label), "field": field, "choices": _listed(choices, usual)}
        own_words: FieldData = {
            "label": str(self.gender_self_described_label),
            "field": field,
            "show if": {"variable": field, "is": "self-described"},
        }
        if show_help:
            asks["help"] = str(self.gender_help_text)
        if show_if:
            asks["show if"] = show_if
        return _finished([asks, own_words], self.attr_name(""), maxlengths, required)

    def pronoun_fields(
        self,
        show_help: bool = False,
        show_if: str | dict[str, str] | None = None,
        required: bool | dict[str, bool] = False,
        shuffle: bool = False,
        show_unknown: str | bool | None = "guess",
        maxlengths: dict[str, int] | None = None,
        choices: list[Any] | None = None,
    ) -> list[FieldData]:
        """The fields that ask for pronouns. *show_unknown* ``guess``: "unknown" is offered for everybody but the first user."""
        offered = list(_listed(choices, lambda: value("al_pronoun_choices")))
        if shuffle:
            random.shuffle(offered)
        offered.append({str(self.pronoun_prefer_self_described_label): "self-described"})
        if show_unknown is True or (show_unknown == "guess" and self.instanceName != "users[0]"):
            offered.append({str(self.pronoun_unknown_label): "unknown"})
        asks: FieldData = {
            "label": str(self.pronouns_label),
            "field": self.attr_name("pronouns"),
            "datatype": "checkboxes",
            "choices": offered,
            "none of the above": str(self.pronoun_prefer_not_to_say_label),
            "required": required if isinstance(required, bool) else False,
        }
        own_words = {
            "label": str(self.pronoun_self_described_label),
            "field": self.attr_name("pronouns_self_described"),
            "show if": self.attr_name("pronouns['self-described']"),
        }
        if show_help:
            asks["help"] = str(self.pronouns_help_text)
        if show_if:
            asks["show if"] = show_if
        return _finished([asks, own_words], self.attr_name(""), maxlengths, required if isinstance(required, dict) else None)

    def language_fields(
        self,
        choices: Choices = None,
        style: str = "radio",
        show_if: str | dict[str, str] | None = None,
        maxlengths: dict[str, int] | None = None,
        required: dict[str, bool] | None = None,
    ) -> list[FieldData]:
        """The fields that ask for the language."""
        asks: FieldData = {
            "label": str(self.language_label),
            "field": self.attr_name("language"),
            "choices": _listed(choices, lambda: [{"English": "en"}, {"Spanish": "es"}, {"Other": "other"}]),
        }
        other = {
            "label": str(self.language_other_label),
            "field": self.attr_name("language_other"),
            "show if": {"variable": self.attr_name("language"), "is": "other"},
        }
        if style == "radio":
            asks["input type"] = "radio"
        if show_if:
            asks["show if"] = show_if
        return _finished([asks, other], self.attr_name(""), maxlengths, required)

    # ---- gender

    @property
    def gender_male(self) -> bool:
        """Whether the gender is male."""
        return str(self.gender).lower() == "male"

    @property
    def gender_female(self) -> bool:
        """Whether the gender is female."""
        return str(self.gender).lower() == "female"

    @property
    def gender_other(self) -> bool:
        """Whether the gender is neither male nor female."""
        return self.gender not in ("male", "female")

    @property
    def gender_nonbinary(self) -> bool:
        """Whether the gender is nonbinary."""
        return str(self.gender).lower() == "nonbinary"

    @property
    def gender_unknown(self) -> bool:
        """Whether the gender is not known."""
        return str(self.gender).lower() == "unknown"

    @property
    def gender_undisclosed(self) -> bool:
        """Whether the person prefers not to say."""
        return str(self.gender).lower() == "prefer-not-to-say"

    @property
    def gender_self_described(self) -> bool:
        """Whether the gender is in the person's own words."""
        return self.gender not in ("prefer-not-to-say", "male", "female", "unknown", "nonbinary")

    # ---- pronouns

    def get_pronouns(self) -> set[str]:
        """The pronouns the person uses."""
        if isinstance(self.pronouns, str):
            return {self.pronouns}
        if self.pronouns.all_false():
            return {str(self.pronoun_prefer_not_to_say_label)}
        chosen = set(self.pronouns.true_values()) - {"self-described"}
        if self.pronouns.get("self-described"):
            chosen |= set(str(self.pronouns_self_described).splitlines())
        return chosen

    def list_pronouns(self) -> str:
        """The pronouns, in alphabetical order."""
        return str(comma_list(sorted(self.get_pronouns())))

    def _chosen_pronouns(self) -> list[str]:
        """What was chosen, in order; own words in the place of ``self-described``."""
        if isinstance(self.pronouns, str):
            return [self.pronouns.lower()]
        chosen = self.pronouns.true_values() if isinstance(self.pronouns, DADict) else []
        return [str(self.pronouns_self_described) if item == "self-described" else item for item in chosen]

    def _pronouns_in(self, form: str, said: Callable[[str], str]) -> str | None:
        """Each chosen pronoun in a form, with slashes between; None when nothing usable was chosen."""
        found = []
        for item in self._chosen_pronouns():
            if item in _FORMS:
                found.append(said(item))
            elif has_parsable_pronouns(item):
                own = parse_custom_pronouns(item)
                found.append(own["s"] if form == "subject" else own["o"] + (word("self") if form == "self" else ""))
        return "/".join(found) or None

    def _said(self, form: str, kwargs: dict[str, Any], otherwise: Callable[[], str]) -> str:
        """A pronoun: by the chosen pronouns, by the kind of person, by gender, or *otherwise*."""
        if self.is_user():
            said = str(word("yourself" if form == "self" else "you"))
        elif has(self, "pronouns") and self.pronouns:
            said = self._pronouns_in(form, lambda item: str(word(_FORMS[item][form]))) or otherwise()
        elif self.is_business:
            said = str(word(_THING[form]))
        elif has(self, "gender"):
            said = str(word(_FORMS[_GENDERS.get(str(self.gender).lower(), "they/them/theirs")][form]))
        else:
            said = otherwise()
        return str(capitalize(said)) if kwargs.get("capitalize") else said

    def _speaks_of_itself(self, kwargs: dict[str, Any]) -> bool:
        return str(kwargs.get("person", self.get_point_of_view())) in ("1", "1p", "2", "2p")

    def pronoun(self, **kwargs: Any) -> str:
        """``her``, ``them``, ``you`` …; the name when nothing is known."""
        if self._speaks_of_itself(kwargs):
            return super().pronoun(**kwargs)
        default = kwargs.pop("default", None)
        return self._said("object", kwargs, lambda: str(default if default is not None else self.name_full()))

    def pronoun_objective(self, **kwargs: Any) -> str:
        """The same as ``pronoun``."""
        return self.pronoun(**kwargs)

    def pronoun_subjective(self, **kwargs: Any) -> str:
        """``she``, ``they``, ``you`` …"""
        if self._speaks_of_itself(kwargs):
            return super().pronoun_subjective(**kwargs)
        default = kwargs.pop("default", None)
        return self._said("subject", kwargs, lambda: str(default if default is not None else self.name_full()))

    def pronoun_reflexive(self, **kwargs: Any) -> str:
        """``herself``, ``themself``, ``yourself`` …"""
        own = {"1": "myself", "1p": "ourselves", "2": "yourself", "2p": "yourselves"}
        person = str(kwargs.get("person", self.get_point_of_view()))
        if person in own:
            return str(word(own[person]))
        default = kwargs.pop("default", None)
        return self._said("self", kwargs, lambda: str(default or word("themself")))

    def pronoun_possessive(self, target: str, **kwargs: Any) -> str:
        """``her house``, ``their house``, ``your house`` …"""
        third = bool(kwargs.pop("thirdperson", False))
        if not third and self._speaks_of_itself(kwargs):
            return super().pronoun_possessive(target, **kwargs)
        default = kwargs.pop("default", None)
        whole = kwargs.pop("capitalize", False)
        kwargs.pop("person", None)
        theirs = {"she/her/hers": her, "he/him/his": his, "they/them/theirs": their}
        if has(self, "pronouns") and self.pronouns:
            said = self._possessives(target, theirs)
        elif self.is_business:
            said = str(its(target, **kwargs))
        elif has(self, "gender"):
            said = str(theirs[_GENDERS.get(str(self.gender).lower(), "they/them/theirs")](target, **kwargs))
        else:
            said = ""
        if not said:
            owner = default if default is not None else self.name_full()
            said = f"{owner}'s {target}"
        return str(capitalize(said)) if whole else said

    def _possessives(self, target: str, theirs: dict[str, Callable[..., Any]]) -> str:
        found = []
        for item in self._chosen_pronouns():
            if item in theirs:
                found.append(str(theirs[item](target)))
            elif item == "ze/zir/zirs":
                found.append(f"{word('zir')} {target}")
            elif has_parsable_pronouns(item):
                found.append(f"{parse_custom_pronouns(item)['p']} {target}")
        return "/".join(found)

    # ---- names

    def name_full(self) -> str:
        """First, whole middle and last name; a business has one name."""
        return str(self.name.first if self.is_business else self.name.full(middle="full"))

    def name_initials(self) -> str:
        """First name, middle initial and last name."""
        return str(self.name.first if self.is_business else self.name.full(middle="initial"))

    def name_short(self) -> str:
        """First and last name."""
        return str(self.name.first if self.is_business else self.name.firstlast())

    def familiar(self, unique_names: list[Any] | None = None, default: str | None = None) -> str:
        """The shortest name that nobody of *unique_names* has, too: first, with suffix, with middle, with last, or whole."""
        if self.is_business:
            return str(self.name.first)
        others = [person for person in unique_names or [] if person is not self]
        preferred = self.preferred_name if has(self, "preferred_name") else None
        first = str(preferred.first if preferred is not None and has(preferred, "first") and preferred.first else self.name.first)

        def part(person: Any, name: str) -> str:
            return str(getattr(person.name, name)) if has(person.name, name) and getattr(person.name, name) else ""

        if first not in [person.familiar() for person in others]:
            return first
        for name in ("suffix", "middle"):
            own = part(self, name)
            taken = [f"{person.familiar() if name == 'suffix' else person.name.first} {part(person, name)}" for person in others]
            if f"{first} {own}" not in taken:
                return f"{first} {own}".strip()
        if self.name_short() not in [person.name.firstlast() if has(person.name, "last") else person.name.first for person in others]:
            return self.name_short()
        if self.name_full() not in [person.name.full() for person in others]:
            return self.name_full()
        return default or self.name_full()

    def __str__(self) -> str:
        return str(self.name.first) if self.is_business else super().__str__()


class Landlord(ALIndividual):
    """Somebody who lets a home."""


class Tenant(ALIndividual):
    """Somebody who rents a home."""


class HousingAuthority(Landlord):
    """A public body that lets homes."""


class Applicant(Tenant):
    """Somebody who asks for a home."""


class Abuser(ALIndividual):
    """Somebody who hurts others."""


class Survivor(ALIndividual):
    """Somebody who was hurt."""


class VCIndividual(ALIndividual):
    """The old name of ``ALIndividual``."""


class AddressList(ALAddressList):
    """The old name of ``ALAddressList``."""


class PeopleList(ALPeopleList):
    """The old name of ``ALPeopleList``."""


def section_links(nav: Any) -> list[str]:
    """A Markdown link for each section of the interview."""
    return [f"[{section[key]}]({url_action(key)})" for section in nav.get_sections() for key in section]


def will_send_to_real_court() -> bool:
    """Whether this is the real site and not one for trying things out."""
    address = str(get_config("url root") or "")
    return not (get_config("debug") or any(mark in address for mark in ("dev", "test", "localhost")))


def filter_letters(letter_strings: Iterable[str] | str) -> str:
    """The letters of all texts, each once, in order."""
    texts = [letter_strings] if isinstance(letter_strings, str) else letter_strings
    return "".join(sorted({letter for text in texts if text for letter in text}))


def is_sms_enabled() -> bool:
    """Whether text messages can be sent."""
    found = get_config("twilio")
    first = found[0] if isinstance(found, list) and found else found
    needed = ("sms", "account sid", "auth token", "number")
    return isinstance(first, dict) and all(first.get(name) for name in needed)


def is_phone_or_email(text: str) -> bool:
    """Whether *text* can be written to; tells the visitor when it cannot."""
    sms = is_sms_enabled()
    if re.match(r"\S+@\S+", text) or (sms and phone_number_is_valid(text)):
        return True
    validation_error(word("Enter a valid phone number or email address" if sms else "Enter a valid email address"))
    return False


def language_name(language_code: str) -> str:
    """The name of a language by its two- or three-letter code."""
    ensure_definition(language_code)
    kind = "alpha_2" if len(language_code) == 2 else "alpha_3"
    found = pycountry.languages.get(**{kind: language_code})
    return str(word(found.name)) if found is not None else language_code


def safe_states_list(country_code: str) -> Any:
    """The states of a country; those of the visit's own country when it is not known."""
    try:
        return states_list(country_code=country_code)
    except (KeyError, LookupError, ValueError, AttributeError):
        return states_list()


def has_parsable_pronouns(pronouns: str) -> bool:
    """Whether *pronouns* has two or three slashes."""
    return 2 <= str(pronouns).count("/") <= 3


def parse_custom_pronouns(pronouns: str) -> dict[str, str]:
    """``{"o": …, "s": …, "p": …}`` from ``object/subject/possessive``."""
    if not has_parsable_pronouns(pronouns):
        raise ValueError("pronouns are written with two or three slashes: they/them/theirs")
    first, second, third, *_ = pronouns.lower().split("/")
    return {"o": first, "s": second, "p": third}


def get_visible_al_nav_items(nav_items: list[Any]) -> list[Any]:
    """The sections that are not ``hidden``, without those that lost all their subsections."""

    def is_hidden(item: dict[str, Any]) -> bool:
        return str(item.pop("hidden", False)).lower() == "true"

    visible: list[Any] = []
    for item in deepcopy(nav_items):
        if isinstance(item, str):
            visible.append(item)
            continue
        if is_hidden(item):
            continue
        parts = [name for name, inner in item.items() if isinstance(inner, list)]
        for name in parts:
            item[name] = [inner for inner in item[name] if isinstance(inner, str) or not is_hidden(inner)]
        if not parts or any(item[name] for name in parts):
            visible.append(item)
    return visible
