"""What a page does in a real browser: conditions, lists, signatures, files, waiting, keyboard, and without any script."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from starlette.responses import HTMLResponse

from engross.engine.checkins import Command
from engross.engine.screen import Option, Screen, ShowIf
from engross.library.datatypes import CustomDataType, custom_types
from engross.settings import Settings
from engross.web.app import create_app
from tests.browser.conftest import Site, running
from tests.browser.patience import wait_until
from tests.browser.test_gallery import open_screen
from tests.web.fakes import INTERVIEW
from tests.web.gallery import GALLERY, NOTICE, field, key_of, shown

pytestmark = pytest.mark.browser
CONTINUE = ".engross-continue"


def press(page: Any, selector: str = CONTINUE) -> None:
    """Press a button and wait for the page that answers."""
    with page.expect_navigation():
        page.locator(selector).click()


def last_post(site: Site) -> dict[str, list[str]]:
    return site.visits.posts[-1][1]


def test_fields_appear_when_their_condition_holds(site: Site, page: Any) -> None:
    """``show if`` follows a checkbox, ``js show if`` a radio button inside what it showed, ``hide if`` goes the other way."""

    open_screen(site, page, "show-if")
    helper, number, reason = (page.locator(f"#{key_of(name)}") for name in ("helper_name", "board_number", "reason"))
    before = (helper.is_visible(), number.is_visible(), reason.is_visible())
    page.get_by_label("Somebody helps me with this form").check()
    page.get_by_label("Lawyer", exact=True).check()
    after = (helper.is_visible(), number.is_visible(), reason.is_visible())

    assert ((False, False, True), (True, True, False)) == (before, after)


def test_hidden_fields_are_not_sent(site: Site, page: Any) -> None:
    """What was typed and then hidden stays in the browser."""

    open_screen(site, page, "show-if")
    page.get_by_label("Somebody helps me with this form").check()
    page.locator(f"#{key_of('helper_name')}").fill("Ana")
    page.get_by_label("Somebody helps me with this form").uncheck()
    press(page)

    assert key_of("helper_name") not in last_post(site)


def test_none_of_the_above_unchecks_the_others(site: Site, page: Any) -> None:
    """And "All of the above" checks them."""

    open_screen(site, page, "choices")
    page.get_by_label("All of the above").check()
    every = page.locator(f"input[data-of='{key_of('broken')}']:checked").count()
    page.get_by_label("None of the above").check()
    none = page.locator(f"input[data-of='{key_of('broken')}']:checked").count()

    assert (4, 1) == (every, none)


def test_one_can_add_and_remove_people_of_a_list(site: Site, page: Any) -> None:
    """A spare item opens with its first field in focus; a removed one is told to the server and its fields are not sent."""

    open_screen(site, page, "list")
    visible = page.locator(".engross-item:visible").count()
    page.get_by_role("button", name="Add another person").click()
    page.keyboard.type("Luis")
    page.get_by_role("button", name="Remove this one").first.click()
    press(page)
    sent = last_post(site)

    assert (2, ["Luis"], ["0"]) == (visible, sent[key_of("household[2].name.first")], sent["_removed"])
    assert key_of("household[0].name.first") not in sent
    assert key_of("household[3].name.first") not in sent


def test_a_signature_can_be_drawn(site: Site, page: Any) -> None:
    """What is drawn arrives as a PNG."""

    open_screen(site, page, "signature")
    box = page.locator("#dasigcanvas").bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 90, steps=8)
    page.mouse.up()
    press(page, ".dasigsave")
    data = last_post(site)[key_of("user_signature")][0]

    assert base64.b64decode(data.partition(",")[2]).startswith(b"\x89PNG")


def test_a_signature_can_be_typed(site: Site, page: Any) -> None:
    """No dragging is needed (WCAG 2.5.7)."""

    open_screen(site, page, "signature")
    page.get_by_role("button", name="Type my name instead").click()
    page.get_by_label("Type your full name").fill("Maria Alvarez")
    press(page, ".dasigsave")

    assert last_post(site)[key_of("user_signature")][0].startswith("data:image/png;base64,")


def test_errors_get_the_focus(site: Site, page: Any) -> None:
    """The summary has the focus, and its link leads to the field."""

    open_screen(site, page, "question-error")
    focus = page.evaluate("document.activeElement.id")
    page.get_by_role("link", name="Enter the date you got the notice").click()

    assert ("engross-problem", NOTICE.key) == (focus, page.evaluate("document.activeElement.id"))


def test_a_double_click_sends_once(site: Site, page: Any) -> None:
    """Two quick clicks on Continue are one post."""

    open_screen(site, page, "radio")
    count = len(site.visits.posts)
    with page.expect_navigation():
        page.locator(CONTINUE).dblclick()

    assert count + 1 == len(site.visits.posts)


def test_reloading_an_answered_page_does_not_send_again(site: Site, page: Any) -> None:
    """After a post the address is the interview's, so that a reload asks."""

    open_screen(site, page, "radio")
    press(page)
    wait_until(page, "location.search.includes('i=') && window.engross")
    count = len(site.visits.posts)
    page.reload()

    assert count == len(site.visits.posts)


