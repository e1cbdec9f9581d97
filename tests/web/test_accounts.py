"""Accounts over HTTP: signing in and out, saved forms, invitations, another server, and what must not work."""

from __future__ import annotations

import base64
import email.policy
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from engross.catalogue import Catalogue
from engross.errors import OperatorError
from engross.settings import Settings
from engross.store import Store, open_store, passwords
from engross.store.people import TRIES
from engross.visit import Visits
from engross.web import cookie
from engross.web.app import create_app
from tests.web.conftest import TestClient

INTERVIEW = """
metadata:
  title: Answer your case
---
mandatory: True
question: Hello ${ user_info().name() }
subquestion: ${ user_logged_in() } ${ user_info().email } ${ ",".join(user_privileges()) } ${ user_has_privilege("advocate") }
"""
GUARDED = """
metadata:
  title: For advocates
  required privileges:
    - advocate
---
mandatory: True
question: Among us
"""
PASSWORD = "four words are good"
EMAIL = "ann@example.org"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with little memory, so that these tests are quick; the real parameters are in ``tests/store/test_people.py``."""
    from argon2 import PasswordHasher

    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)


@dataclass
class Place:
    """A server with accounts."""

    app: Any
    store: Store
    open_form: str
    guarded_form: str
    folder: Path

    def browser(self, *, near: bool = True) -> TestClient:
        return TestClient(self.app) if near else TestClient(self.app, client=("203.0.113.7", 50000))

    def person(self, address: str = EMAIL, *roles: str) -> int:
        return self.store.people.with_password(address, passwords.make_hash(PASSWORD), roles=roles).id


def made(folder: Path, **settings: Any) -> Iterator[Place]:
    files = [folder / "open.yml", folder / "guarded.yml"]
    for file, text in zip(files, (INTERVIEW, GUARDED), strict=True):
        file.write_text(text, encoding="utf-8")
    chosen = Settings(data_folder=folder / "kept", **settings)
    catalogue = Catalogue(tuple(map(str, files)))
    with open_store(chosen) as store:
        visits = Visits(store, chosen, catalogue.interviews)
        yield Place(create_app(chosen, visits, store, catalogue), store, *map(str, files), folder)
        visits.close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    yield from made(tmp_path, accounts=("local",))


def hidden(page: str, name: str = "_csrf") -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def post(browser: TestClient, where: str, *, shown_by: str = "/account/sign-in", **data: str) -> Any:
    """Post with the token of a page."""
    return browser.post(where, data={"_csrf": hidden(browser.get(shown_by).text), **data}, follow_redirects=False)


def letters(place: Place) -> list[str]:
    """The texts of the e-mails that left."""
    files = sorted((place.folder / "kept" / "outbox").glob("*.eml"))
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default).get_content() for file in files]  # type: ignore[attr-defined]


def signed_in(place: Place, address: str = EMAIL) -> TestClient:
    browser = place.browser()
    assert 303 == post(browser, "/account/sign-in", email=address, password=PASSWORD).status_code
    return browser


def test_who_signs_in_is_known_to_the_interview(place: Place) -> None:
    """Name, address and privileges, in forms that are begun from then on."""
    place.person(EMAIL, "advocate")
    page = signed_in(place).get("/interview", params={"i": place.open_form}).text

    assert "True ann@example.org advocate,user True" in page


def test_a_form_begun_without_an_account_stays_nobodys(place: Place) -> None:
    """And says so, though accounts are there."""
    page = place.browser().get("/interview", params={"i": place.open_form}).text

    assert "Hello Anonymous User" in page
    assert "False None user False" in page


def test_saved_forms_are_there_in_another_browser(place: Place) -> None:
    """With the day, and a button to go on."""
    place.person()
    signed_in(place).get("/interview", params={"i": place.open_form})
    other = signed_in(place)
    page = other.get("/account").text
    answer = post(other, "/account/open", shown_by="/account", handle=hidden(page, "handle"))

    assert "Answer your case" in page
    assert (303, 200) == (answer.status_code, other.get(answer.headers["location"]).status_code)
    assert 1 == len(place.store.sessions.ages())


@pytest.mark.parametrize(("said", "is_same"), [("True", True), ("[advocate]", True), ("[clerk]", False), ("False", False)])
def test_sessions_can_be_unique(place: Place, said: str, is_same: bool) -> None:
    """``sessions are unique``: who is signed in comes back to the one session from anywhere, if it is said for a role of theirs."""
    Path(place.open_form).write_text(INTERVIEW.replace("  title", f"  sessions are unique: {said}\n  title"), encoding="utf-8")
    place.person(EMAIL, "advocate")
    for _ in range(2):
        signed_in(place).get("/interview", params={"i": place.open_form})

    assert (1 if is_same else 2) == len(place.store.sessions.of_person(1))


def test_saved_forms_are_told_apart_by_their_subtitle(place: Place) -> None:
    """What the interview says of a session, beside the title, as text."""
    Path(place.open_form).write_text(INTERVIEW.replace("---", "---\nmandatory: True\ncode: set_parts(subtitle='Ann <b>v.</b> Ben')\n---", 1), encoding="utf-8")
    place.person()
    browser = signed_in(place)
    browser.get("/interview", params={"i": place.open_form})

    assert "Ann &lt;b&gt;v.&lt;/b&gt; Ben" in browser.get("/account").text


def test_a_form_of_this_browser_goes_into_the_account_only_when_asked(place: Place) -> None:
    """On a shared computer it may be somebody else's."""
    person = place.person()
    browser = place.browser()
    browser.get("/interview", params={"i": place.open_form})
    post(browser, "/account/sign-in", email=EMAIL, password=PASSWORD)
    before = place.store.sessions.of_person(person)
    post(browser, "/account/keep", shown_by="/account", _i=place.open_form)

    assert (0, 1) == (len(before), len(place.store.sessions.of_person(person)))


