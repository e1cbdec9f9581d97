"""Drafting: a new interview package, from scratch or from a fillable PDF.

From a PDF, the fields are listed, typed by what Assembly Line's conventions make of their names (``users1_name_first``,
``hearing_date``, ``has_lawyer_yes`` …) and by their kind, grouped into questions in reading order, and put into an attachment, a
bundle, a review screen and a download screen. It is a draft: it runs, and its author improves the words.
"""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engross.documents import pdf as pdfs
from engross.documents.acroform import Kind
from engross.errors import OperatorError

QUESTION_FIELDS = 6
"""Most fields on one drafted screen."""
LONG_FIELD_POINTS = 30
"""A text field this high takes several lines."""
PEOPLE = {
    "user": "users",
    "other_party": "other_parties",
    "plaintiff": "plaintiffs",
    "defendant": "defendants",
    "petitioner": "petitioners",
    "respondent": "respondents",
    "child": "children",
    "spouse": "spouses",
    "parent": "parents",
    "guardian": "guardians",
    "caregiver": "caregivers",
    "attorney": "attorneys",
    "translator": "translators",
    "debt_collector": "debt_collectors",
    "creditor": "creditors",
    "witness": "witnesses",
    "tenant": "tenants",
    "landlord": "landlords",
}
"""One of them → the list of Assembly Line's conventions."""
_LISTS = {plural: plural for plural in PEOPLE.values()} | PEOPLE
_PERSON = re.compile(rf"({'|'.join(sorted(_LISTS, key=len, reverse=True))})(\d*)(?:_(.+))?")
PARTS = {
    None: ("name", "{}"),
    "name": ("name", "{}"),
    "name_full": ("name", "{}"),
    "full_name": ("name", "{}"),
    "name_first": ("name", "{}.name.first"),
    "first_name": ("name", "{}.name.first"),
    "name_middle": ("name", "{}.name.middle"),
    "middle_name": ("name", "{}.name.middle"),
    "name_last": ("name", "{}.name.last"),
    "last_name": ("name", "{}.name.last"),
    "name_suffix": ("name", "{}.name.suffix"),
    "address": ("address", "{}.address.on_one_line()"),
    "address_on_one_line": ("address", "{}.address.on_one_line()"),
    "address_block": ("address", "{}.address.block()"),
    "address_line_one": ("address", "{}.address.line_one()"),
    "address_street": ("address", "{}.address.line_one()"),
    "address_address": ("address", "{}.address.address"),
    "address_unit": ("address", "{}.address.unit"),
    "address_line_two": ("address", "{}.address.line_two()"),
    "address_city_state_zip": ("address", "{}.address.line_two()"),
    "address_city": ("address", "{}.address.city"),
    "address_state": ("address", "{}.address.state"),
    "address_zip": ("address", "{}.address.zip"),
    "address_county": ("county", "{}.address.county"),
    "phone": ("phone_number", "{}.phone_number"),
    "phone_number": ("phone_number", "{}.phone_number"),
    "mobile": ("mobile_number", "{}.mobile_number"),
    "mobile_number": ("mobile_number", "{}.mobile_number"),
    "email": ("email", "{}.email"),
    "birthdate": ("birthdate", "{}.birthdate"),
    "birth_date": ("birthdate", "{}.birthdate"),
    "date_of_birth": ("birthdate", "{}.birthdate"),
    "age": ("birthdate", "{}.age_in_years()"),
    "signature": ("signature", "{}.signature_if_final(i)"),
}
"""What a field name says after the person → (what is asked, what the field shows)."""
_ASKED_ALONE = {
    "county": ("County", "address.county", ""),
    "phone_number": ("Phone number", "phone_number", "datatype: tel"),
    "mobile_number": ("Mobile number", "mobile_number", "datatype: tel"),
    "email": ("Email", "email", "datatype: email"),
    "birthdate": ("Date of birth", "birthdate", "datatype: BirthDate"),
}
_MONEY = re.compile(r"(^|_)(amount|income|salary|wages?|cost|fees?|rent|price|value|balance|payment|total|expenses?)(_|\d|$)")
_COUNT = re.compile(r"(^|_)(number_of|how_many|count|quantity)(_|$)|(^|_)(years|months|days|hours)$")
_MAY_BE_EMPTY = re.compile(
    r"(^|_)(other|additional|details?|explain|explanation|if|comments?|notes?|middle|suffix|unit|apt|fax|attorneys?\d*|lawyers?\d*|bbo|bar)(_|\d|$)"
    r"|^[a-z_]+?([2-9]|1\d)(_|$)"
)
"""Names of what not everybody has, and of the second and further ones."""
LONGEST_LABEL = 150
LONG_DATE = "September 30, 2026"
_DATE = re.compile(r"(^|_)date(_|\d|$)|_on$")


