"""Links, buttons and background tasks."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urlsplit

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engross.context import TaskReport, TaskState
from engross.errors import AuthorError
from engross.flow import BackgroundResponse, BackgroundResponseAction, ShowMessage
from engross.library import actions
from engross.library.background import BackgroundAction
from engross.library.collections import DADict, DAList
from engross.library.objects import DAObject
from engross.markup import to_html
from tests.library.conversation import visit


def carried(address: str) -> dict[str, object]:
    """What a link asks for."""
    text = parse_qs(urlsplit(address.replace("&amp;", "&")).query)["action"][0]
    return json.loads(base64.b64decode(text + "=" * (-len(text) % 4)))  # type: ignore[no-any-return]


def test_a_link_carries_its_action_and_its_interview() -> None:
    """As base64 of JSON, beside ``i``."""
    with visit():
        address = actions.url_action("review", item=3)

    assert {"action": "review", "arguments": {"item": 3}} == carried(address)
    assert "/interview" == urlsplit(address).path
    assert ["docassemble.x:data/questions/x.yml"] == parse_qs(urlsplit(address).query)["i"]


@pytest.mark.parametrize("name", ["x.name", "people[i].name", "x[0]"])
def test_a_link_cannot_name_what_means_nothing_later(name: str) -> None:
    """x and i stand for other things when the link is clicked."""
    with visit(), pytest.raises(AuthorError):
        actions.url_action(name)


def test_forget_prior_comes_before_everything() -> None:
    """The action is wrapped."""
    with visit():
        address = actions.url_action("review", _forget_prior=True, a=1)

    assert {
        "action": "_da_priority_action",
        "arguments": {"_action": "review", "_arguments": {"a": 1}},
    } == carried(address)


def test_url_ask_spells_out_its_commands() -> None:
    """Names stay names; recompute is undefine and compute."""
    with visit():
        wishes = carried(actions.url_ask(["a", "a", {"recompute": ["b"]}, {"set": [{"c": 1}]}]))["arguments"]

    assert {
        "variables": [
            "a",
            {"action": "_da_undefine", "arguments": {"variables": ["b"]}},
            {"action": "_da_compute", "arguments": {"variables": ["b"]}},
            {"action": "_da_set", "arguments": {"variables": [["c", 1]]}},
        ]
    } == wishes


def test_interview_urls_are_whole_addresses() -> None:
    """With other arguments as url_args; a bare file name means the own package."""
    with visit(url="https://example.com/interview"):
        own, other, local = (
            actions.interview_url(color="red"),
            actions.interview_url(i="other.yml"),
            actions.interview_url(local=True),
        )

    assert own == "https://example.com/interview?i=docassemble.x%3Adata%2Fquestions%2Fx.yml&color=red"
    assert "i=docassemble.x%3Adata%2Fquestions%2Fother.yml" in other
    assert local.startswith("/interview?i=")


@pytest.mark.slow
@given(st.text(alphabet="ab1_-.*~`'\"[](){}<>&:/\\!#| é", min_size=1), st.text(alphabet="ab1_-.", min_size=1))
@settings(max_examples=200, deadline=None)
def test_addresses_come_through_markdown_as_they_are(value: str, name: str) -> None:
    """Whatever an argument holds, and whatever the file is called, the address that stands in a text or in a link of a text leads there."""
    with visit(url="https://example.com/interview"):
        address = actions.interview_url(i=f"docassemble.x:data/questions/{name}", given=value)
        action = actions.url_action("look", given=value)
    shown = lxml.html.fromstring(to_html(f"Go to {address} now, or [here]({address}), or [there]({action})."))

    assert [address, action] == [link.get("href") for link in shown.iter("a")]
    assert f"Go to {address} now" in shown.text_content()
    assert {"i": [f"docassemble.x:data/questions/{name}"], "given": [value]} == parse_qs(urlsplit(address).query)


def test_a_button_is_a_link_with_classes() -> None:
    """Icons get their family's class; unknown colors are dark."""
    button = actions.action_button_html("/x?a=1&b=2", icon="fas-fa-star", color="pink", label="Go", size="md")

    assert (
        '<a href="/x?a=1&amp;b=2" class="btn btn-dark btn-darevisit"><i class="fa-solid fa-star"></i> Go</a> '
        == button
    )