def test_after_signing_out_the_browser_holds_nothing_of_the_person(place: Place) -> None:
    """Neither the account nor the form; the form is still in the account."""
    person = place.person()
    browser = signed_in(place)
    browser.get("/interview", params={"i": place.open_form})
    post(browser, "/account/sign-out", shown_by="/account")
    held = cookie.read(browser.cookies["engross"])

    assert held is not None
    assert ({}, 1) == (dict(held.sessions), len(place.store.sessions.of_person(person)))
    assert "/account/sign-in" in str(browser.get("/account").url)


def test_what_was_planted_before_signing_in_is_worth_nothing(place: Place) -> None:
    """The token of the sign-in and the browser's own secret are new; an old one signs nobody in."""
    place.person()
    browser = place.browser()
    browser.get("/account/sign-in")
    planted = browser.cookies["engross"]
    browser.cookies["engross-person"] = "a" * 43
    token = cookie.token_for(cookie.read(planted))  # type: ignore[arg-type]
    post(browser, "/account/sign-in", email=EMAIL, password=PASSWORD)
    elsewhere = place.browser()
    elsewhere.cookies["engross"] = planted
    elsewhere.cookies["engross-person"] = "a" * 43

    assert "/account/sign-in" in str(elsewhere.get("/account").url)
    assert 403 == browser.post("/account/sign-out", data={"_csrf": token}).status_code


def test_a_stolen_sign_in_ends_with_its_sign_out(place: Place) -> None:
    """It is kept on the server, not in the cookie alone."""
    place.person()
    browser, thief = signed_in(place), place.browser()
    thief.cookies["engross-person"] = browser.cookies["engross-person"]
    before = str(thief.get("/account").url)
    post(browser, "/account/sign-out", shown_by="/account")

    assert not before.endswith("sign-in")
    assert str(thief.get("/account").url).endswith("/account/sign-in")