@dataclass(slots=True, kw_only=True)
class Asked:
    """A variable of the draft and how it is asked."""

    variable: str
    label: str
    options: list[str] = field(default_factory=list)
    """Further lines of the field."""


@dataclass(slots=True)
class Draft:
    """What is known of the interview while the fields are read."""

    title: str
    name: str
    """Package and file name in snake case."""
    people: dict[str, int] = field(default_factory=dict)
    """List → how many of it the form has."""
    about: dict[str, list[str]] = field(default_factory=dict)
    """Person → what is asked about it."""
    asked: dict[str, tuple[int, Asked]] = field(default_factory=dict)
    """Variable → (page, how it is asked)."""
    shown: list[tuple[str, str]] = field(default_factory=list)
    """PDF field → what it shows."""
    said: dict[str, str] = field(default_factory=dict)
    """PDF field → what the form says of it for people who cannot see it."""

    def person(self, owner: str, number: int) -> str:
        """The variable of the person, who is counted."""
        self.people[owner] = max(self.people.get(owner, 0), number)
        return f"{owner}[{number - 1}]"


def draft_package(folder: Path, *, title: str | None = None, pdf: Path | None = None) -> Path:
    """Write a package into *folder*, which must not exist; the path of its interview. Raises OperatorError."""
    name = _snake(pdf.stem if pdf is not None else folder.name) or "interview"
    name = name if name[0].isalpha() else f"form_{name}"
    draft = Draft(title or _spoken(name), name)
    if pdf is not None:
        own_title, draft.said = pdfs.descriptions(pdf)
        draft.title = title or (own_title if _is_title(own_title) else draft.title)
        fields = pdfs.fields(pdf)
        usable = [one for one in fields if one.kind is not Kind.BUTTON and not one.read_only]
        if not usable:
            raise OperatorError(f"`{pdf}` has no form fields. Add some with a PDF editor, then run this again.")
        for one in sorted(usable, key=lambda one: (one.page, -round(one.rectangle[3] / 12), one.rectangle[0])):
            _read(draft, one)
    package = re.sub(r"\W", "", "".join(part[:1].upper() + part[1:] for part in _snake(folder.name).split("_"))) or "Interview"
    base = folder / "docassemble" / package
    for place in ("questions", "templates", "static", "sources"):
        (base / "data" / place).mkdir(parents=True)
    (base / "__init__.py").write_text("", encoding="utf-8")
    (folder / "pyproject.toml").write_text(_project(package, draft), encoding="utf-8")
    (folder / "README.md").write_text(f"# {draft.title}\n\nA guided interview. Try it: `engross serve .`\n", encoding="utf-8")
    if pdf is not None:
        (base / "data" / "templates" / f"{name}.pdf").write_bytes(pdf.read_bytes())
    else:
        _begin(draft)
        _letter(base / "data" / "templates" / f"{name}.docx", draft)
    file = base / "data" / "questions" / f"{name}.yml"
    file.write_text(_interview(draft, "pdf" if pdf is not None else "docx"), encoding="utf-8")
    return file


def _begin(draft: Draft) -> None:
    """What an interview from scratch asks."""
    draft.about[draft.person("users", 1)] = ["name", "address", "signature"]
    draft.asked["request"] = (1, Asked(variable="request", label="What do you ask for?", options=["input type: area"]))


def _letter(path: Path, draft: Draft) -> None:
    import docx

    letter = docx.Document()
    letter.add_heading(draft.title, 1)
    for line in ("{{ users[0] }}", "{{ users[0].address.on_one_line() }}", "{{ today() }}", "", "{{ request }}", "", "{{ users[0].signature_if_final(i) }}", "{{ users[0] }}"):  # fmt: skip
        letter.add_paragraph(line)
    letter.save(str(path))


# --------------------------------------------------------------------------------------------------------- reading fields


def _read(draft: Draft, one: pdfs.Field) -> None:
    """Note what a field asks for and what it shows."""
    name = _snake(re.sub(r"__\d+$", "", one.name.rpartition(".")[2]))
    match = _PERSON.fullmatch(name)
    if one.kind is Kind.SIGNATURE:
        owner, number = (_LISTS[match[1]], int(match[2] or 1)) if match is not None else ("users", 1)
        return _about(draft, one, owner, number, "signature", "{}.signature_if_final(i)")
    if match is not None and one.kind is not Kind.CHECKBOX and match[3] in PARTS:
        asked, shows = PARTS[match[3]]
        return _about(draft, one, _LISTS[match[1]], int(match[2] or 1), asked, shows)
    if name == "signature_date":
        draft.shown.append((one.name, f"${{ {_short('today()', one)} if i == 'final' else '' }}"))
        return None
    if name in ("signature", "your_signature"):
        return _about(draft, one, "users", 1, "signature", "{}.signature_if_final(i)")
    return _variable(draft, one, _free(name))


