"""Downloads."""

from __future__ import annotations

import pytest

from tests.web.conftest import Server


def test_own_file_is_sent(server: Server) -> None:
    """The session's visitor gets the bytes with a name."""

    server.open()
    file_id = server.store.files.put(server.session_id, "Motion – final.pdf", "application/pdf", b"%PDF-1.7")

    answer = server.client.get(f"/files/{file_id}")

    assert (200, b"%PDF-1.7", "application/pdf") == (answer.status_code, answer.content, answer.headers["content-type"])
    assert "filename*=UTF-8''Motion%20%E2%80%93%20final.pdf" in answer.headers["content-disposition"]


def test_foreign_file_is_not_there(server: Server) -> None:
    """404, as for an id that does not exist."""

    server.open()
    file_id = server.store.files.put("another session", "a.pdf", "application/pdf", b"x")

    assert [404, 404] == [server.client.get(f"/files/{one}").status_code for one in (file_id, "0" * 32)]


@pytest.mark.parametrize("mimetype", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml"])
def test_a_page_that_a_visitor_gave_is_never_shown(server: Server, mimetype: str) -> None:
    """What could run in our origin leaves as a download of unknown kind."""

    server.open()
    file_id = server.store.files.put(server.session_id, "a.html", mimetype, b"<script>alert(1)</script>")

    headers = server.client.get(f"/files/{file_id}").headers

    assert ("application/octet-stream", "nosniff") == (headers["content-type"], headers["x-content-type-options"])
    assert headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in headers["content-security-policy"]


def test_a_name_cannot_leave_its_header(server: Server) -> None:
    """Line ends and quotes of a file's name do not make headers."""

    server.open()
    file_id = server.store.files.put(server.session_id, 'a"\r\nSet-Cookie: x=1;.pdf', "application/pdf", b"x")

    headers = server.client.get(f"/files/{file_id}").headers

    assert "x=1" not in headers.get("set-cookie", "")
    assert 'filename="a___Set-Cookie: x=1_.pdf"' in headers["content-disposition"]
