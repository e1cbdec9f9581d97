"""The Assembly Line conventions without the published package: YAML, classes, fields, courts."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from engross.language.interview import load
from engross.packages import StandIn
from engross.packages.assembly_line.al_courts import ALCourtLoader
from engross.packages.assembly_line.al_general import (
    ALIndividual,
    ALPeopleList,
    filter_letters,
    parse_custom_pronouns,
)
from tests.library.paper_doubles import at_hand


def person(name: str, first: str, last: str = "", **given: object) -> ALIndividual:
    """Somebody with a name."""
    made = ALIndividual(name, **given)
    made.name.first = first
    if last:
        made.name.last = last
    return made


def test_the_conventions_load(tmp_path: Path) -> None:
    """Every file of the package can be included, and nothing in it is unknown to the language."""
    source = tmp_path / "interview.yml"
    source.write_text("include:\n  - engross.packages.assembly_line:assembly_line.yml\n---\nmandatory: True\nquestion: Done\n")
    interview = load(str(source))

    assert {"al_download_waiting_screen", "al_preview_waiting_screen", "users", "other_parties", "trial_court"} <= set(interview.index)
    assert [] == [str(notice) for notice in interview.notices]


def test_tasks_and_events_have_their_published_names(tmp_path: Path) -> None:
    """A bundle's tasks and events are those that interviews name."""
    source = tmp_path / "interview.yml"
    source.write_text("include:\n  - engross.packages.assembly_line:al_document.yml\n---\nmandatory: True\nquestion: Done\n")
    index = load(str(source)).index

    for name in ["generate_downloads_task", "create_downloads", "generate_downloads_with_docx_task", "create_downloads_with_docx", "save_downloads", "generate_preview_task", "generate_preview_event", "save_preview", "send_email_action_event", "send_email_to_action_event"]:
        assert "ALDocumentBundle" in index[f"x.{name}"], name


def test_published_module_names_find_ours_when_nothing_is_installed() -> None:
    """An interview's ``from docassemble.AssemblyLine.al_general import …`` works; the class is the same under both names."""
    ours = importlib.import_module("engross.packages.assembly_line.al_general")
    found = importlib.import_module("docassemble.AssemblyLine.al_general")
    if StandIn().find_spec("docassemble.AssemblyLine.al_general") is None:
        pytest.skip("the published package is installed, so it is used")

    assert ours.ALIndividual is found.ALIndividual


def test_people_are_told_apart_by_the_shortest_name() -> None:
    """Two Anns are told apart by their last names, Ann and Bob by their first."""
    ann, other, bob = person("a", "Ann", "Lee"), person("b", "Ann", "Ray"), person("c", "Bob", "Lee")

    assert "Bob" == bob.familiar(unique_names=[ann, other])
    assert "Ann Lee" == ann.familiar(unique_names=[other, bob])


def test_a_business_has_one_name() -> None:
    """The name of a business is its first name, however it is asked for."""
    firm = person("firm", "Acme Inc.", person_type="business")

    assert ["Acme Inc."] * 4 == [str(firm), firm.name_full(), firm.name_short(), firm.familiar()]


def test_long_lists_are_cut_short() -> None:
    """Lawyers write *et al.* after the first names."""
    people = ALPeopleList("people", elements=[person(str(n), name) for n, name in enumerate(["A", "B", "C"])], auto_gather=False, gathered=True)

    assert "A and B, et al." == people.short_list(2)


def test_a_signature_is_asked_for_only_in_the_final_version() -> None:
    """The preview shows nothing where the signature comes."""
    signer = person("signer", "Ann", signature="[signature]")

    assert ("[signature]", "") == (signer.signature_if_final("final"), signer.signature_if_final("preview"))


def test_own_pronouns_are_read() -> None:
    """Object, subject and possessive stand between slashes."""
    assert {"o": "them", "s": "they", "p": "theirs"} == parse_custom_pronouns("Them/they/theirs")
    with pytest.raises(ValueError, match="two or three slashes"):
        parse_custom_pronouns("they")


def test_letters_are_joined_once() -> None:
    """Letters of several answers are sorted and each comes once."""
    assert "ABC" == filter_letters(["CA", "AB", ""])


def test_courts_come_from_a_table(tmp_path: Path) -> None:
    """A CSV gives courts by department and county; empty cells set nothing, postal codes keep their zero."""
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "courts.csv").write_text(
        "name,department,address_city,address_state,address_zip,address_county,fax\n"
        "Boston Court,Housing,Boston,MA,2114,Suffolk,\n"
        "Salem Court,Probate,Salem,MA,1970,Essex,1\n"
    )
    with at_hand(tmp_path):
        loader = ALCourtLoader("loader", file_name="courts.csv")

        assert [(0, "Boston Court")] == loader.filter_courts(["Housing"])
        assert {"Suffolk", "Essex"} == loader.county_list()
        court = loader.as_court("trial_court", 0)

        assert ("Boston Court", "02114", False) == (str(court), court.address.zip, hasattr(court, "fax"))
