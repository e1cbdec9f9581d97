"""People and places: names, addresses, persons, organizations, and lists of them.

An ``Individual`` is a ``Person`` with a name in parts, a gender and a birthdate; every question about a person of any interview
is written against these attributes. Names, arguments and words are docassemble's
(https://docassemble.org/docs/objects.html#Individual).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

from dateutil.relativedelta import relativedelta

from engross.context import current_or_none
from engross.library import words
from engross.library.asking import location_returned, need, user_lat_lon
from engross.library.collections import DAList
from engross.library.dates import as_datetime, current_datetime
from engross.library.geography import country_name, iso_country, phone_number_in_e164
from engross.library.locales import get_country
from engross.library.objects import (
    ARE_YOU,
    YOU_OBJECT,
    YOU_SUBJECT,
    YOUR,
    YOURSELF,
    DAObject,
    NotConfigured,
    has,
    medium,
    say,
)
from engross.library.text import nodoublequote

_UNIT_WORDS = re.compile(
    "apartment|apt|basement|bsmt|building|bldg|department|dept|floor|fl|front|frnt|hanger|hngr|key|lobby|lbby|lot|lower|lowr|"
    "office|ofc|penthouse|ph|pier|rear|room|rm|side|slip|space|spc|stop|suite|ste|trailer|trlr|unit|upper|uppr",
    re.IGNORECASE,
)
"""Words that already say what kind of unit it is; anything else gets "Unit" put before it."""


_WRITTEN_ABROAD = {
    "AR": "{zip} {CITY}|{state}",
    "AU": "{CITY} {STATE} {zip}",
    "AT": "{zip} {city}",
    "BE": "{zip} {city}",
    "BR": "{CITY}-{STATE}|{zip}",
    "CA": "{CITY} {STATE} {zip}",
    "CH": "CH-{zip} {city}",
    "CN": "{zip} {CITY}|{STATE}",
    "CO": "{city}, {state}, {zip}",
    "CZ": "{zip} {city}",
    "DE": "{zip} {city}",
    "DK": "{zip} {city}",
    "DO": "{zip} {CITY}",
    "ES": "{zip} {CITY} {STATE}",
    "FI": "FI-{zip} {city}",
    "FR": "{zip} {CITY}",
    "GB": "{CITY}|{zip}",
    "GT": "{zip}-{CITY}",
    "HT": "HT{zip} {city}",
    "IE": "{city}|{state}|{zip}",
    "IN": "{city} {zip}|{state}",
    "IT": "{zip} {city} {STATE}",
    "MX": "{zip} {CITY}, {STATE}",
    "NL": "{zip} {city}",
    "NO": "{zip} {city}",
    "NZ": "{city} {zip}",
    "PH": "{zip} {city}|{state}",
    "PL": "{zip} {city}",
    "PR": "{CITY} PR {zip}",
    "PT": "{zip} {city}",
    "SE": "SE-{zip} {city}",
    "US": "{CITY}, {STATE} {zip}",
}
"""Country → its lines below the street, in capitals where its post wants them (the formats of libaddressinput)."""
_WRITTEN_ANYWHERE = "{CITY}|{zip}"


def line_break() -> str:
    """What parts two lines in the text that is being made."""
    if medium() == "docx":
        return '</w:t><w:br/><w:t xml:space="preserve">'
    return " [NEWLINE] "


def _filled(thing: Any, attribute: str) -> str:
    """The attribute as text without spaces around it; nothing when it is not there."""
    value = getattr(thing, attribute) if has(thing, attribute) else None
    return "" if value is None else str(value).strip()


# -------------------------------------------------------------------------------------------------------------- places


class LatitudeLongitude(DAObject):
    """A point on the earth."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        self.gathered = False
        self.known = False
        super().init(*pargs, **kwargs)

    def status(self) -> bool:
        """Whether the browser must still be asked where it is; takes its answer when there is one."""
        if self.gathered:
            return False
        if location_returned():
            self._set_to_current()
            return False
        return True

    def _set_to_current(self) -> None:
        latitude, longitude = user_lat_lon()
        if isinstance(latitude, int | float) and not isinstance(latitude, bool):
            self.latitude, self.longitude, self.known = latitude, longitude, True
        else:
            self.error, self.known = latitude, False
        self.gathered = True
        self.description = str(self)

    def __str__(self) -> str:
        if has(self, "latitude") and has(self, "longitude"):
            return f"{self.latitude}, {self.longitude}"
        return str(self.error) if has(self, "error") else "Unknown"