def _about(draft: Draft, one: pdfs.Field, owner: str, number: int, asked: str, shows: str) -> None:
    person = draft.person(owner, max(number, 1))
    known = draft.about.setdefault(person, [])
    if asked not in known:
        known.append(asked)
    if "name" not in known:
        known.insert(0, "name")
    if asked == "birthdate" and shows == "{}.birthdate":
        shows = _short(shows, one)
    if one.max_length == 1 and shows == "{}.name.middle":
        shows = "{}.name.middle_initial(with_period=False)"
    draft.shown.append((one.name, f"${{ {shows.format(person)} }}"))


def _short(date: str, one: pdfs.Field) -> str:
    """The expression *date*, written with numbers where the month's name does not fit."""
    return date if one.fits(LONG_DATE) else f"{date}.format('M/d/yyyy')"


def _variable(draft: Draft, one: pdfs.Field, name: str) -> None:
    """A field of the form's own."""
    shows = f"${{ {name} }}"
    answer = re.fullmatch(r"(.+)_(yes|no)", name)
    if answer is not None and one.kind in (Kind.CHECKBOX, Kind.TEXT):
        name = _free(answer[1])
        shows = f"${{ {name if answer[2] == 'yes' else 'not ' + name} }}"
        options = ["datatype: yesnoradio"]
    elif one.kind is Kind.CHECKBOX:
        options = ["datatype: yesno"]
    elif one.kind is Kind.RADIO and len(one.options) == 1:
        options = ["datatype: yesno"]
        shows = f"${{ {json.dumps(one.options[0])} if {name} else '' }}"
    elif one.kind in (Kind.RADIO, Kind.CHOICE) and one.options:
        words = [f"  - {_yaml(_spoken(option))}: {_yaml(option)}" for option in one.options]
        options = ["input type: radio" if len(words) < 7 else "input type: dropdown", "choices:", *words]
    else:
        options = _typed(name, one)
        if _MAY_BE_EMPTY.search(name) and not any(re.match(r"datatype: (date|integer|currency)", line) for line in options):
            options.append("required: False")
        if "datatype: currency" in options:
            shows = f"${{ currency({name}) }}"
        elif "datatype: date" in options:
            shows = f"${{ {_short(name, one)} }}"
    draft.shown.append((one.name, shows))
    draft.asked.setdefault(name, (one.page, Asked(variable=name, label=_label(draft, one, name), options=options)))


def _typed(name: str, one: pdfs.Field) -> list[str]:
    """The field lines that suit a text field."""
    if _DATE.search(name):
        return ["datatype: date"]
    if re.search(r"e_?mail", name):
        return ["datatype: email"]
    if re.search(r"phone|(^|_)(tel|fax)(_|$)", name):
        return ["datatype: tel"]
    if _COUNT.search(name):
        return ["datatype: integer"]
    if _MONEY.search(name):
        return ["datatype: currency"]
    _, bottom, _, top = one.rectangle
    lines = ["input type: area"] if one.multiline or top - bottom > LONG_FIELD_POINTS else []
    return lines + ([f"maxlength: {one.max_length}"] if one.max_length else [])


def _snake(text: str) -> str:
    """``Case No. (if known)`` → ``case_no_if_known``"""
    text = re.sub(r"\[\d+\]$", "", text.strip())
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text)
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


TAKEN = frozenset(
    (
        "address", "city", "event", "i", "name", "nav", "person", "state", "today", "trial_court", "url_args", "value", "word", "x",
    )
)  # fmt: skip
"""Names that mean something else in an interview."""


def _free(name: str) -> str:
    """A variable that Python and the library leave free."""
    if not name or not name[0].isalpha():
        name = f"field_{name}"
    return f"{name}_answer" if name in TAKEN or keyword.iskeyword(name) or len(name) < 2 else name


