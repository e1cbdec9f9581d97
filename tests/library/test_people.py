"""Names, addresses, persons, money and cases."""

from __future__ import annotations

import pytest

from engross.errors import Undefined
from engross.library import people
from engross.library.finance import Value
from engross.library.legal import Case, LegalFiling
from engross.library.people import (
    Address,
    City,
    DAEmailRecipient,
    Individual,
    IndividualName,
    LatitudeLongitude,
    Organization,
    Person,
    Thing,
)
from tests.library.conversation import visit


def ann(**more: object) -> Individual:
    """Ann Marie Jones, with whatever else."""
    person = Individual("ann", **more)
    person.name.first, person.name.middle, person.name.last = "Ann", "Marie", "Jones"
    return person


def home(**more: object) -> Address:
    """An address in Springfield."""
    return Address("home", address="1 Elm St", city="Springfield", state="MA", zip="01101", **more)


def test_a_suffix_that_was_not_chosen_is_left_out() -> None:
    """A choice that may be skipped leaves None."""
    name = IndividualName("name", first="Ann", last="Ash", suffix=None)

    assert name.full() == "Ann Ash"


def test_a_name_can_be_written_in_many_ways() -> None:
    """In full, with initial, first or last name first."""
    name = ann().name
    name.suffix = "Jr."

    assert (
        "Ann M. Jones Jr.",
        "Ann Marie Jones Jr.",
        "Ann Jones",
        "Ann Jones",
        "Jones Jr., Ann M.",
        "Ann",
    ) == (
        name.full(),
        name.full(middle="full"),
        name.full(middle=False, use_suffix=False),
        name.firstlast(),
        name.lastfirst(),
        name.familiar(),
    )


def test_empty_parts_of_a_name_leave_no_gap() -> None:
    """Visitors skip the middle name."""
    person = Individual("p")
    person.name.first, person.name.middle, person.name.last = " Ann ", "", "Jones"

    assert "Ann Jones" == str(person)


def test_text_assigned_to_a_name_is_the_name() -> None:
    """An Individual's name then has no parts."""
    person, thing = Individual("p"), Thing("t", name="a lamp")
    person.name = "Fred"

    assert ("Fred", False, "a lamp") == (str(person), person.name.uses_parts, str(thing))


def test_an_unknown_name_is_asked_for_by_its_first_part() -> None:
    """The question for ``name.first`` asks for the rest."""
    with pytest.raises(Undefined) as missing:
        str(Individual("client"))

    assert "client.name.first" == missing.value.path


def test_an_address_can_be_written_in_lines_or_on_one() -> None:
    """With unit and country when they say something."""
    address = home(unit="5")

    assert (
        "1 Elm St [NEWLINE] Unit 5 [NEWLINE] Springfield, MA 01101",
        "1 Elm St, Unit 5, Springfield, MA 01101",
        "1 Elm St, Unit 5",
        "Springfield, MA 01101",
    ) == (address.block(), address.on_one_line(), address.line_one(), address.line_two())


@pytest.mark.parametrize(
    ("unit", "shown"), [("5", "Unit 5"), ("Apt 5", "Apt 5"), ("", ""), ("ste. 3", "ste. 3")]
)
def test_a_unit_says_what_it_is(unit: str, shown: str) -> None:
    """Unless the visitor said it already."""
    assert shown == home(unit=unit).formatted_unit()


def test_another_country_is_shown() -> None:
    """The own one is not."""
    with visit(country="US"):
        assert ("Springfield, MA 01101", "Springfield, MA 01101, Canada") == (
            City("c", city="Springfield", state="MA", zip="01101", country="US").on_one_line(),
            City("c", city="Springfield", state="MA", zip="01101", country="CA").on_one_line(),
        )


@pytest.mark.parametrize(
    ("country", "lines"),
    [
        ("US", "1 Elm St [NEWLINE] SPRINGFIELD, MA 01101 [NEWLINE] UNITED STATES"),
        ("DE", "1 Elm St [NEWLINE] 01101 Springfield [NEWLINE] GERMANY"),
        ("AF", "1 Elm St [NEWLINE] SPRINGFIELD [NEWLINE] 01101 [NEWLINE] AFGHANISTAN"),
    ],
)
def test_an_international_address_is_written_as_the_country_s_post_wants_it(country: str, lines: str) -> None:
    """With the country in capitals."""
    assert lines == home(country=country).block(international=True)


def test_a_paper_breaks_lines_in_its_own_way() -> None:
    """In a DOCX by a line break of Word."""
    with visit(medium="docx"):
        assert home().block().startswith("1 Elm St</w:t><w:br/>")