def test_the_address_is_another_after_each_answer(site: Site, page: Any) -> None:
    """It ends in the number of the page, as in docassemble: tools such as ALKiln see by it that they came further."""

    open_screen(site, page, "question")
    wait_until(page)
    before = page.url
    site.visits.now = replace(GALLERY["question"], version=GALLERY["question"].version + 1)
    press(page)
    wait_until(page, "location.hash !== ''")

    assert before.split("#")[0] == page.url.split("#")[0]
    assert (f"page{GALLERY['question'].version}", f"page{GALLERY['question'].version + 1}") == (before.split("#")[1], page.url.split("#")[1])


def test_a_form_that_is_sent_while_a_file_is_read_waits_for_it(site: Site, page: Any) -> None:
    """The input is disabled for that moment, which ALKiln waits for, and has its focus again after."""

    open_screen(site, page, "files")
    seen = page.evaluate(
        """() => {
          const input = document.querySelector("input[type=file]"), given = new DataTransfer();
          given.items.add(new File(["%PDF-1.4"], "lease.pdf", { type: "application/pdf" }));
          input.focus();
          input.files = given.files;
          input.dispatchEvent(new Event("change", { bubbles: true }));
          const during = input.disabled;
          return new Promise((tell) => {
            const look = () => (input.disabled ? setTimeout(look, 20) : tell([during, document.activeElement === input]));
            look();
          });
        }"""
    )
    with page.expect_navigation():
        page.evaluate(
            """() => {
              const input = document.querySelector("input[type=file]");
              input.dispatchEvent(new Event("change", { bubbles: true }));
              document.querySelector("#daform .engross-continue").click();
            }"""
        )

    assert [True, True] == seen
    assert ["lease.pdf"] == [one.name for listed in site.visits.posts[-1][2].values() for one in listed]


def test_file_upload_shows_rows_and_goes_on(site: Site, page: Any) -> None:
    """Files are listed with their size, sent with progress, and the next page follows."""

    open_screen(site, page, "files")
    page.set_input_files("input[type=file]", [{"name": "heat.png", "mimeType": "image/png", "buffer": b"x" * 5000}])
    row = page.locator(".engross-file-list li").inner_text()
    site.visits.now = GALLERY["yes-no"]
    page.locator(CONTINUE).click()
    page.get_by_text("Do you want a jury?").wait_for()
    upload = site.visits.posts[-1][2][key_of("photos")][0]

    assert ("heat.png (5 kB)", "heat.png", 5000) == (row, upload.name, len(upload.data))