class Place(NamedTuple):
    """Where an address is."""

    latitude: float
    longitude: float
    county: str = ""
    """As maps name it: ``Suffolk County``; an address that has none yet gets it."""


find_place: Callable[[str], Place | None] | None = None
"""Finds an address in one line. No service is built in; rehearsals make places up."""


class Address(DAObject):
    """A postal address: ``address unit city state zip country`` and finer parts."""

    LatitudeLongitudeClass: ClassVar[Any] = LatitudeLongitude
    location: Any
    norm: Any
    norm_long: Any
    _geocoded: bool
    _geocode_success: bool

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        if "location" not in kwargs:
            self.initializeAttribute("location", self.LatitudeLongitudeClass)
        if "geolocated" in kwargs:
            kwargs["_geocoded"] = kwargs["geolocated"]
        for name in ("_geocoded", "geolocated"):
            if name not in kwargs:
                setattr(self, name, False)
        if not has(self, "city_only"):
            self.city_only = False
        super().init(*pargs, **kwargs)

    def __str__(self) -> str:
        return self.block()

    # ---- lines

    def _street(self) -> str:
        if not has(self, "address") and has(self, "street_number") and has(self, "street"):
            return f"{self.street_number} {self.street}"
        return str(self.address)

    def _city_line(self, show_sublocality: bool = False) -> str:
        """``Springfield, MA 01101``"""
        line = str(self.city)
        if has(self, "state") and self.state:
            line += f", {self.state}"
        if has(self, "zip") and self.zip:
            line += f" {self.zip}"
        elif has(self, "postal_code") and self.postal_code:
            line += f" {self.postal_code}"
        return line

    def _sublocality(self) -> str:
        return (
            str(self.sublocality_level_1)
            if has(self, "sublocality_level_1") and self.sublocality_level_1
            else ""
        )

    def _shows_country(self, show_country: bool | None, omit_default_country: bool = True) -> bool:
        if show_country is not None:
            return show_country
        own = self.country if has(self, "country") else None
        return bool(own) and (not omit_default_country or get_country() != own)

    def on_one_line(
        self,
        include_unit: bool = True,
        omit_default_country: bool = True,
        language: str | None = None,
        show_country: bool | None = None,
    ) -> str:
        """The address on one line."""
        line = ""
        if self.city_only is False:
            line = self._street()
            unit = self.formatted_unit(language=language) if include_unit else ""
            line += f", {unit}, " if unit else ", "
        sublocality = self._sublocality()
        if sublocality and not (
            has(self, "street_number") and self.street_number == self.sublocality_level_1
        ):
            line += f"{sublocality}, "
        line += self._city_line()
        if self._shows_country(show_country, omit_default_country):
            line += f", {country_name(self._get_country())}"
        return line

    def block(
        self, language: str | None = None, international: bool = False, show_country: bool | None = None
    ) -> str:
        """The address in lines; with *international* as the country's post wants it."""
        if international:
            return line_break().join(self._international_lines(language))
        lines = []
        if self.city_only is False:
            lines.append(self._street())
            unit = self.formatted_unit(language=language)
            if unit:
                lines.append(unit)
        sublocality = self._sublocality()
        if sublocality:
            lines.append(sublocality)
        lines.append(self._city_line())
        if self._shows_country(show_country):
            lines.append(country_name(self._get_country()))
        return line_break().join(lines)

    def _international_lines(self, language: str | None) -> list[str]:
        """Street, unit, and the lines in which the country's post wants the rest; the country last."""
        country = self._get_country()
        parts = {"city": str(self.city), "state": _filled(self, "state")}
        parts["zip"] = _filled(self, "zip") or _filled(self, "postal_code")
        parts |= {name.upper(): value.upper() for name, value in parts.items()}
        form = _WRITTEN_ABROAD.get(country, _WRITTEN_ANYWHERE)
        below = [line.format(**parts).strip(" ,-") for line in form.split("|")]
        above = [self._street(), self.formatted_unit(language=language)]
        return [line for line in (*above, *below, country_name(country).upper()) if line]

    def line_one(self, language: str | None = None) -> str:
        """Street and unit."""
        if self.city_only:
            return ""
        street = self._street()
        unit = self.formatted_unit(language=language)
        return f"{street}, {unit}" if unit else street

    def line_two(self, language: str | None = None) -> str:
        """City, state and postal code."""
        sublocality = self._sublocality()
        return (f"{sublocality}, " if sublocality else "") + self._city_line()

    def formatted_unit(self, language: str | None = None, require: bool = False) -> str:
        """``Unit 5``, ``Floor 3``, ``Room 12``, or nothing; with *require* it asks for the unit."""
        if require and not any(has(self, name) for name in ("unit", "floor", "room")):
            return str(self.unit)
        for name in ("unit", "floor", "room"):
            value = getattr(self, name) if has(self, name) else None
            if value is None or value == "":
                continue
            if name == "unit" and _UNIT_WORDS.search(str(value)):
                return str(value)
            return f"{words.word(name.capitalize(), language=language)} {value}"
        return ""

    def _get_country(self) -> str:
        """The country's two letters: the address's own, else the visit's."""
        own = self.country if has(self, "country") and isinstance(self.country, str) else None
        try:
            return str(iso_country(own or get_country() or "US"))
        except Exception:  # noqa: BLE001 - docassemble takes an unknown country for the US
            return "US"

    # ---- on the map; Engross has no service that finds addresses, so every search fails, as there without a key

    def geocode(self, address: str | None = None, reset: bool = False) -> bool:
        """Find the address on the map. Without a service (``find_place``) the search fails."""
        if reset:
            self.reset_geocoding()
        if address is None:
            if self._geocoded:
                return bool(self._geocode_success) if has(self, "_geocode_success") else False
            address = self.on_one_line(omit_default_country=False)  # asks for what an address needs, as a search would
        place = find_place(address) if find_place is not None else None
        if place is not None:
            self.location.latitude, self.location.longitude = place.latitude, place.longitude
            self.location.known = True
            if place.county and not has(self, "county"):
                self.county = place.county
            self.norm, self.norm_long = self.copy_deep(f"{self.instanceName}.norm"), self.copy_deep(f"{self.instanceName}.norm_long")
        self._geocoded = self.geolocated = True
        self._geocode_success = self.geolocate_success = place is not None
        return place is not None

    geolocate = geocode

    def normalize(self, long_format: bool = False) -> bool:
        """Write the address as the map service does, if it was found."""
        if not self.geocode():
            return False
        found = copy.deepcopy(self.norm_long if long_format else self.norm)
        own_name, norm, norm_long = self.instanceName, self.norm, self.norm_long
        for name, value in found.__dict__.items():
            setattr(self, name, value)
        self._set_instance_name_recursively(own_name)
        self.norm, self.norm_long = norm, norm_long
        return True

    def was_geocoded(self) -> bool:
        """Whether the address was looked for on the map."""
        return bool(self._geocoded if has(self, "_geocoded") else self.geolocated)

    def was_geocoded_successfully(self) -> bool:
        """Whether it was found."""
        return self.was_geocoded() and bool(has(self, "_geocode_success") and self._geocode_success)

    def get_geocode_response(self) -> Any:
        """What the map service said: nothing."""
        return self._geocode_response if has(self, "_geocode_response") else []

    def reset_geocoding(self) -> None:
        """Forget that the address was looked for."""
        self.delattr(
            "norm",
            "geolocate_success",
            "geolocate_response",
            "_geocode_success",
            "_geocode_response",
            "norm_long",
            "one_line",
        )
        self._geocoded = self.geolocated = False
        self.location.delattr("gathered", "known", "latitude", "longitude", "description")

    reset_geolocation = reset_geocoding

    def _map_info(self) -> Any:
        if not ((self.location.gathered and self.location.known) or self.geocode()):
            return None
        return [_on_map(self.location, getattr(self.location, "description", ""), self)]