def test_looking_for_an_address_on_the_map_fails_quietly() -> None:
    """And is not tried twice."""
    address = home()

    assert (False, True, False) == (
        address.geocode(),
        address.was_geocoded(),
        address.was_geocoded_successfully(),
    )
    address.reset_geocoding()
    assert not address.was_geocoded()


def test_an_address_block_has_the_name_on_top() -> None:
    """Flush left."""
    person = Person("p", name="Acme", address=home())

    assert person.address_block().startswith("[FLUSHLEFT] Acme [NEWLINE] 1 Elm St")


@pytest.mark.parametrize(
    ("gender", "spoken"),
    [
        ("female", ("her cat", "her", "she", "herself")),
        ("male", ("his cat", "him", "he", "himself")),
        ("other", ("their cat", "them", "they", "themself")),
    ],
)
def test_pronouns_follow_the_gender(gender: str, spoken: tuple[str, ...]) -> None:
    """Asked for when it is not known."""
    person = ann(gender=gender)

    assert spoken == (
        person.pronoun_possessive("cat"),
        person.pronoun(),
        person.pronoun_subjective(),
        person.itself(),
    )


def test_the_third_person_can_be_asked_for() -> None:
    """In papers the user is not "you"."""
    person = ann(gender="female")
    with visit() as context:
        context.moment.info["user"] = person

        assert ("your cat", "her cat", "she") == (
            person.pronoun_possessive("cat"),
            person.pronoun_possessive("cat", thirdperson=True),
            person.pronoun_subjective(thirdperson=True),
        )


def test_age_is_counted_in_whole_years_and_months() -> None:
    """Up to a day, or as ``age`` says."""
    person = ann(birthdate="2000-06-15")

    assert (19, 20, 245, 30) == (
        person.age_in_years(as_of="2020-06-14"),
        person.age_in_years(as_of="2020-06-15"),
        person.age_in_months(as_of="2020-11-15"),
        ann(age="30").age_in_years(),
    )


def test_an_email_address_carries_the_name() -> None:
    """In quotes, without quotes in it."""
    person = ann(email="ann@example.com")

    assert ('"Ann M. Jones" <ann@example.com>', "ann@example.com") == (
        person.email_address(),
        person.email_address(include_name=False),
    )
    assert "[Ann](mailto:a@example.com)" == str(DAEmailRecipient("r", name="Ann", address="a@example.com"))


def test_an_organization_handles_problems_in_counties() -> None:
    """Both must fit."""
    office = Organization("o", name="Legal Aid", handles=["eviction"], serves=["Suffolk"])

    assert (True, False, True) == (
        office.will_handle("eviction", "Suffolk"),
        office.will_handle("eviction", "Essex"),
        office.will_handle(problem="eviction"),
    )


def test_the_browser_s_place_is_taken_over() -> None:
    """When it has answered; an error is kept as one."""
    point = LatitudeLongitude("point")
    with visit():
        waiting = point.status()
    with visit(device={"location": {"latitude": 1.5, "longitude": 2.5}}):
        done = point.status()

    assert (True, False, "1.5, 2.5", True) == (waiting, done, str(point), point.known)


def test_a_value_that_does_not_exist_is_nothing() -> None:
    """Its amount is not asked for."""
    assert (0, "0", 5.0) == (
        Value("v", exists=False).amount(),
        str(Value("v", exists=False)),
        float(Value("w", exists=True, value=5)),
    )


def test_a_caption_names_court_parties_and_number() -> None:
    """In docassemble's marks."""
    case = Case("case", case_id="12-345")
    case.court.name = "Trial Court"
    for side, name in ((case.plaintiff, "Ann"), (case.defendant, "Fred")):
        side.appendObject(None, name=name)
        side.gathered = True
    caption = LegalFiling("filing", case=case, title="Answer").caption()

    assert "[BOLDCENTER] In the Trial Court" in caption
    assert "Ann,[NEWLINE][TAB][TAB]Plaintiff" in caption
    assert "Case No. 12-345[END_CAPTION]" in caption
    assert ("plaintiff", "third party") == (case.role_of(case.plaintiff.elements[0]), case.role_of(ann()))


def test_an_address_that_is_found_on_the_map_has_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a service, `geocode` sets `location`, `norm` and the county; without one it says no."""
    address = Address("place", address="1 Elm Street", city="Boston", state="MA", zip="02118")
    other = Address("other", address="1 Elm Street", city="Boston", state="MA", zip="02118")
    assert not other.geocode()
    monkeypatch.setattr(people, "find_place", lambda words: people.Place(42.0, -71.0, "Suffolk County") if "Elm" in words else None)

    assert address.geocode()
    assert "Suffolk County" == address.county
    assert (42.0, -71.0, True) == (address.location.latitude, address.location.longitude, address.location.known)
    assert "Boston" == address.norm.city
