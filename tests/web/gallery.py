"""Every kind of screen and every state of one, by hand: what the browser tests open and ``docs/screens`` shows."""

from __future__ import annotations

from typing import Any

from engross.engine.screen import (
    Button,
    GivenAnswer,
    HelpText,
    NavSection,
    Option,
    ReviewLine,
    Screen,
    ScreenField,
    ShowIf,
    ShownPaper,
)
from engross.web.inputs import key_of
from tests.web.fakes import PaperState, Shown, Waiting


def shown(screen: Screen, **more: Any) -> Shown:
    return Shown(session_id="0" * 32, version=1, screen_id="s0", screen=screen, **more)


def field(path: str, label: str | None = None, **more: Any) -> ScreenField:
    return ScreenField(key=key_of(path), variable=path, path=path, label=label, **more)


def options(*labels: str, **more: Any) -> tuple[Option, ...]:
    return tuple(Option(key=label, label=label, value=label, **more) for label in labels)


def boxes(path: str, *labels: str) -> tuple[Option, ...]:
    return tuple(Option(key=label, label=label, value=True, variable=f"{path}[{label!r}]") for label in labels)


NOTICE = field("notice_date", "Date on the notice", datatype="date", hint=None, help="Look at the top of the letter.")
QUESTION = Screen(
    kind="fields",
    question="When did you get the notice to quit?",
    subquestion="Look at the top of the letter from your landlord.",
    block="ID notice date",
    fields=(NOTICE,),
    help=(HelpText(label="I do not know the date", content="Use the date you first saw the letter. A **good guess** is fine."),),
)
TEXTS = Screen(
    kind="fields",
    question="Tell us about yourself",
    subquestion="We put this on the first page of your papers.",
    block="ID about you",
    fields=(
        field("users[0].name.first", "First name"),
        field("users[0].name.middle", "Middle name", required=False),
        field("users[0].name.last", "Last name"),
        field("users[0].email", "Email", datatype="email", required=False, under_text="We only use it to send you your papers."),
        field("users[0].phone_number", "Phone", datatype="tel", hint="617-555-0100", required=False),
        field("rent", "Rent each month", datatype="currency"),
        field("people", "How many people live with you?", datatype="integer", min=0, max=20),
        field("hour", "When can we call?", datatype="time", required=False),
        field("moment", "When did it happen?", datatype="datetime", required=False),
        field("story", "What happened?", input_type="area", rows=4, maxlength=400, default="The heat does not work."),
    ),
)
CHOICES = Screen(
    kind="fields",
    question="About your home",
    block="ID home",
    auto_terms={"subsidy": "Money from the *government* that pays a part of your rent."},
    subquestion="Tell us if you have a subsidy. It matters for what we write.",
    fields=(
        field("kind", "What kind of home is it?", input_type="radio", options=(
            Option(key="apartment", label="Apartment", value="apartment", help="In a building with other homes"),
            Option(key="house", label="House", value="house"),
            Option(key="room", label="Room", value="room"),
        )),
        field("broken", "What is broken?", datatype="checkboxes", options=boxes("broken", "Heat", "Hot water", "Windows"),
              none_of_the_above="None of the above", none_key="_none_b", all_of_the_above="All of the above", all_key="_all_b"),
        field("state", "State", input_type="dropdown", options=options("Massachusetts", "Maine", "Vermont")),
        field("court", "Court", input_type="combobox", options=options("Boston Municipal Court", "Housing Court", "Lynn District Court")),
        field("languages", "Languages you speak", datatype="multiselect", options=boxes("languages", "English", "Español", "Kreyòl")),
        field("safe", "Do you feel safe at home?", datatype="boolean", input_type="yesnoradio"),
        field("lease", "Do you have a lease?", datatype="threestate", input_type="yesnomaybe"),
        field("agree", "I have read the papers from the court", datatype="boolean", input_type="yesno", required=False),
        field("warm", "How warm is it? (0 to 30)", datatype="range", min=0, max=30, default=12),
    ),
)
HIDDEN = Screen(
    kind="fields",
    question="Does anybody help you?",
    block="ID helper",
    fields=(
        field("has_helper", "Somebody helps me with this form", datatype="boolean", input_type="yesno", required=False),
        field("helper_name", "Name of the person", show_if=(ShowIf(kind="show", variable="has_helper", key=key_of("has_helper"), value=True),)),
        field("role", "Who is it?", input_type="radio", options=options("Lawyer", "Friend"),
              show_if=(ShowIf(kind="show", variable="has_helper", key=key_of("has_helper"), value=True),)),
        field("board_number", "Lawyer’s number", show_if=(ShowIf(kind="show", script='val("role") === "Lawyer"'),)),
        field("reason", "Why not?", show_if=(ShowIf(kind="hide", variable="has_helper", key=key_of("has_helper"), value=True),), required=False),
    ),
)
YES_NO = Screen(
    kind="yesno",
    question="Do you want a jury?",
    subquestion="A jury is a group of people who decide the case. **It can take longer.**",
    block="ID jury",
    fields=(field("wants_jury", None, datatype="boolean", options=(Option(key="True", label="Yes", value=True), Option(key="False", label="No", value=False))),),
)
BUTTONS = Screen(
    kind="multiple_choice",
    question="Where do you want to start?",
    block="ID start",
    variety="buttons",
    fields=(field("start", None, options=(
        Option(key="answer", label="Answer the case", value="answer", color="primary"),
        Option(key="letter", label=":envelope: Write to my landlord", value="letter", color="secondary", help="If you do not have a court case yet"),
        Option(key="lockout", label="Stop a lockout", value="lockout", color="danger"),
    )),),
)
RADIO = Screen(
    kind="multiple_choice", question="How do you pay the rent?", block="ID pay", variety="radio",
    fields=(field("pay", None, options=options("Cash", "Check", "A program pays it")),),
)
FILES = Screen(
    kind="fields", question="Do you have photos?", block="ID photos",
    subquestion="Photos of what is broken help the judge. You can take one now.",
    fields=(field("photos", "Photos or papers", datatype="files", required=False, accept="image/*,application/pdf"),),
)
SIGNATURE = Screen(
    kind="signature", question="Sign your name", block="ID sign",
    subquestion="Your signature goes on the last page of your papers.",
    fields=(field("user_signature", None, datatype="signature"),),
)
REVIEW = Screen(
    kind="review", question="Check your answers", subquestion="We put these answers in your court papers.", block="ID review",
    review=(
        ReviewLine(note="### About you"),
        ReviewLine(button="**Your name**  \nMaria Alvarez", action="users[0].name.first"),
        ReviewLine(button="**Your address**  \n12 Elm Street, Unit 3, Boston, MA 02118", action="users[0].address.address"),
        ReviewLine(note="### Your landlord"),
        ReviewLine(button="**Name**  \nElm Street LLC", action="landlord.name.text"),
        ReviewLine(button="**Exhibits**  \n7 photos, 1 lease (12 pages)", action="exhibits.revisit"),
    ),
    fields=(field("review_done", None, datatype="boolean", input_type="continue"),),
    continue_label="My answers are right. Continue",
    action_buttons=(Button(label="View the draft (PDF)", action="preview", color="outline-primary"),),
)
GENERATED = Screen(
    kind="review", question="Check your answers", subquestion="You can change any answer.", block="Generated review",
    review=(
        ReviewLine(heading="About you", label="What is your name?", action="users[0].name.first", answers=(
            GivenAnswer(label="First name", text="Maria"), GivenAnswer(label="Last name", text="Alvarez-<b>Longlastnameindeed</b>"), GivenAnswer(label="Password", text="••••••••"),
        )),
        ReviewLine(label="In which county do you live?", action="county", answers=(GivenAnswer(text="Suffolk"),)),
        ReviewLine(heading="Your home", label="What is broken?", action="broken", answers=(GivenAnswer(text="Heat\nHot water"),)),
        ReviewLine(label="Do you have children?", answers=(GivenAnswer(text="Yes"),), buttons=(
            Button(label="Add another", action="_da_list_add", arguments={"list": "children"}),
        )),
        ReviewLine(label="What is the name of your first child?", action="children[0].name.first", answers=(GivenAnswer(label="Name", text="Ann"),), buttons=(
            Button(label="Remove", action="_da_list_remove", arguments={"list": "children", "item": "children[0]"}),
        )),
    ),
    continue_label="My answers are right. Continue",
)
DOWNLOAD_LIST = """
<div class="engross-downloads">
<p><a class="btn btn-primary w-100" href="/files/1">Download everything (PDF, 19 pages)</a></p><p>1.8 MB. <a href="/files/2">Download as a zip</a></p>
<h2>Each paper</h2>
</div>
"""
DOWNLOAD = Screen(
    kind="deadend", question="Your papers are ready", block="ID download", events=("download_screen",),
    subquestion="Look at each paper before you sign it.\n\n### What to do next\n\n1. Print and sign the motion.\n2. Bring it to the court before **March 3, 2027**.\n3. Give a copy to your landlord.",
    papers=(
        ShownPaper(name="Motion to stay the eviction", filename="motion", formats={"pdf": "1" * 32, "docx": "2" * 32}),
        ShownPaper(name="Affidavit of indigency", filename="affidavit", formats={"pdf": "3" * 32}, description="Asks the court to let you pay no fees."),
    ),
    action_buttons=(Button(label="Change my answers", action="review", color="secondary"),),
)
WAITING_SCREEN = Screen(
    kind="deadend", question="Please wait while we make your documents", block="ID waiting screen", events=("al_download_waiting_screen",), reload_seconds=10,
    subquestion="This can take a few minutes.\n\n<div class=\"spinner-border text-primary d-flex justify-content-center\" role=\"status\"><span class=\"sr-only\">Making documents...</span></div>",
)
WAITING = Waiting(
    papers=(
        PaperState(name="Motion to stay the eviction", state="done", pages=4, file_id="1" * 32),
        PaperState(name="Affidavit of indigency", state="done", pages=3, file_id="2" * 32),
        PaperState(name="Exhibits (7 photos)", state="working", words="Adding page 5 of 12"),
        PaperState(name="All papers in one file", state="waiting"),
    ),
    seconds_low=20,
    seconds_high=50,
)
SECTIONS = (
    NavSection(key="about", title="About you", state="done", action="about"),
    NavSection(key="home", title="Your home", state="current", children=(
        NavSection(key="rent", title="The rent", state="done", action="rent"), NavSection(key="notice", title="The notice", state="current"), NavSection(key="repairs", title="Repairs", state="todo"),
    )),
    NavSection(key="sign", title="Check and sign", state="todo"),
)
LIST = Screen(
    kind="fields", question="Who lives with you?", block="ID household",
    fields=tuple(
        one
        for n in range(5)
        for one in (
            ScreenField(key=key_of(f"household[{n}].name.first"), path=f"household[{n}].name.first", label="Name", group=n, default="Ana" if n == 0 else None),
            ScreenField(key=key_of(f"household[{n}].age"), path=f"household[{n}].age", label="Age", datatype="integer", group=n, default=9 if n == 0 else None),
        )
    ),
    list_collect={"list": "household", "groups": 2, "spare": 3, "allow_append": True, "allow_delete": True, "add_label": "Add another person", "labels": ["", "", "", "", ""], "minimum": 0},
)
GRID = Screen(
    kind="fields", question="Your address", block="ID address",
    subquestion="I have lived there for [FIELD years] years.",
    fields=(
        field("years", "Years", datatype="integer", inline=True),
        field("address", "Street address"),
        field("city", "City", grid={"width": 6}), field("us_state", "State", grid={"width": 2}), field("zip", "Zip", grid={"width": 4}),
        field("floaty", "Name on the door", floating_label=True, required=False),
        field("born", "Date of birth", datatype="ThreePartsDate"),
        ScreenField(key="_field_0", datatype="note", note="#### A note\n\nYou can **change** this later."),
        field("secret", "A password for this form", datatype="password", required=False),
    ),
)
HEAVY = Screen(
    kind="fields", question="A page with everything around it", block="ID around", css_class="author-class",
    subquestion="Read about the {notice to quit}. [Court map](https://example.org/map)\n\n| Fee | Amount |\n|---|---:|\n| Filing | $195 |\n| Jury | $0 |",
    terms={"notice to quit": "A letter in which the landlord asks you to move out."},
    parts={"under": "This goes *under* the question.", "right": "#### On the side\n\nCall 617-555-0100 for help.", "footer": "Made by the court’s self-help center.", "exit link": "exit", "exit label": "Leave this site"},
    fields=(field("plain", "no label"),),
    sections=SECTIONS, progress=45, messages=(("Your photo was saved.", "success"),),
    action_buttons=(Button(label="Skip this", action="skip", color="link"), Button(label="Stop", action="stop", color="danger", icon="hand")),
    help=(HelpText(heading="About fees", content="You can ask the court to **waive** them."),),
    audio=(), menu=({"label": "All forms", "url": "/"},),
)
ARABIC = Screen(
    kind="fields", question="ما اسمك؟", subquestion="نضع اسمك في أوراقك.", block="ID arabic", language="ar",
    fields=(field("users[0].name.first", "الاسم الأول"), field("sure", "هل أنت متأكد؟", datatype="boolean", input_type="yesnoradio")),
)
END = Screen(
    kind="multiple_choice", question="You may not be able to use this form", block="ID kick out", variety="buttons",
    subquestion="This form is for people who rent their home.",
    buttons=(Option(key="0", label="Start again", action="restart", value="restart"), Option(key="1", label="Leave", action="exit", value="exit", url="https://example.org/")),
)