def _on_map(location: Any, info: str, *marked: Any) -> dict[str, Any]:
    point = {"latitude": location.latitude, "longitude": location.longitude, "info": info}
    for thing in marked:
        if has(thing, "icon"):
            return point | {"icon": thing.icon}
    return point


class City(Address):
    """A city without a street."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        self.city_only = True
        super().init(*pargs, **kwargs)


# --------------------------------------------------------------------------------------------------------------- names


class Name(DAObject):
    """A name that is one text."""

    text: str

    def full(self, **kwargs: Any) -> str:
        """The name."""
        return self.text

    def familiar(self) -> str:
        """The name."""
        return self.text

    def firstlast(self) -> str:
        """The name."""
        return self.text

    def lastfirst(self) -> str:
        """The name."""
        return self.text

    def middle_initial(self, with_period: bool = True) -> str:
        """Nothing."""
        return ""

    def defined(self) -> bool:
        """Whether the name is known."""
        return has(self, "text")

    def __str__(self) -> str:
        return str(self.full())


class IndividualName(Name):
    """A person's name: ``first middle last suffix``, or ``text`` when ``uses_parts`` is false."""

    first: str
    uses_parts: bool

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        if "uses_parts" not in kwargs:
            self.uses_parts = True
        super().init(*pargs, **kwargs)

    def defined(self) -> bool:
        """Whether the name is known, as far as the first name."""
        return has(self, "first") if self.uses_parts else super().defined()

    def familiar(self) -> str:
        """The first name."""
        return self.first if self.uses_parts else self.full()

    def full(self, middle: Any = "initial", use_suffix: bool = True, **kwargs: Any) -> str:
        """The whole name; *middle*: ``initial``, ``full``, or False to leave it out."""
        if not self.uses_parts:
            return super().full()
        parts = [self.first.strip()]
        if has(self, "middle"):
            if middle == "initial":
                parts.append(self.middle_initial())
            elif middle is not False and middle is not None:
                parts.append(self.middle.strip())
        last = _filled(self, "last")
        parts += [last] if last else [_filled(self, "paternal_surname"), _filled(self, "maternal_surname")]
        if use_suffix:
            parts.append(_filled(self, "suffix"))
        return " ".join(part for part in parts if part)

    def firstlast(self) -> str:
        """``Ann Jones``"""
        return f"{self.first} {self.last}" if self.uses_parts else super().firstlast()

    def lastfirst(self) -> str:
        """``Jones, Ann M.``"""
        if not self.uses_parts:
            return super().lastfirst()
        text = str(self.last)
        if has(self, "suffix") and self.suffix and self.suffix.strip():
            text += f" {self.suffix}"
        text += f", {self.first}"
        initial = self.middle_initial() if has(self, "middle") else ""
        return f"{text} {initial}" if initial else text

    def middle_initial(self, with_period: bool = True) -> str:
        """``M.``; nothing when the middle name is empty."""
        middle = str(self.middle)
        if not middle.strip():
            return ""
        return middle[0].strip() + ("." if with_period else "")