def _label(draft: Draft, one: pdfs.Field, name: str) -> str:
    """What the form says of the field, or its name in words; of somebody, whose it is."""
    said = re.sub(r"\s+", " ", re.sub(r"^(please )?(enter|type|write)( here)?:?\s+", "", draft.said.get(one.name, ""), flags=re.IGNORECASE)).rstrip(" :")
    if said and len(said) <= LONGEST_LABEL and _snake(said) != _snake(one.name.rpartition(".")[2]):
        return said[0].upper() + said[1:]
    match = _PERSON.fullmatch(name)
    if match is not None and match[3]:
        return f"{_whose(f'{_LISTS[match[1]]}[{int(match[2] or 1) - 1}]')} {match[3].replace('_', ' ')}"
    return _spoken(name)


def _is_title(text: str) -> bool:
    """Whether a PDF's own title is one: programs write file names there."""
    return 4 <= len(text) <= LONGEST_LABEL and not re.search(r"Microsoft|untitled|\.(docx?|pdf|indd|rtf|odt)\b|[_/\\]", text, re.IGNORECASE)


def _spoken(name: str) -> str:
    text = re.sub(r"[_\s]+", " ", name).strip()
    return text[:1].upper() + text[1:]


# -------------------------------------------------------------------------------------------------------- writing the file


def _interview(draft: Draft, template: str) -> str:
    """The YAML."""
    screens = list(_screens(draft))
    blocks = [
        _metadata(draft),
        "include:\n  - docassemble.AssemblyLine:assembly_line.yml",
        _objects(draft),
        _order(draft, screens),
        _intro(draft),
        *(text for _, _, text in screens),
        *_signatures(draft),
        _review(draft, screens),
        _download(draft),
        _attachment(draft, template),
    ]
    return "".join(f"---\n{block}\n" for block in blocks)


def _metadata(draft: Draft) -> str:
    return f"metadata:\n  title: {_yaml(draft.title)}\n  short title: {_yaml(draft.title)}"


def _objects(draft: Draft) -> str:
    lines = ["objects:"]
    for owner, number in draft.people.items():
        known = "there_are_any=True, there_is_another=False" if number == 1 else f"ask_number=True, target_number={number}"
        lines.append(f"  - {owner}: ALPeopleList.using({known})")
    document = f"{draft.name}_attachment"
    lines += [
        f"  - {document}: ALDocument.using(title={json.dumps(draft.title)}, filename={json.dumps(draft.name)}, enabled=True, has_addendum=False)",
        f"  - al_user_bundle: ALDocumentBundle.using(elements=[{document}], title={json.dumps(draft.title)}, filename={json.dumps(draft.name)}, enabled=True)",
    ]
    return "\n".join(lines)


def _order(draft: Draft, screens: Sequence[tuple[str, str, str]]) -> str:
    """The interview order block."""
    signers = [f"  {person}.signature" for person, asked in draft.about.items() if "signature" in asked]
    lines = [
        "id: interview order",
        "mandatory: True",
        "code: |",
        f"  {draft.name}_intro",
        *(f"  {sought}" for sought, _, _ in screens),
        "  check_answers",
        *signers,
        f"  {draft.name}_download",
    ]
    return "\n".join(lines)


def _intro(draft: Draft) -> str:
    return (
        f"id: introduction\nquestion: |\n  {draft.title}\nsubquestion: |\n"
        "  Answer the questions. At the end you get your finished papers.\n"
        f"continue button field: {draft.name}_intro"
    )


def _screens(draft: Draft) -> Iterator[tuple[str, str, str]]:
    """(variable that brings it up, its title, its YAML) of each screen."""
    for person, asked in draft.about.items():
        whose = _whose(person)
        if "name" in asked:
            yield f"{person}.name.first", whose + " name", (
                f"id: {whose.lower()} name\nquestion: |\n  {_question(person)}\nfields:\n  - code: |\n      {person}.name_fields()"
            )
        if "address" in asked:
            yield f"{person}.address.address", whose + " address", (
                f"id: {whose.lower()} address\nquestion: |\n  What is {whose.lower()} address?\nfields:\n  - code: |\n      {person}.address_fields()"
            )
        alone = [_ASKED_ALONE[each] for each in asked if each in _ASKED_ALONE]
        if alone:
            lines = [f"  - {label}: {person}.{attribute}" + (f"\n    {more}" if more else "") for label, attribute, more in alone]
            yield f"{person}.{alone[0][1]}", whose + " details", (
                f"id: {whose.lower()} details\nquestion: |\n  {whose} details\nfields:\n" + "\n".join(lines)
            )
    for number, (page, fields) in enumerate(_groups(draft), 1):
        title = f"Page {page} of the form, part {number}" if len(draft.asked) > QUESTION_FIELDS else "What you say in this paper"
        lines = []
        for one in fields:
            lines.append(f"  - {_yaml(one.label)}: {one.variable}")
            lines += [f"    {line}" for line in one.options]
        yield fields[0].variable, title, f"id: {title.lower()}\nquestion: |\n  {title}\nfields:\n" + "\n".join(lines)