def test_a_dead_network_in_an_upload_loses_nothing(site: Site, page: Any) -> None:
    """The page stays, says what to do, and the file is still chosen."""

    open_screen(site, page, "files")
    page.set_input_files("input[type=file]", [{"name": "heat.png", "mimeType": "image/png", "buffer": b"x" * 5000}])
    page.route("**/interview", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.locator(CONTINUE).click()
    page.get_by_text("We could not send the file").wait_for()

    assert 1 == page.evaluate("document.querySelector('input[type=file]').files.length")


def test_finished_papers_lead_on_by_themselves(site: Site, page: Any) -> None:
    """Nobody touched the waiting page, so it goes on and the new heading has the focus."""

    open_screen(site, page, "waiting")
    site.visits.now = GALLERY["downloads"]
    site.store.open_jobs.clear()
    site.store.tell("done")
    page.get_by_role("heading", name="Your papers are ready").wait_for()
    wait_until(page, "document.activeElement.id === 'daMainQuestion'")


def test_a_visitor_who_reads_is_not_moved(site: Site, page: Any) -> None:
    """Who used the page gets a button, announced in the live region."""

    open_screen(site, page, "waiting")
    page.locator("#daMainQuestion").click()
    site.store.open_jobs.clear()
    site.store.tell("done")
    page.get_by_role("link", name="See my papers").wait_for()

    assert "Your papers are ready." == page.locator("#engross-live").inner_text()


def test_terms_are_explained_at_the_keyboard(site: Site, page: Any) -> None:
    """Enter on a term shows its meaning, Escape takes it away."""

    open_screen(site, page, "heavy")
    page.locator(".daterm").focus()
    page.keyboard.press("Enter")
    shown = page.locator(".engross-popover").inner_text()
    page.keyboard.press("Escape")

    assert ("A letter in which the landlord asks you to move out.", 0) == (shown, page.locator(".engross-popover").count())


def test_combobox_offers_and_takes_choices(site: Site, page: Any) -> None:
    """Typing narrows the list; what is chosen is sent by its label."""

    open_screen(site, page, "choices")
    page.get_by_label("Court", exact=True).fill("Hous")
    page.get_by_role("option", name="Housing Court").click()
    press(page)

    assert ["Housing Court"] == last_post(site)[key_of("court")]


def test_a_password_can_be_shown(site: Site, page: Any) -> None:
    """``ALVisiblePassword`` hides what is typed until it is asked for, and hides it again when it is sent."""

    site.visits.now = shown(Screen(kind="fields", question="Sign in", fields=(field("secret", "Password", datatype="ALVisiblePassword"),)))
    page.goto(site.interview)
    wait_until(page)
    box = page.locator(f"#{key_of('secret')}")
    box.fill("open")
    before = box.get_attribute("type")
    page.get_by_role("button", name="Password").press("Enter")
    seen = (box.get_attribute("type"), page.get_by_role("button", name="Password").get_attribute("aria-pressed"))
    press(page)

    assert ("password", ("text", "true"), ["open"]) == (before, seen, last_post(site)[key_of("secret")])


def test_choices_are_looked_up_while_typing(site: Site, page: Any) -> None:
    """The keyboard alone chooses among what the server finds; it is asked when the typing rests, and not for a letter or two."""

    site.visits.looked_up.clear()
    site.visits.now = shown(Screen(kind="fields", question="Where?", fields=(field("town", "Town", input_type="ajax", extras={"action": "find", "trigger at": 3}),)))
    page.goto(site.interview)
    wait_until(page)
    page.get_by_label("Town").press_sequentially("Bro", delay=20)
    page.get_by_role("option", name="Brookline").wait_for()
    offered = page.get_by_role("option").all_inner_texts()
    expanded = page.get_by_label("Town").get_attribute("aria-expanded")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    press(page)

    assert ["Brockton", "Brookline"] == [name.split("\n")[0] for name in offered]
    assert ("true", [("s0", key_of("town"), "Bro")]) == (expanded, site.visits.looked_up)
    assert (["Brookline"], ["Bro"]) == (last_post(site)[key_of("town")], last_post(site)[f"{key_of('town')}.sought"])


def test_a_page_checks_in_and_obeys(site: Site, page: Any) -> None:
    """What is typed is told when a field is left; the interview's words appear in their place and are announced, and a list gets other
    choices."""

    site.visits.told.clear()
    county = field("county", "County", options=(Option(key="x", label="x", value="x"),))
    site.visits.now = shown(Screen(kind="fields", question="Where?", subquestion="[TARGET advice]", check_in="look", fields=(field("state", "State"), county)))
    page.goto(site.interview)
    wait_until(page)
    site.visits.commands = [
        Command(action="target", target="advice", value="Read **this** &lt;b&gt;"),
        Command(action="fields", value={key_of("county"): "e"}, choices={key_of("county"): [("s", "Suffolk"), ("e", "Essex")]}),
    ]
    page.get_by_label("State").fill("MA")
    page.keyboard.press("Tab")
    page.get_by_text("Read this <b>").wait_for()
    site.visits.commands = []
    offered = page.get_by_label("County").locator("option").all_inner_texts()

    assert (["Select…", "Suffolk", "Essex"], "e") == (offered, page.get_by_label("County").input_value())
    assert "polite" == page.locator(".datargetadvice").get_attribute("aria-live")
    assert (["MA"], key_of("state")) in [(form.get(key_of("state")), changed) for form, changed in site.visits.told]


def test_the_keyboard_alone_answers_a_page(site: Site, page: Any) -> None:
    """From the skip link through the fields to Continue without a mouse."""

    open_screen(site, page, "radio")
    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.className")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    count = len(site.visits.posts)
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert ("engross-skip", count + 1) == (first, len(site.visits.posts))


def test_interviews_scripts_find_their_functions(site: Site, page: Any) -> None:
    """``val``, ``setField``, ``getField``, ``url_action`` and the others, by the names of variables."""

    open_screen(site, page, "show-if")
    page.evaluate("setField('has_helper', true)")
    told = page.evaluate(
        "[val('has_helper'), getField('has_helper').id, url_action('go', {n: 1}).includes('action='), typeof da_action_call, typeof flash, typeof action_perform, typeof action_perform_with_next, typeof get_interview_variables, typeof $]"
    )

    assert [True, key_of("has_helper"), True, *["function"] * 6] == told


def test_page_load_event_reaches_scripts(site: Site, page: Any) -> None:
    """``daPageLoad`` is dispatched on the document when the page is ready."""

    page.add_init_script("document.addEventListener('daPageLoad', () => { window.heard = true })")
    open_screen(site, page, "question")

    assert page.evaluate("window.heard")


def test_interviews_scripts_run_in_their_order_before_the_page_is_said_to_be_ready(site: Site, page: Any) -> None:
    """A script of an interview may call the functions at once, and one with a mistake does not stop the next."""
    script = "<script>window.seen = [typeof val, typeof url_action]; $(document).on('daPageLoad', () => seen.push('loaded'))</script>"
    screen = replace(GALLERY["show-if"].screen, parts={"script": f"{script}<script>no_such_thing()</script><script>seen.push('second'); function mine() {{}}</script>"})
    site.visits.now = shown(screen)
    page.goto(site.interview)
    wait_until(page, "window.seen && seen.includes('loaded')")

    assert [["function", "function", "second", "loaded"], "function"] == page.evaluate("[seen, typeof mine]")


def test_data_types_of_modules_check_in_the_browser(site: Site, page: Any) -> None:
    """Their JavaScript runs with the page's nonce, its rule is said beside the field and keeps the form; only their own class decides it."""

    class Plate(CustomDataType):
        """Three letters."""

        name = "browser_plate"
        javascript = "$.validator.addMethod('browserplate', (value, field) => !value || value.length === Number(field.dataset.howlong)); window.plates = true;"
        css = ".dabrowser_plate { letter-spacing: 2px; }"
        jq_rule = "browserplate"
        jq_message = "Three letters, please."
        parameters: ClassVar = ["howlong"]

    said = {"name": "browser_plate", "class": "dabrowser_plate", "type": "text", "rule": "browserplate", "message": Plate.jq_message, "parameters": ["howlong"]}
    entry = replace(field("plate", "Plate", datatype="browser_plate"), extras={"custom": said, "howlong": "3"})
    site.visits.now = shown(Screen(kind="fields", question="Which car?", block="ID car", fields=(entry,)))
    try:
        page.goto(site.interview)
        wait_until(page)
        page.locator(f"#{key_of('plate')}").fill("ABCD")
        before = len(site.visits.posts)
        page.locator(CONTINUE).click()
        page.locator(".da-has-error").wait_for()
        wrong = (page.locator(".da-has-error").inner_text(), page.locator(f"#{key_of('plate')}").get_attribute("aria-invalid"), len(site.visits.posts) - before)
        looks = page.evaluate(f"[window.plates, getComputedStyle(document.getElementById('{key_of('plate')}')).letterSpacing]")
        page.locator(f"#{key_of('plate')}").fill("ABC")
        press(page)
    finally:
        del custom_types["browser_plate"]

    assert (("Three letters, please.", "true", 0), [True, "2px"]) == (wrong, looks)
    assert ["ABC"] == last_post(site)[key_of("plate")]


def test_a_page_stands_in_a_frame_only_where_the_operator_allows_it(site: Site, page: Any, tmp_path: Path) -> None:
    """Without the setting ``frame_ancestors`` the browser shows nothing of it in a frame of another site; with it, the question."""
    site.visits.now = GALLERY["question"]
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "frame-ancestors" in said.text else None)
    settings = Settings(data_folder=tmp_path, frame_ancestors=("http://localhost:*",))
    with running(create_app(settings, site.visits, site.store, site.shelf)) as open_address:
        frames = "".join(f"<iframe src='{address}/interview?i={INTERVIEW}'></iframe>" for address in (site.address, open_address))
        with running(HTMLResponse(frames)) as other:
            page.goto(other.replace("127.0.0.1", "localhost"))
            page.frame_locator("iframe >> nth=1").locator("#daMainQuestion").wait_for()
            seen = [frame.locator("#daMainQuestion").count() for frame in page.frames[1:]]

    assert ([0, 1], 1) == (seen, len(refused))