# ------------------------------------------------------------------------------------------------- things and persons


class _Named(DAObject):
    """What has a ``name`` that text can be assigned to: ``client.name = 'Fred'`` sets ``client.name.text``."""

    NameClass: ClassVar[Any] = Name

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        if not has(self, "name") and ("name" not in kwargs or isinstance(kwargs["name"], str)):
            self.initializeAttribute("name", self.NameClass)
        if isinstance(kwargs.get("name"), str):
            self._name_by_text(kwargs.pop("name"))
        super().init(*pargs, **kwargs)

    def _name_by_text(self, text: str) -> None:
        if isinstance(self.name, IndividualName):
            self.name.uses_parts = False
        self.name.text = text

    def __setattr__(self, key: str, value: Any) -> None:
        if key == "name" and isinstance(value, str):
            self._name_by_text(value)
        else:
            super().__setattr__(key, value)

    def __str__(self) -> str:
        return str(self.name.full())


class Thing(_Named):
    """Something with a name."""


class Event(DAObject):
    """Something that happens at a place."""

    CityClass: ClassVar[Any] = City
    LatitudeLongitudeClass: ClassVar[Any] = LatitudeLongitude

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        if "address" not in kwargs:
            self.initializeAttribute("address", self.CityClass)
        if "location" not in kwargs:
            self.initializeAttribute("location", self.LatitudeLongitudeClass)
        super().init(*pargs, **kwargs)

    def __str__(self) -> str:
        return str(self.address)