PARTLY = Screen(
    kind="deadend", question="Your papers are ready", block="ID partly failed",
    subquestion="""<div class="container al_table al_doc_table" id="al_user_bundle">
<div class="row al_doc_table_row"><div class="col col-12 col-sm-6 al_doc_title">Motion to stay the eviction (4 pages)</div><div class="col col-12 col-sm-6 al_buttons"><a class="btn btn-outline-primary" href="/files/1">View</a> <a class="btn btn-outline-primary" href="/files/2">Download</a></div></div>
<div class="row al_doc_table_row"><div class="col col-12 col-sm-6 al_doc_title">Exhibits</div><div class="col col-12 col-sm-6 al_buttons"><span class="al_failure"><strong>This paper could not be made.</strong> A file that belongs to it has a password. Please upload the file without the password. <span class="al_failure_code text-nowrap">Code K7A-11F</span></span> <a class="btn btn-outline-primary al_replace" href="/interview?action=e30">Replace lease-scan.pdf</a> <a class="btn btn-outline-secondary al_leave_out" href="/interview?action=e30">Make my papers without it: lease-scan.pdf</a></div></div>
<div class="row al_doc_table_row"><div class="col col-12 col-sm-6 al_doc_title">Rent records (2 pages) <span class="al_failure text-body-secondary">(without rent-2024.pdf)</span></div><div class="col col-12 col-sm-6 al_buttons"><a class="btn btn-outline-primary" href="/files/3">View</a> <a class="btn btn-outline-primary" href="/files/4">Download</a> <a class="btn btn-outline-primary al_replace" href="/interview?action=e30">Replace rent-2024.pdf</a></div></div>
</div>""",
)
GALLERY: dict[str, Shown] = {
    "question": shown(QUESTION),
    "question-error": shown(QUESTION, errors={NOTICE.key: "Enter the date you got the notice"}, typed={NOTICE.key: [""]}),
    "texts": shown(TEXTS),
    "choices": shown(CHOICES),
    "choices-error": shown(CHOICES, errors={key_of("kind"): "Choose the kind of home", key_of("broken"): "Check a box, or “None of the above”", key_of("state"): "Choose a state"}, typed={}),
    "show-if": shown(HIDDEN),
    "yes-no": shown(YES_NO),
    "buttons": shown(BUTTONS),
    "radio": shown(RADIO),
    "files": shown(FILES),
    "signature": shown(SIGNATURE),
    "review": shown(REVIEW),
    "generated-review": shown(GENERATED),
    "downloads": shown(DOWNLOAD),
    "partly-failed": shown(PARTLY),
    "waiting": shown(WAITING_SCREEN, waiting=WAITING),
    "waiting-queue": shown(WAITING_SCREEN, waiting=Waiting(papers=WAITING.papers[3:], position=12, seconds_low=120, seconds_high=180)),
    "list": shown(LIST),
    "grid": shown(GRID),
    "heavy": shown(HEAVY),
    "arabic": shown(ARABIC),
    "end": shown(END),
    "stale": shown(QUESTION, notice="This page was already answered in another window. Here is where you are now."),
}
