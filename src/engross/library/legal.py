"""Courts, cases and filings: what docassemble keeps in ``docassemble.base.legal``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from engross.library import words
from engross.library.collections import DAList
from engross.library.objects import DAObject, has
from engross.library.people import Individual

ROLES = {
    "solo petition": ("petitioner", None, True),
    "in re": ("petitioner", None, True),
    "petition": ("petitioner", "respondent", True),
    "plaintiff defendant": ("plaintiff", "defendant", False),
    "appellee appellant": ("appellee", "appellant", False),
}
"""Kind of action → (role of the first party, role of the second, whether one side acts alone)."""


class Jurisdiction(DAObject):
    """A territory of law."""


class Court(DAObject):
    """A court: ``name``, ``jurisdiction`` (a list from the country down)."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        if "jurisdiction" not in kwargs:
            self.jurisdiction: Any = []
        super().init(*pargs, **kwargs)

    def __str__(self) -> str:
        return str(self.name)

    def in_the_court(self, **kwargs: Any) -> str:
        """How a caption begins."""
        return f"In the {self.name}"


class PartyList(DAList):
    """The parties on one side."""

    PartyClass: ClassVar[Any] = Individual

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        self.object_type = self.PartyClass
        super().init(*pargs, **kwargs)


class Case(DAObject):
    """A lawsuit: ``court``, the parties, ``case_id``."""

    PartyListClass: ClassVar[Any] = PartyList
    CourtClass: ClassVar[Any] = Court

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        self.initializeAttribute("court", self.CourtClass)
        self.initializeAttribute("defendant", self.PartyListClass)
        self.initializeAttribute("plaintiff", self.PartyListClass)
        self.firstParty = self.plaintiff
        self.secondParty = self.defendant
        self.is_solo_action = False
        self.state = None
        self.action_type = "plaintiff defendant"
        super().init(*pargs, **kwargs)

    def __str__(self) -> str:
        return str(self.case_id)

    def set_action_type(self, the_value: str) -> None:
        """Name the parties as the kind of action wants it: one of ``ROLES``."""
        if the_value in ROLES:
            first, second, alone = ROLES[the_value]
            for role in ("plaintiff", "defendant", "respondent"):
                if role not in (first, second):
                    self.delattr(role)
            self.initializeAttribute(first, self.PartyListClass)
            self.firstParty = getattr(self, first)
            if second is not None:
                self.initializeAttribute(second, self.PartyListClass)
                self.secondParty = getattr(self, second)
            self.is_solo_action = alone
        self.action_type = the_value

    def case_id_in_caption(self, **kwargs: Any) -> str:
        """``Case No. 12-345``"""
        label = words.word("Case No.")
        return f"{label} {self.case_id}" if has(self, "case_id") else label

    def determine_court(self, **kwargs: Any) -> None:
        """Nothing: no rules of a jurisdiction are built in."""

    def _sides(self) -> Iterator[tuple[str, PartyList]]:
        """(role, parties) of every list of parties, each once."""
        for role, side in list(self.__dict__.items()):
            if isinstance(side, self.PartyListClass) and role not in ("firstParty", "secondParty"):
                yield role, side

    def role_of(self, party: Any) -> str:
        """``plaintiff``, ``defendant`` …, or ``third party``."""
        for role, side in self._sides():
            side._trigger_gather()
            if any(one is party for one in side.elements):
                return role
        return "third party"

    def parties(self) -> list[Any]:
        """All parties."""
        found: list[Any] = []
        for _, side in self._sides():
            side._trigger_gather()
            found += [one for one in side.elements if one not in found]
        return found

    def all_known_people(self) -> list[Any]:
        """All parties whose names are known, and their children."""
        found: list[Any] = []
        for _, side in self._sides():
            for party in side.elements:
                _add_with_children(party, found)
        return found


def _add_with_children(person: Any, found: list[Any]) -> None:
    if person in found or not person.identified():
        return
    found.append(person)
    for child in person.child.elements if has(person, "child") else ():
        _add_with_children(child, found)


class Document(DAObject):
    """A document: ``title``."""

    def __str__(self) -> str:
        return str(self.title)


class LegalFiling(Document):
    """A document for a court: ``case``, ``title``."""

    def caption(self) -> str:
        """The head of the first page, in docassemble's marks."""
        case = self.case
        case.firstParty.gather()
        if not case.is_solo_action:
            case.secondParty.gather()
        text = f"[BOLDCENTER] {case.court.in_the_court(legalfiling=self, case=case)}\n\n[BEGIN_CAPTION]"
        if case.action_type == "in re":
            text += "In re "
        text += _side(case.firstParty)
        if case.action_type != "in re":
            text += f"[TAB][TAB]{_role(case.firstParty)}[NEWLINE] "
        if not case.is_solo_action:
            text += f"[SKIPLINE][TAB]{words.word('v.')} [NEWLINE][SKIPLINE] "
            text += f"{_side(case.secondParty)}[TAB][TAB]{_role(case.secondParty)}"
        text += f"[VERTICAL_LINE]{case.case_id_in_caption(legalfiling=self)}[END_CAPTION]\n\n"
        if self.title is not None:
            text += f"[BOLDCENTER] {self.title.upper()}\n"
        return text


def _side(parties: PartyList) -> str:
    joined = words.comma_and_list(
        parties.elements,
        comma_string=",[NEWLINE]",
        and_string=words.word("and"),
        before_and=" ",
        after_and="[NEWLINE]",
    )
    return f"{joined},[NEWLINE]"


def _role(parties: PartyList) -> str:
    return words.word(parties.as_noun()).capitalize()