def _groups(draft: Draft) -> Iterator[tuple[int, list[Asked]]]:
    """Fields that share a screen: neighbours on one page."""
    together: list[Asked] = []
    before = 0
    for page, one in draft.asked.values():
        if together and (page != before or len(together) == QUESTION_FIELDS):
            yield before, together
            together = []
        together.append(one)
        before = page
    if together:
        yield before, together


def _signatures(draft: Draft) -> Iterator[str]:
    for person, asked in draft.about.items():
        if "signature" in asked:
            whose = _whose(person)
            yield f"id: {whose.lower()} signature\nquestion: |\n  {whose} signature\nsignature: {person}.signature\nunder: |\n  ${{ {person} }}"


def _review(draft: Draft, screens: Sequence[tuple[str, str, str]]) -> str:
    lines = [
        "id: review",
        "question: |\n  Check your answers",
        "continue button field: check_answers",
        "review:",
    ]
    told = {fields[0].variable: [f"{one.label}: {_told(one)}" for one in fields] for _, fields in _groups(draft)}
    for person, asked in draft.about.items():
        told[f"{person}.name.first"] = [f"${{ {person} }}"]
        told[f"{person}.address.address"] = [f"${{ {person}.address.on_one_line() }}"]
        alone = [_ASKED_ALONE[each] for each in asked if each in _ASKED_ALONE]
        if alone:
            told[f"{person}.{alone[0][1]}"] = [f"{label}: ${{ showifdef('{person}.{attribute}') }}" for label, attribute, _ in alone]
    for sought, title, _ in screens:
        lines += [f"  - Edit: {sought}", f"    button: |\n      **{title}**\n", *(f"      {line}  " for line in told[sought])]
    return "\n".join(lines)


def _told(one: Asked) -> str:
    """What the review shows of an answer."""
    if "datatype: yesno" in one.options or "datatype: yesnoradio" in one.options:
        return f"${{ word('Yes') if showifdef('{one.variable}') else word('No') }}"
    if "datatype: currency" in one.options:
        return f"${{ currency(showifdef('{one.variable}')) }}"
    return f"${{ showifdef('{one.variable}') }}"


def _download(draft: Draft) -> str:
    return (
        f"id: download\nevent: {draft.name}_download\nquestion: |\n  Your papers are ready\nsubquestion: |\n"
        "  ${ al_user_bundle.download_list_html() }"
    )


def _attachment(draft: Draft, template: str) -> str:
    lines = [
        "attachment:",
        f"  name: {_yaml(draft.title)}",
        f"  filename: {draft.name}",
        f"  variable name: {draft.name}_attachment[i]",
        f"  {template} template file: {draft.name}.{template}",
        "  skip undefined: True",
    ]
    if draft.shown:
        lines.append("  fields:")
        lines += [f"    - {json.dumps(name)}: {_yaml(shows)}" for name, shows in draft.shown]
    return "\n".join(lines)


def _whose(person: str) -> str:
    owner, _, number = person.rstrip("]").partition("[")
    if owner == "users" and number == "0":
        return "Your"
    one = next((single for single, plural in PEOPLE.items() if plural == owner), owner).replace("_", " ")
    return f"The {one}’s" if number == "0" else f"{_spoken(one)} {int(number) + 1}’s"


def _question(person: str) -> str:
    return "What is your name?" if _whose(person) == "Your" else f"What is {_whose(person)[0].lower()}{_whose(person)[1:]} name?"


_PLAIN = re.compile(r"[A-Za-z$][\w $(){}\[\].,/'%+=-]*")


def _yaml(text: str) -> str:
    """*text* as a YAML value, in quotes where it needs them."""
    words = {"true", "false", "yes", "no", "null", "on", "off", "code", "note", "html", "default", "hint", "help", "label"}
    if _PLAIN.fullmatch(text) and text == text.strip() and text.lower() not in words:
        return text
    return json.dumps(text, ensure_ascii=False)


def _project(package: str, draft: Draft) -> str:
    return (
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n'
        f'[project]\nname = "docassemble.{package}"\nversion = "0.1.0"\ndescription = {json.dumps(draft.title, ensure_ascii=False)}\n'
        'requires-python = ">=3.11"\n\n'
        '[tool.hatch.build.targets.wheel]\npackages = ["docassemble"]\n'
    )
