"""Countries, states, languages, telephone numbers."""

from __future__ import annotations

import pytest

from engross.library import geography


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("Massachusetts", geography.state_name("MA")),
        ("Ontario", geography.state_name("ON", country_code="CA")),
        ("ZZ", geography.state_name("ZZ")),
        ("Germany", geography.country_name("DE")),
        ("State", geography.subdivision_type("US")),
        ("Province", geography.subdivision_type("CA")),
        (None, geography.subdivision_type("XX")),
        ("Spanish", geography.language_name("es")),
        ("tlh?", geography.language_name("tlh?")),
        ("Vermont", geography.states_list()["VT"]),
        ("VT", geography.states_list(abbreviate=True)["VT"]),
        ({}, geography.states_list("XX")),
        ("(202) 555-0123", geography.phone_number_formatted("2025550123")),
        (None, geography.phone_number_formatted("call me")),
        ("+12025550123", geography.phone_number_in_e164("(202) 555-0123")),
        ("whatsapp:+12025550123", geography.phone_number_in_e164("whatsapp:2025550123")),
        ("555", geography.phone_number_part("2025550123", 1)),
        ("", geography.phone_number_part("2025550123", 3)),
        (True, geography.phone_number_is_valid("2025550123")),
        (False, geography.phone_number_is_valid("123")),
        (True, geography.phone_number_is_valid("030 123456", country="DE")),
        ("DEU", geography.iso_country("germany", "alpha_3")),
    ],
)
def test_places_and_numbers(expected: object, found: object) -> None:
    """Known ones by name; unknown ones do no harm."""

    assert expected == found


def test_countries_are_choices_by_name() -> None:
    """One-item dictionaries, as fields take them."""
    names = [name for choice in geography.countries_list() for name in choice.values()]

    assert ("Afghanistan", sorted(names)) == (names[0], names)
