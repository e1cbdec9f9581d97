"""Letters that interview code sends."""

from __future__ import annotations

import pytest

from engross.errors import UndefinedAttribute
from engross.library.mail import send_email
from engross.library.people import DAEmailRecipient, Individual
from tests.library.conversation import visit


def test_the_address_of_a_person_is_asked_for() -> None:
    """A letter to somebody whose e-mail is not known yet is not given up."""
    with visit(), pytest.raises(UndefinedAttribute) as missing:
        send_email(to=Individual("client"), subject="Hello")

    assert missing.value.path == "client.email"


def test_recipients_are_people_addresses_and_lists_of_them() -> None:
    """Each address once, in order."""
    with visit() as context:
        client = Individual("client", email="ann@example.com")
        clerk = DAEmailRecipient("clerk", address="clerk@example.com", name="The Clerk")
        sent = send_email(to=[client, "ann@example.com", clerk], subject="Hello", body="Text")

    assert (True, ["ann@example.com", "clerk@example.com"]) == (sent, context.outbox[0]["to"])