def test_the_cookie_of_a_sign_in_is_kept_from_scripts_and_other_sites(tmp_path: Path) -> None:
    """``__Host-``, HttpOnly, Secure, SameSite."""
    for place in made(tmp_path, accounts=("local",), url="https://forms.example.org"):
        place.person()
        browser = TestClient(place.app, base_url="https://forms.example.org")
        answer = post(browser, "/account/sign-in", email=EMAIL, password=PASSWORD)
        set_to = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("__Host-engross-person="))

        assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(set_to.split("; "))


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same page, and a hash is compared in both."""
    place.person()
    place.person("closed@example.org")
    closed = place.store.people.by_email("closed@example.org")
    assert closed is not None
    place.store.people.change(closed.id, active=False)
    compared: list[str] = []
    right = passwords.is_right

    def noted(password: str, kept: str | None) -> bool:
        compared.append(password)
        return right(password, kept)

    monkeypatch.setattr(passwords, "is_right", noted)

    def said(address: str, password: str) -> tuple[int, str]:
        answer = post(place.browser(), "/account/sign-in", email=address, password=password)
        return answer.status_code, re.sub(r'value="[^"]*"|nonce="[^"]*"', "", answer.text)

    answers = {said(EMAIL, "wrong words again"), said("nobody@example.org", PASSWORD), said("closed@example.org", PASSWORD)}

    assert (1, 422, 3) == (len(answers), next(iter(answers))[0], len(compared))


def test_guessing_is_stopped_for_the_address_that_is_guessed(place: Place) -> None:
    """Also with the right password, from whatever browser; others sign in."""
    place.person()
    place.person("ben@example.org")
    for _ in range(TRIES):
        place.store.people.try_now(EMAIL)
    stopped = post(place.browser(), "/account/sign-in", email=EMAIL, password=PASSWORD)
    other = post(place.browser(), "/account/sign-in", email="ben@example.org", password=PASSWORD)

    assert (429, 303) == (stopped.status_code, other.status_code)
    assert int(stopped.headers["retry-after"]) > 0


def test_guessing_many_addresses_from_one_place_is_stopped(place: Place) -> None:
    """Before a password is looked at."""
    browser = place.browser(near=False)
    token = hidden(browser.get("/account/sign-in").text)
    place.app.state.site.sign_ins.size = 2
    seen = [browser.post("/account/sign-in", data={"_csrf": token, "email": f"p{n}@example.org", "password": "x"}).status_code for n in range(3)]

    assert [422, 422, 429] == seen


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "nowhere.yml"])
def test_signing_in_leads_nowhere_else(place: Place, wanted: str) -> None:
    """Only to a form of this server, or to one's own forms."""
    place.person()

    assert "/account" == post(place.browser(), "/account/sign-in", email=EMAIL, password=PASSWORD, _i=wanted).headers["location"]


def test_a_form_of_another_person_cannot_be_opened_or_destroyed(place: Place) -> None:
    """404, and it is still there."""
    ann = place.person()
    place.person("ben@example.org")
    browser = signed_in(place)
    browser.get("/interview", params={"i": place.open_form})
    handle = hidden(browser.get("/account").text, "handle")
    ben = signed_in(place, "ben@example.org")
    answers = [post(ben, where, shown_by="/account", handle=handle).status_code for where in ("/account/open", "/account/forget")]

    assert ([404, 404], 1) == (answers, len(place.store.sessions.of_person(ann)))


def test_a_saved_form_can_be_destroyed(place: Place) -> None:
    """From the list, at once."""
    ann = place.person()
    browser = signed_in(place)
    browser.get("/interview", params={"i": place.open_form})
    post(browser, "/account/forget", shown_by="/account", handle=hidden(browser.get("/account").text, "handle"))

    assert [] == place.store.sessions.of_person(ann)