class Person(_Named):
    """A legal or natural person: ``name``, ``address``, ``location``, ``email``, telephone numbers."""

    AddressClass: ClassVar[Any] = Address
    LatitudeLongitudeClass: ClassVar[Any] = LatitudeLongitude
    address: Any
    location: Any

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        if not has(self, "name") and "name" not in kwargs:
            self.initializeAttribute("name", self.NameClass)
        if "address" not in kwargs:
            self.initializeAttribute("address", self.AddressClass)
        if "location" not in kwargs:
            self.initializeAttribute("location", self.LatitudeLongitudeClass)
        super().init(*pargs, **kwargs)

    def identified(self) -> bool:
        """Whether the name is known."""
        return has(self.name, "text")

    def _map_info(self) -> Any:
        if not self.location.known and (
            (self.address.location.gathered and self.address.location.known) or self.address.geocode()
        ):
            self.location = self.address.location
        if not (self.location.gathered and self.location.known):
            return None
        info = self.name.full() if self.name.defined() else str(words.capitalize(self.object_name()))
        if has(self.location, "description") and self.location.description != "":
            info += f" [NEWLINE] {self.location.description}"
        return [_on_map(self.location, info, self)]

    def pronoun_objective(self, **kwargs: Any) -> str:
        """``you``, or ``it``."""
        return self._by_person(YOU_OBJECT, kwargs, otherwise=lambda: say("it_objective", **kwargs))

    def object_possessive(self, target: str, **kwargs: Any) -> str:
        """``your fish``, or ``the client's fish``."""
        return self._by_person(
            YOUR, kwargs, target, otherwise=lambda: super(Person, self).object_possessive(target, **kwargs)
        )

    def is_are_you(self, **kwargs: Any) -> str:
        """``are you``, or ``is Fred``."""
        return self._by_person(ARE_YOU, kwargs, otherwise=lambda: say("is_word", str(self), **kwargs))

    def subject(self, **kwargs: Any) -> str:
        """``you``, or the name."""
        return self.subjective_pronoun_or_name(**kwargs)

    def address_block(
        self, language: str | None = None, international: bool = False, show_country: bool | None = False
    ) -> str:
        """Name and address in lines."""
        text = line_break().join(
            (
                self.name.full(),
                self.address.block(language=language, international=international, show_country=show_country),
            )
        )
        return text if medium() == "docx" else f"[FLUSHLEFT] {text}"

    def _country_of_phone(self, country: str | None) -> str:
        if country is not None:
            return country
        if has(self, "country"):
            return str(self.country)
        if has(self, "address") and has(self.address, "country"):
            return str(self.address.country)
        return get_country()

    def sms_number(self, country: str | None = None) -> str | None:
        """The number for text messages, as ``+15551234567``."""
        number = self.mobile_number if has(self, "mobile_number") else self.phone_number
        if has(self, "mobile_number") and has(self, "uses_whatsapp"):
            number = f"whatsapp:{number}"
        return phone_number_in_e164(number, country=self._country_of_phone(country))

    def facsimile_number(self, country: str | None = None) -> str | None:
        """The fax number, as ``+15551234567``."""
        return phone_number_in_e164(self.fax_number, country=self._country_of_phone(country))

    def email_address(self, include_name: bool | None = None) -> str:
        """The address for a letter's head: ``"Ann Jones" <ann@example.com>``."""
        if include_name is True or (include_name is not False and self.name.defined()):
            return f'"{nodoublequote(self.name)}" <{self.email}>'
        return str(self.email)