def test_questions_work_without_script(site: Site, chromium: Any) -> None:
    """Without JavaScript a question is answered and papers are offered."""

    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    site.visits.now = GALLERY["show-if"]
    page.goto(site.interview)
    page.locator(f"#{key_of('helper_name')}").fill("Ana")
    site.visits.now = GALLERY["downloads"]
    page.locator(CONTINUE).click()
    links = page.locator(".engross-paper-links a").count()
    context.close()

    assert (["Ana"], 3) == (last_post(site)[key_of("helper_name")], links)


def test_nothing_comes_from_elsewhere(site: Site, page: Any) -> None:
    """Every request of every screen goes to our own address."""

    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    for name in GALLERY:
        open_screen(site, page, name)

    assert {url for url in asked if not url.startswith((site.address, "data:", "blob:"))} == set()
    assert INTERVIEW


def test_a_disabled_field_stays_disabled(site: Site, page: Any) -> None:
    """Also after conditions elsewhere on the page were looked at."""

    helper = replace(field("other", "Other"), show_if=(ShowIf(kind="show", variable="has", key=key_of("has"), value=True),))
    fields = (field("fixed", "Fixed", extras={"disabled": True}), field("has", "More", datatype="boolean", input_type="yesno"), helper)
    site.visits.now = shown(Screen(kind="fields", question="Q", fields=fields))
    page.goto(site.interview)
    wait_until(page)
    page.get_by_label("More").check()

    assert (True, True) == (page.get_by_label("Fixed").is_disabled(), page.get_by_label("Other").is_visible())