def test_an_account_goes_with_all_its_forms(place: Place) -> None:
    """And its sign-in ends."""
    place.person()
    browser = signed_in(place)
    browser.get("/interview", params={"i": place.open_form})
    post(browser, "/account/delete", shown_by="/account")

    assert ([], None) == (place.store.sessions.ages(), place.store.people.by_email(EMAIL))
    assert str(browser.get("/account").url).endswith("/account/sign-in")


def test_a_form_that_requires_privileges_opens_for_who_has_them(place: Place) -> None:
    """Who is not signed in may do so and comes to the form; who lacks them is told; who loses them is out."""
    person = place.person(EMAIL, "advocate")
    place.person("ben@example.org")
    stranger = place.browser().get("/interview", params={"i": place.guarded_form})
    browser = place.browser()
    entered = post(browser, "/account/sign-in", email=EMAIL, password=PASSWORD, _i=place.guarded_form)
    opened = browser.get(entered.headers["location"])
    refused = signed_in(place, "ben@example.org").get("/interview", params={"i": place.guarded_form})
    by_program = place.browser().post("/api/sessions", json={"interview": place.guarded_form})
    place.store.people.change(person, roles=[])
    after = browser.get(entered.headers["location"])

    assert "/account/sign-in" in str(stranger.url)
    assert "Among us" in opened.text
    assert (403, 403, 403) == (refused.status_code, by_program.status_code, after.status_code)


def test_without_accounts_nobody_gets_into_a_form_that_requires_privileges(tmp_path: Path) -> None:
    """And there are no pages of accounts."""
    for place in made(tmp_path):
        browser = place.browser()

        assert 403 == browser.get("/interview", params={"i": place.guarded_form}).status_code
        assert {404} == {browser.get(where).status_code for where in ("/account", "/account/sign-in", "/account/link", "/people", "/account/with/return")}
        assert "/account" not in browser.get("/interview", params={"i": place.open_form}).text


