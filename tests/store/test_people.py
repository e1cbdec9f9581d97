"""Accounts as they are kept: found by who they are, unreadable on the disk, ended at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from engross.settings import Settings
from engross.store import Store, open_store, passwords
from engross.store.people import TRIES, TRIES_SECONDS, plain_email

EMAIL = "Maria.Alvarez@example.org"


@pytest.fixture
def kept(tmp_path: Path) -> Store:
    with open_store(Settings(data_folder=tmp_path / "kept", database_url=None)) as store:
        store.people.prepare()
        yield store


def test_an_account_is_found_in_any_case_of_its_address(kept: Store) -> None:
    """As people type it."""
    made = kept.people.with_password(EMAIL, "hash", roles=["advocate"])
    found = kept.people.by_email(" MARIA.alvarez@Example.org ")

    assert found is not None
    assert (made.id, EMAIL, {"user", "advocate"}) == (found.id, found.email, set(found.roles))
    assert kept.people.by_email("maria@example.org") is None


def test_nothing_of_a_person_can_be_read_on_the_disk(kept: Store, tmp_path: Path) -> None:
    """Neither the address, nor a role, nor the password's hash, nor the token of a sign-in or a ticket."""
    account = kept.people.with_password(EMAIL, passwords.make_hash("correct horse battery"), roles=["advocate"])
    token, ticket = kept.people.sign_in(account.id, seconds=60), kept.people.ticket(EMAIL, seconds=60)
    kept.people.try_now(EMAIL)
    kept.database.checkpoint()
    raw = (tmp_path / "kept" / "engross.db").read_bytes().lower()

    assert [] == [one for one in (EMAIL, "alvarez", "advocate", "argon2", token, ticket) if one.lower().encode() in raw]


def test_a_new_password_ends_every_sign_in(kept: Store) -> None:
    """Whoever had the old one is out."""
    account = kept.people.with_password(EMAIL, "old")
    token = kept.people.sign_in(account.id, seconds=60)
    before = kept.people.signed_in(token)
    kept.people.with_password(EMAIL, "new")

    assert (account.id, None) == (before.id if before else None, kept.people.signed_in(token))


def test_a_closed_account_is_signed_out_and_stays_out(kept: Store) -> None:
    """Also with a sign-in that was made by a race."""
    account = kept.people.with_password(EMAIL, "hash")
    token = kept.people.sign_in(account.id, seconds=60)
    kept.people.change(account.id, active=False)

    assert kept.people.signed_in(token) is None
    assert kept.people.signed_in(kept.people.sign_in(account.id, seconds=60)) is None


def test_sign_ins_end_by_their_time_and_elsewhere(kept: Store) -> None:
    """One that is over is nobody; ending the others leaves one's own."""
    account = kept.people.with_password(EMAIL, "hash")
    over, mine, other = (kept.people.sign_in(account.id, seconds=seconds) for seconds in (-1, 60, 60))
    kept.people.sign_out_elsewhere(account.id, mine)

    assert [None, account.id, None] == [found and found.id for found in map(kept.people.signed_in, (over, mine, other))]


def test_a_ticket_is_good_once_and_a_new_one_ends_the_one_before(kept: Store) -> None:
    """Looking does not use it."""
    first, second = kept.people.ticket(EMAIL, seconds=60), kept.people.ticket(EMAIL.lower(), seconds=60)
    looked, taken = kept.people.ticket_of(second), kept.people.take_ticket(second)

    assert (None, EMAIL.lower(), EMAIL.lower(), None) == (
        kept.people.ticket_of(first), looked and looked.email, taken and taken.email, kept.people.take_ticket(second)
    )  # fmt: skip
    assert kept.people.ticket_of(kept.people.ticket(EMAIL, seconds=-1)) is None


def test_tries_are_counted_alike_with_and_without_an_account(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many nothing is looked at, until they are old; a right password forgets them."""
    import engross.store.people as module

    kept.people.with_password(EMAIL, "hash")
    for email in (EMAIL, "nobody@example.org"):
        waits = [kept.people.try_now(email) for _ in range(TRIES + 1)]

        assert ([0.0] * TRIES, True) == (waits[:-1], 0 < waits[-1] <= TRIES_SECONDS)

    kept.people.forget_tries(EMAIL)
    now = module.time.time()
    monkeypatch.setattr(module.time, "time", lambda: now + TRIES_SECONDS + 1)

    assert (0.0, 0.0) == (kept.people.try_now(EMAIL), kept.people.try_now("nobody@example.org"))


def test_accounts_are_readable_after_a_change_of_the_server_keys(kept: Store) -> None:
    """Their key is wrapped anew with those of the sessions, and a missing key file is noticed though there is no session."""
    made = kept.people.with_password(EMAIL, "hash")
    kept.rotate_keys()
    with open_store(kept.settings) as again:
        found = again.people.by_email(EMAIL)

    assert made == found
    kept.settings.key_path.unlink()
    with pytest.raises(Exception, match="Nothing was deleted"):
        open_store(kept.settings)


def test_a_number_is_never_given_twice(kept: Store) -> None:
    """Or somebody would inherit what a deleted account left."""
    first = kept.people.with_password(EMAIL, "hash")
    kept.people.delete(first.id)

    assert first.id < kept.people.with_password(EMAIL, "hash").id


@pytest.mark.slow
def test_only_who_has_the_password_is_right() -> None:
    """Argon2id, and nobody fits where there is no account."""
    kept = passwords.make_hash("correct horse battery")

    assert kept.startswith("$argon2id$")
    assert (True, False, False, False) == (
        passwords.is_right("correct horse battery", kept), passwords.is_right("correct horse", kept),
        passwords.is_right("correct horse battery", None), passwords.is_right("x", "damaged"),
    )  # fmt: skip


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "maria.alvarez@example.org", "x" * 201])
def test_a_bad_password_is_refused_with_a_reason(password: str) -> None:
    """Its length and its sameness count, not its kinds of letters."""
    assert passwords.trouble_with(password, EMAIL) is not None
    assert passwords.trouble_with("four words are good", EMAIL) is None


@pytest.mark.parametrize("text", ["", "a", "@", "a@", "@b.org", "a@b@c.org", "a b@c.org", "a@b.org\nBcc: c@d.org", "a," + "@b.org", "x" * 260 + "@b.org", "a@."])
def test_what_is_no_address_is_nobody(text: str) -> None:
    """Nothing that could add a header or a second recipient."""
    assert plain_email(text) is None