class Individual(Person):
    """A human being."""

    NameClass: ClassVar[Any] = IndividualName

    def familiar(self) -> str:
        """The first name."""
        return str(self.name.familiar())

    def identified(self) -> bool:
        """Whether the first name is known."""
        return has(self.name, "first")

    def gather_family(self, tree: Any, up: int = 1, down: int = 1) -> None:
        """Nothing; kept for interviews that call it."""

    def _since_birth(self, as_of: Any) -> relativedelta:
        then = current_datetime() if as_of is None else as_datetime(as_of)
        return relativedelta(then, as_datetime(self.birthdate))

    def age_in_years(self, decimals: bool = False, as_of: Any = None) -> Any:
        """Whole years from ``birthdate`` (or ``age`` itself) to today or *as_of*; with *decimals* a fraction, too."""
        if has(self, "age"):
            return float(self.age) if decimals else int(self.age)
        since = self._since_birth(as_of)
        if not decimals:
            return int(since.years)
        return float(since.years + since.months / 12.0 + _days(since) / 365.0)

    def age_in_months(self, decimals: bool = False, as_of: Any = None) -> Any:
        """Whole months from ``birthdate`` to today or *as_of*; with *decimals* a fraction, too."""
        since = self._since_birth(as_of)
        months = since.years * 12 + since.months
        return float(months + 12.0 * _days(since) / 365.0) if decimals else int(months)

    def _signed_in(self) -> Any:
        """The account of the visitor if this object is the visitor and signed in."""
        context = current_or_none()
        if context is None or not self.is_user() or not context.person.logged_in:
            return None
        return context.person

    def first_name_hint(self) -> str:
        """The signed-in visitor's first name, if this is the visitor."""
        account = self._signed_in()
        return account.first_name if account is not None else ""

    def last_name_hint(self) -> str:
        """The signed-in visitor's last name, if this is the visitor."""
        account = self._signed_in()
        return account.last_name if account is not None else ""

    def salutation(self, **kwargs: Any) -> str:
        """``Mr.``, ``Ms.``"""
        return say("salutation", self, **kwargs)

    def _gendered(self, female: str, other: str, male: str, *arguments: Any, **kwargs: Any) -> str:
        """What the function for the person's gender says; asks for the gender."""
        function = {"female": female, "other": other}.get(self.gender, male)
        return say(function, *arguments, **kwargs)

    def pronoun_possessive(self, target: str, **kwargs: Any) -> str:
        """``your fish``, or ``her fish``."""
        if kwargs.pop("thirdperson", False):
            kwargs["person"] = "3"
        return self._by_person(
            YOUR,
            kwargs,
            target,
            otherwise=lambda: self._gendered("her", "their", "his", target, **kwargs),
        )

    def pronoun(self, **kwargs: Any) -> str:
        """``you``, or ``her``."""
        return self._by_person(
            YOU_OBJECT,
            kwargs,
            otherwise=lambda: self._gendered(
                "her_objective", "genderless_objective", "him_objective", **kwargs
            ),
        )

    def pronoun_objective(self, **kwargs: Any) -> str:
        """The same as ``pronoun``."""
        return self.pronoun(**kwargs)

    def pronoun_subjective(self, **kwargs: Any) -> str:
        """``you``, or ``she``."""
        if kwargs.pop("thirdperson", False):
            kwargs["person"] = "3"
        return self._by_person(
            YOU_SUBJECT,
            kwargs,
            otherwise=lambda: self._gendered(
                "she_subjective", "genderless_subjective", "he_subjective", **kwargs
            ),
        )

    def itself(self, **kwargs: Any) -> str:
        """``yourself``, or ``herself``."""
        return self._by_person(
            YOURSELF,
            kwargs,
            otherwise=lambda: self._gendered("herself", "genderless_self", "himself", **kwargs),
        )

    def __str__(self) -> str:
        if has(self, "use_familiar") and self.use_familiar:
            name = self.name
            if isinstance(name, IndividualName) and name.uses_parts:
                return str(name.first)
        return super().__str__()


def _days(since: relativedelta) -> float:
    return float(since.days + since.hours / 24.0 + since.minutes / (24.0 * 60.0))


class ChildList(DAList):
    """A list of children."""

    ChildClass: ClassVar[Any] = Individual

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        self.object_type = self.ChildClass
        super().init(*pargs, **kwargs)