def test_the_link_of_the_log_makes_the_first_administrator_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an address and a password of their own choice; the second time it leads nowhere. Then no such link is made any more."""
    import engross.web.accounts as module

    said: list[str] = []

    class Log:
        def info(self, event: str, **facts: str) -> None:
            said.append(facts["link"])

    monkeypatch.setattr(module, "log", Log())
    module.say_first_link(place.app.state.site)
    link = urlsplit(said[0]).path
    browser = place.browser()
    short = post(browser, link, shown_by=link, email=EMAIL, password="short")
    entered = post(browser, link, shown_by=link, email=EMAIL, password=PASSWORD)
    module.say_first_link(place.app.state.site)

    assert (422, 303, 200) == (short.status_code, entered.status_code, browser.get("/people").status_code)
    assert (404, 1) == (place.browser().get(link).status_code, len(said))
    assert {"admin", "user"} == set(place.store.people.all()[0].roles)


def test_an_administrator_invites_and_gives_roles(place: Place) -> None:
    """The link is shown once and sent; roles and the account itself are changed on the same page."""
    place.person(EMAIL, "admin")
    browser = signed_in(place)
    page = post(browser, "/people/invite", shown_by="/people", email="ben@example.org", roles="advocate").text
    link = urlsplit(re.search(r'readonly value="([^"]*)"', page)[1]).path  # type: ignore[index]
    ben = place.browser()
    post(ben, link, shown_by=link, password=PASSWORD)
    account = place.store.people.by_email("ben@example.org")
    assert account is not None
    post(browser, "/people/change", shown_by="/people", person=str(account.id), roles="advocate, trainer")
    changed = place.store.people.get(account.id)

    assert ({"user", "advocate"}, 1, True) == (set(account.roles), len(letters(place)), link in letters(place)[0])
    assert changed is not None
    assert ({"user", "advocate", "trainer"}, False) == (set(changed.roles), changed.active)
    assert str(ben.get("/account").url).endswith("sign-in")


def test_nobody_else_sees_people_or_changes_roles(place: Place) -> None:
    """404, also for who is signed in without the role; and an administrator does not lock himself out."""
    me = place.person("admin@example.org", "admin")
    place.person()
    browser = signed_in(place)
    tried = [
        browser.get("/people").status_code,
        post(browser, "/people/change", shown_by="/account", person=str(me), roles="").status_code,
        post(browser, "/people/invite", shown_by="/account", email=EMAIL, roles="admin").status_code,
        post(signed_in(place, "admin@example.org"), "/people/change", shown_by="/people", person=str(me), roles="").status_code,
    ]

    assert [404, 404, 404, 400] == tried


def test_administrators_see_the_operators_page(place: Place) -> None:
    """From elsewhere too; others do not."""
    place.person("admin@example.org", "admin")
    place.person()

    def seen(address: str) -> int:
        browser = TestClient(place.app, base_url="http://forms.example.org", client=("203.0.113.7", 50000))
        post(browser, "/account/sign-in", email=address, password=PASSWORD)
        return browser.get("/operator").status_code

    assert (200, 404) == (seen("admin@example.org"), seen(EMAIL))


def test_a_forgotten_password_is_chosen_anew_by_a_link(place: Place) -> None:
    """The page says the same for an unknown address, for which no letter leaves. The link names the server as it is set."""
    place.person()

    def said(address: str) -> str:
        browser = place.browser()
        answer = browser.post("/account/link", data={"_csrf": hidden(browser.get("/account/link").text), "email": address}, headers={"host": "evil.example"})
        return re.sub(r'value="[^"]*"|nonce="[^"]*"', "", answer.text)

    pages = {said(EMAIL), said("nobody@example.org")}
    (letter,) = letters(place)
    link = re.search(r"http://127\.0\.0\.1:8000(/account/password/\S+)", letter)
    assert link is not None
    browser = place.browser()
    entered = post(browser, link[1], shown_by=link[1], password="another four good words", email="evil@example.org")

    assert (1, 303, 404) == (len(pages), entered.status_code, place.browser().get(link[1]).status_code)
    assert place.store.people.by_email("evil@example.org") is None
    assert 422 == post(place.browser(), "/account/sign-in", email=EMAIL, password=PASSWORD).status_code


def test_where_anybody_may_have_an_account_a_link_makes_one(tmp_path: Path) -> None:
    """After the address has proved to be theirs; without any role but that of everybody."""
    for place in made(tmp_path, accounts=("local",), accounts_open=True):
        post(place.browser(), "/account/link", shown_by="/account/link", email="new@example.org")
        (letter,) = letters(place)
        link = re.search(r"(/account/password/\S+)", letter)
        assert link is not None
        before = place.store.people.all()
        post(place.browser(), link[1], shown_by=link[1], password=PASSWORD)
        account = place.store.people.by_email("new@example.org")

        assert account is not None
        assert ([], {"user"}) == (before, set(account.roles))


def test_one_address_gets_few_letters(place: Place) -> None:
    """Three in an hour, whoever asks."""
    place.person()
    for _ in range(5):
        post(place.browser(), "/account/link", shown_by="/account/link", email=EMAIL)

    assert 3 == len(letters(place))


# ---------------------------------------------------------------------------------------------------- another server


@dataclass
class Elsewhere:
    """An OpenID Connect server of a few lines."""

    address: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    """What the next ID token says besides what it must."""
    signs_with: Any = None
    algorithm: str = "RS256"
    key: Any = None
    asked: dict[str, str] = field(default_factory=dict)
    """What the token endpoint was sent last."""
    nonce: str = ""
    challenge: str = ""

    def token(self) -> str:
        import time

        from joserfc import jwt

        now = int(time.time())
        said = {"iss": self.address, "sub": "42", "aud": "engross", "iat": now, "exp": now + 60, "nonce": self.nonce}
        said |= {"email": "ann@court.example", "email_verified": True, "given_name": "Ann", "family_name": "Lee"} | self.claims
        header = {"alg": self.algorithm, "kid": self.key.kid}
        return jwt.encode(header, {k: v for k, v in said.items() if v is not None}, self.signs_with or self.key, algorithms=[self.algorithm])

    def answer(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        import hashlib

        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.address, "authorization_endpoint": f"{self.address}/authorize", "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys", "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            }  # fmt: skip
        if path == "/keys":
            return {"keys": [self.key.as_dict(private=False, kid=self.key.kid)]}
        self.asked = body
        proof = base64.urlsafe_b64encode(hashlib.sha256(body.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        if body.get("code") != "code" or proof != self.challenge:
            return {"error": "invalid_grant"}
        return {"access_token": "a", "token_type": "Bearer", "id_token": self.token()}


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    from joserfc.jwk import RSAKey

    one = Elsewhere(key=RSAKey.generate_key(2048, {"kid": "k1"}))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self.reply({name: values[0] for name, values in parse_qs(body).items()})

        def reply(self, body: dict[str, str]) -> None:
            content = json.dumps(one.answer(self.path, body)).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        one.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield one
        server.shutdown()


@pytest.fixture
def joined(tmp_path: Path, elsewhere: Elsewhere) -> Iterator[Place]:
    yield from made(
        tmp_path, accounts=("oidc",), oidc_issuer=elsewhere.address, oidc_client_id="engross", oidc_client_secret="s", oidc_roles="groups"
    )


def gone_there(place: Place, elsewhere: Elsewhere, browser: TestClient) -> dict[str, str]:
    """The query with which the browser comes to the other server."""
    page = post(browser, "/account/with", _i=place.guarded_form)
    address = page.headers["refresh"].removeprefix("0; url=")
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    elsewhere.nonce, elsewhere.challenge = query["nonce"], query["code_challenge"]
    return query


def come_back(browser: TestClient, state: str) -> Any:
    return browser.get("/account/with/return", params={"state": state, "code": "code"}, follow_redirects=False)


def test_who_signs_in_elsewhere_comes_back_to_the_form(joined: Place, elsewhere: Elsewhere) -> None:
    """With the roles that the other server gives; PKCE proves that it is the browser that began. The second time it is the same account."""
    elsewhere.claims = {"groups": ["advocate"]}
    browser = joined.browser()
    query = gone_there(joined, elsewhere, browser)
    back = come_back(browser, query["state"])
    again = joined.browser()
    come_back(again, gone_there(joined, elsewhere, again)["state"])
    (account,) = joined.store.people.all()

    assert "Among us" in browser.get(back.headers["location"]).text
    assert ("S256", f"{joined.app.state.site.settings.url or 'http://127.0.0.1:8000'}/account/with/return") == (query["code_challenge_method"], query["redirect_uri"])
    assert ("ann@court.example", "Ann", {"user", "advocate"}, None) == (account.email, account.first_name, set(account.roles), account.password)


def test_roles_that_the_other_server_takes_away_are_gone(joined: Place, elsewhere: Elsewhere) -> None:
    """At the next sign-in."""
    for groups in (["advocate"], None):
        elsewhere.claims = {"groups": groups}
        browser = joined.browser()
        come_back(browser, gone_there(joined, elsewhere, browser)["state"])

    assert {"user"} == set(joined.store.people.all()[0].roles)


def test_an_answer_counts_only_in_the_browser_that_began(joined: Place, elsewhere: Elsewhere) -> None:
    """Or somebody could be signed in to another's account by a link."""
    browser, victim = joined.browser(), joined.browser()
    state = gone_there(joined, elsewhere, browser)["state"]
    gone_there(joined, elsewhere, victim)

    assert (403, 403, []) == (come_back(victim, state).status_code, come_back(joined.browser(), state).status_code, joined.store.people.all())


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"}, {"aud": "another"}, {"aud": ["engross", "another"]}, {"exp": 1}, {"nonce": "another"}, {"nonce": None},
        {"sub": None}, {"sub": ""}, {"azp": "another"}, {"iat": 4_000_000_000}, {"aud": None}, {"exp": None},
    ],
    ids=str,
)  # fmt: skip
def test_a_token_for_somebody_else_is_not_believed(joined: Place, elsewhere: Elsewhere, claims: dict[str, Any]) -> None:
    """Each claim that must hold is held."""
    elsewhere.claims = claims
    browser = joined.browser()

    assert (403, []) == (come_back(browser, gone_there(joined, elsewhere, browser)["state"]).status_code, joined.store.people.all())