def test_a_list_offers_to_edit_and_delete_an_item() -> None:
    """Edit asks for the attributes, then completes the list; Delete is left out at the minimum number."""
    people = DAList("people", object_type=DAObject, complete_attribute="age")
    people.appendObject()
    with visit():
        edit = carried(people.item_actions(people.elements[0], 0, "name", edit_url_only=True))
        both = people.item_actions(people.elements[0], 0)
        people.minimum_number = 1
        one = people.item_actions(people.elements[0], 0)

    assert {
        "action": "_da_list_edit",
        "arguments": {
            "items": [
                {"follow up": ["people[0].name"]},
                {"action": "_da_define", "arguments": {"variables": ["people[0].age"]}},
                {"action": "_da_list_ensure_complete", "arguments": {"group": "people"}},
            ]
        },
    } == edit
    assert (2, 1) == (both.count("<a "), one.count("<a "))


def test_a_dictionary_speaks_of_itself_as_dict() -> None:
    """Its Add link is ``_da_dict_add``."""
    with visit():
        assert {"action": "_da_dict_add", "arguments": {"dict": "pets"}} == carried(
            DADict("pets").add_action(url_only=True)
        )


def test_the_add_button_says_whether_there_is_one_already() -> None:
    """ "Add an item", then "Add another"."""
    fruit = DAList("fruit")
    with visit():
        first = fruit.add_action()
        fruit.append("apple")
        second = fruit.add_action()

    assert (True, True) == ("Add an item" in first, "Add another" in second)


def test_a_task_holds_only_its_id() -> None:
    """So that it can be kept with the answers; what it knows it asks the jobs for."""
    with visit() as context:
        task = actions.background_action("work", "refresh", number=3)

        assert ({"id": "task1"}, [("work", {"number": 3}, "refresh")]) == (vars(task), context.jobs.started)  # type: ignore[attr-defined]
        assert (False, False, "PENDING") == (task.ready(), task.failed(), task.state())

        context.jobs.reports["task1"] = TaskReport(state=TaskState.SUCCESS, value=42, finished_at=0.0)  # type: ignore[attr-defined]
        assert (True, False, 42, 1970) == (task.ready(), task.failed(), task.get(), task.date_done().year)  # type: ignore[union-attr]


def test_a_failed_task_is_ready_and_has_failed() -> None:
    """Interviews ask ``ready()`` first, then ``failed()``."""
    with visit() as context:
        task = actions.background_action("work")
        context.jobs.reports["task1"] = TaskReport(  # type: ignore[attr-defined]
            state=TaskState.FAILURE, error_type="ValueError", error_message="too big"
        )

        assert (True, True, None, "too big") == (
            task.ready(),
            task.failed(),
            task.get(),
            task.result().error_message,
        )


def test_a_task_that_was_revoked_has_ended() -> None:
    """It has failed."""
    with visit():
        task = actions.background_action("work")
        task.revoke()

        assert (True, True, "REVOKED") == (task.ready(), task.failed(), task.status())


def test_a_task_ends_with_a_value_or_an_action() -> None:
    """background_response, background_response_action."""
    with pytest.raises(BackgroundResponse) as value:
        actions.background_response(5)
    with pytest.raises(BackgroundResponseAction) as action:
        actions.background_response_action("save", file=1)

    assert (5, "save", {"file": 1}) == (value.value.value, action.value.action, action.value.arguments)


def test_action_arguments_are_a_copy() -> None:
    """Code may change them."""
    with visit(action_arguments={"a": [1]}):
        actions.action_arguments()["a"].append(2)

        assert ([1], None) == (actions.action_argument("a"), actions.action_argument("b"))


def test_a_background_action_shows_a_page_until_its_task_has_ended() -> None:
    """Then the same call gives the task's value, and the next one begins another task."""
    with visit() as context:
        action = BackgroundAction("bg")
        with pytest.raises(ShowMessage) as page:
            action.run("work", number=3)
        with pytest.raises(ShowMessage):
            action.run("work", number=3)
        context.jobs.reports["task1"] = TaskReport(state=TaskState.SUCCESS, value=42)  # type: ignore[attr-defined]

        assert (4, 42, False, 1) == (page.value.reload, action.run("work", number=3), action.running(), len(context.jobs.started))  # type: ignore[attr-defined]