class OfficeList(DAList):
    """A list of addresses of offices."""

    AddressClass: ClassVar[Any] = Address

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        self.object_type = self.AddressClass
        super().init(*pargs, **kwargs)


class Organization(Person):
    """A company, a court, an office."""

    OfficeListClass: ClassVar[Any] = OfficeList

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        if "offices" in kwargs:
            offices = kwargs.pop("offices")
            self.initializeAttribute("office", self.OfficeListClass)
            for office in offices if isinstance(offices, list) else []:
                if isinstance(office, dict):
                    self.office.appendObject(None, **office).geocode()
        super().init(*pargs, **kwargs)

    def will_handle(self, problem: Any = None, county: Any = None) -> bool:
        """Whether the organization says that it ``handles`` the problem and ``serves`` the county."""
        need(problem, county)
        if problem and not (has(self, "handles") and problem in self.handles):
            return False
        return not county or (has(self, "serves") and county in self.serves)

    def _map_info(self) -> Any:
        points = []
        for office in self.office if has(self, "office") else ():
            if (office.location.gathered and office.location.known) or office.geocode():
                info = self.name.full() if self.name.defined() else str(words.capitalize(self.object_name()))
                if has(office.location, "description") and office.location.description != "":
                    info += f" [NEWLINE] {office.location.description}"
                points.append(_on_map(office.location, info, office, self))
        return points or None


# --------------------------------------------------------------------------------------------------------------- mail


class DAEmailRecipient(DAObject):
    """One who gets an e-mail: ``name``, ``address``."""

    def email_address(self, include_name: bool | None = None) -> str:
        """The address for a letter's head."""
        if has(self, "empty") and self.empty:
            return ""
        if include_name is True or (include_name is not False and self.name is not None and self.name != ""):
            return f'"{nodoublequote(self.name)}" <{self.address}>'
        return str(self.address)

    def exists(self) -> bool:
        """Whether there is an address."""
        return has(self, "address")

    def __str__(self) -> str:
        name = str(self.name) if has(self, "name") else ""
        if has(self, "empty") and self.empty:
            return ""
        if self.address == "":
            return name or "EMAIL NOT DEFINED"
        if medium() == "docx":
            return str(self.address)
        return f"[{name or self.address}](mailto:{self.address})"


class DAEmailRecipientList(DAList):
    """Those who get an e-mail."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        self.object_type = DAEmailRecipient
        super().init(**kwargs)
        for parg in pargs:
            for recipient in parg if isinstance(parg, list) else [parg]:
                if isinstance(recipient, dict):
                    self.appendObject(DAEmailRecipient, **recipient)


class DAEmail(DAObject):
    """An e-mail that arrived; Engross receives none."""

    def __str__(self) -> str:
        return "This is an e-mail"


class RoleChangeTracker(DAObject):
    """Tells the next person by e-mail that it is their turn."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        self.last_role: str | None = None
        super().init(*pargs, **kwargs)

    def _update(self, target_role: str) -> None:
        self.last_role = target_role

    def send_email(self, roles_needed: list[str], **kwargs: Any) -> bool:
        """Write to the first of *roles_needed* that has ``{"to": person, "email": template}``; once per change of role."""
        from engross.library import namespace

        for about in kwargs.values():
            if isinstance(about, dict) and "to" in about:
                need(about["to"].email)
        for role in roles_needed:
            if role == self.last_role:
                return False
            about = kwargs.get(role)
            if about and "to" in about and "email" in about:
                send = namespace.find("send_email")
                letter = about["email"]
                if send(to=about["to"], html=letter.content, subject=letter.subject):
                    self._update(role)
                    return True
                return False
        return False


class DAWebError(Exception):
    """A web service did not answer as it should."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(kwargs.get("error_text", "web service error"))
        for key, value in kwargs.items():
            setattr(self, key, value)


class DAWeb(NotConfigured):
    """A web service that code calls. Interviews reach other servers only where the operator allows it."""

    _service = "calling web services from interviews"
    _page = "https://docassemble.org/docs/objects.html#DAWeb"