@pytest.mark.parametrize("algorithm", ["RS256", "HS256"])
def test_a_token_with_another_signature_is_not_believed(joined: Place, elsewhere: Elsewhere, algorithm: str) -> None:
    """Neither by another key nor by the client's secret as a key."""
    from joserfc.jwk import OctKey, RSAKey

    elsewhere.algorithm = algorithm
    elsewhere.signs_with = RSAKey.generate_key(2048) if algorithm == "RS256" else OctKey.import_key("s" * 32)
    browser = joined.browser()

    assert (403, []) == (come_back(browser, gone_there(joined, elsewhere, browser)["state"]).status_code, joined.store.people.all())


def test_an_address_that_is_not_verified_is_not_taken(joined: Place, elsewhere: Elsewhere) -> None:
    """And no local account is joined by its address."""
    elsewhere.claims = {"email_verified": False}
    joined.person("ann@court.example", "admin")
    browser = joined.browser()
    come_back(browser, gone_there(joined, elsewhere, browser)["state"])
    account = joined.store.people.all()[-1]

    assert ("", {"user"}) == (account.email, set(account.roles))


def test_new_keys_of_the_other_server_are_asked_for(joined: Place, elsewhere: Elsewhere) -> None:
    """When a token is signed with one that is not known yet."""
    from joserfc.jwk import RSAKey

    first, second = joined.browser(), joined.browser()
    before = come_back(first, gone_there(joined, elsewhere, first)["state"]).status_code
    elsewhere.key = RSAKey.generate_key(2048, {"kid": "k2"})

    assert (303, 303) == (before, come_back(second, gone_there(joined, elsewhere, second)["state"]).status_code)


