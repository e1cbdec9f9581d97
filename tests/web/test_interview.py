"""The interview over HTTP: start, answer, go back, act, leave."""

from __future__ import annotations

import base64
import json

from tests.web.conftest import Server
from tests.web.fakes import INTERVIEW


def action(name: str, **arguments: object) -> str:
    return base64.urlsafe_b64encode(json.dumps({"action": name, "arguments": arguments}).encode()).decode()


def test_first_address_leads_to_the_only_interview(server: Server) -> None:
    """With one interview there is nothing to choose."""

    answer = server.client.get("/", follow_redirects=False)

    assert (303, f"/interview?i={INTERVIEW}".replace(":", "%3A")) == (answer.status_code, answer.headers["location"])


def test_a_question_is_shown(server: Server) -> None:
    """The page has the question as its heading and an input named by the key."""

    page = server.open()

    assert '<h1 id="daMainQuestion" tabindex="-1">What is your name?</h1>' in page
    assert 'name="bmFtZQ"' in page


def test_an_answer_leads_to_the_next_screen(server: Server) -> None:
    """The post reaches the visit with the screen's id and only the form's own fields."""

    answer = server.client.post("/interview", data={**server.fields(), "bmFtZQ": "Maria"})

    assert "Thank you" in answer.text
    assert [("s0", {"bmFtZQ": ["Maria"]}, {})] == server.visits.posts


def test_mistakes_come_back_with_what_was_typed(server: Server) -> None:
    """A summary links to the field, and the field keeps the text."""

    fields = server.fields()
    server.visits.errors = {"bmFtZQ": "Enter your name"}

    answer = server.client.post("/interview", data={**fields, "bmFtZQ": "<b>M</b>"})

    assert 422 == answer.status_code
    assert '<a href="#bmFtZQ">Enter your name</a>' in answer.text
    assert 'value="&lt;b&gt;M&lt;/b&gt;"' in answer.text
    assert "<title>Error: What is your name?" in answer.text


def test_a_post_without_our_token_does_nothing(server: Server) -> None:
    """403, and the visit is not asked."""

    answer = server.client.post("/interview", data={**server.fields(), "_csrf": "guess", "bmFtZQ": "Eve"})

    assert (403, []) == (answer.status_code, server.visits.posts)


def test_a_post_from_another_site_does_nothing(server: Server) -> None:
    """Even with the right token: the browser says where it comes from."""

    fields = server.fields()

    answer = server.client.post("/interview", data=fields, headers={"origin": "https://evil.example", "sec-fetch-site": "cross-site"})

    assert (403, []) == (answer.status_code, server.visits.posts)


def test_an_action_link_from_our_page_acts(server: Server) -> None:
    """docassemble's ``url_action`` links work from the interview's own pages."""

    server.open()

    server.client.get("/interview", params={"i": INTERVIEW, "action": action("edit_name", who=1)}, headers={"sec-fetch-site": "same-origin"})

    assert [("edit_name", {"who": 1})] == server.visits.actions


def test_an_action_link_from_elsewhere_asks_first(server: Server) -> None:
    """Nothing changes by GET from an e-mail or another site; the page offers a form that does it."""

    server.open()

    answer = server.client.get("/interview", params={"i": INTERVIEW, "action": action("erase")}, headers={"sec-fetch-site": "cross-site"})

    assert [] == server.visits.actions
    assert 'action="/interview/action"' in answer.text


def test_damaged_action_is_refused(server: Server) -> None:
    """A link that cannot be read is a 400."""

    server.open()

    assert 400 == server.client.get("/interview", params={"i": INTERVIEW, "action": "!!!"}).status_code


def test_back_shows_the_screen_before(server: Server) -> None:
    """Back is a post of its own."""

    server.client.post("/interview", data={**server.fields(), "bmFtZQ": "Maria"})

    assert "What is your name?" in server.client.post("/interview/back", data=server.fields()).text


def test_deleting_destroys_the_session(server: Server) -> None:
    """The visitor can delete everything at once, and the browser forgets the session."""

    fields = server.fields()

    answer = server.client.post("/interview/delete", data=fields)

    assert ({}, True) == (server.visits.sessions, "Your answers and papers are deleted." in answer.text)


def test_a_session_that_is_gone_says_so(server: Server) -> None:
    """410 with a way to start again."""

    server.open()
    server.visits.sessions.clear()

    answer = server.client.get("/interview", params={"i": INTERVIEW})

    assert (410, True) == (answer.status_code, "Start again" in answer.text)


def test_an_authors_error_is_a_calm_page_with_a_code(server: Server) -> None:
    """No variable, no file, no Python."""

    server.open()
    server.visits.failure = NameError("name 'secret_variable' is not defined")

    answer = server.client.get("/interview", params={"i": INTERVIEW})

    assert 500 == answer.status_code
    assert "This is not your fault. Your answers are saved." in answer.text
    assert "secret_variable" not in answer.text


def test_link_from_elsewhere_cannot_throw_answers_away(server: Server) -> None:
    """``new_session=1`` on another site's link asks, when there are answers already."""

    server.open()

    answer = server.client.get("/interview", params={"i": INTERVIEW, "new_session": "1"}, headers={"sec-fetch-site": "cross-site"})

    assert (1, True) == (len(server.visits.sessions), "You have already started this form" in answer.text)


def test_arguments_of_the_address_reach_the_interview(server: Server) -> None:
    """Everything that is not ours becomes ``url_args``."""

    server.client.get("/interview", params={"i": INTERVIEW, "county": "Suffolk"})

    assert {"county": "Suffolk"} == server.visits.started["url_arguments"]


def test_looking_ahead_starts_nothing(server: Server) -> None:
    """HEAD and what a browser loads in advance make no session."""

    server.client.head("/interview", params={"i": INTERVIEW})
    server.client.get("/interview", params={"i": INTERVIEW}, headers={"sec-purpose": "prefetch"})

    assert server.visits.sessions == {}


def test_interview_that_is_not_served_is_not_there(server: Server) -> None:
    """404, whatever the name looks like."""

    assert [404, 404] == [server.client.get("/interview", params={"i": name}).status_code for name in ("other:x.yml", "../../etc/passwd")]


def test_an_error_leaves_the_papers_that_are_there(server: Server) -> None:
    """Whatever the interview's code does, what was made before can be downloaded."""

    server.open()
    session_id = next(iter(server.visits.sessions))
    file_id = server.store.files.put(session_id, "answer.pdf", "application/pdf", b"%PDF")
    server.visits.failure = NameError("x")
    page = server.client.get(f"/interview?i={INTERVIEW}").text

    assert f'<a href="/files/{file_id}">answer.pdf</a>' in page