def test_a_server_that_does_not_answer_is_told_calmly(tmp_path: Path) -> None:
    """The page says that one can try again."""
    for place in made(tmp_path, accounts=("oidc",), oidc_issuer="http://127.0.0.1:9", oidc_client_id="engross"):
        answer = post(place.browser(), "/account/with")

        assert (403, True) == (answer.status_code, "You can try again" in answer.text)


@pytest.mark.parametrize("settings", [{"oidc_client_id": "x"}, {"oidc_issuer": "https://a.example"}, {"oidc_issuer": "http://a.example", "oidc_client_id": "x"}])
def test_settings_that_do_not_fit_stop_the_start(tmp_path: Path, settings: dict[str, str]) -> None:
    """With the setting's name."""
    with pytest.raises(OperatorError, match="oidc_"):
        list(made(tmp_path, accounts=("oidc",), **settings))


def test_the_command_invites_without_a_page(place: Place, tmp_path: Path) -> None:
    """For the first administrator, or somebody who is locked out; not where nobody signs in with a password."""
    from engross.web.accounts import invitation

    link = urlsplit(invitation(place.store, place.app.state.site.settings, "ben@example.org", ["admin"])).path
    post(place.browser(), link, shown_by=link, password=PASSWORD)
    account = place.store.people.by_email("ben@example.org")

    assert account is not None
    assert {"user", "admin"} == set(account.roles)
    with pytest.raises(OperatorError, match="`accounts`"):
        invitation(place.store, Settings(data_folder=tmp_path), "ben@example.org", [])
    with pytest.raises(OperatorError, match="is not an e-mail"):
        invitation(place.store, place.app.state.site.settings, "ben", [])
