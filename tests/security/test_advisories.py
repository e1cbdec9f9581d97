"""A test for each advisory in the history of docassemble and Gotenberg: what went wrong there does not go wrong here.

The names hold the numbers, which ``ADVISORIES`` lists. Each was looked up in November 2026: the CVE list, the Go and PyPI advisory
databases and the issues that they link. A number that could not be found in one of them is not here, though its test may be.
Where an advisory is about a part that Engross does not have (a webhook, a browser, ExifTool), the test shows that the part is not there
and that the nearest way is closed.
"""

from __future__ import annotations

import ast
import io
import re
import time
import zipfile
from pathlib import Path

import lxml.html
import pytest

from engross.catalogue import Catalogue
from engross.documents import gate, package, sandbox
from engross.errors import EngrossError, SourceError
from engross.markup import to_html
from tests.documents import test_gate
from tests.visit.conftest import Bench
from tests.visit.conftest import bench as bench
from tests.web.conftest import Server
from tests.web.conftest import server as server

ADVISORIES = (
    # docassemble
    "GHSA-jq57-3w7p-vwvv", "CVE-2024-27292", "CVE-2024-27290", "CVE-2024-27291",
    # Gotenberg: what LibreOffice fetches by itself, and deny lists that were got around
    "GHSA-rm4c-xj6x-49mw", "CVE-2026-42591", "GHSA-2mrg-35hw-x3x9", "CVE-2026-55229", "CVE-2026-27018", "GHSA-5q7p-7jgv-ww56", "CVE-2026-40280",
    "GHSA-4vmc-gm8v-m35h", "CVE-2026-42596", "GHSA-86m8-88fq-xfxp", "CVE-2026-45741", "GHSA-2pmr-289p-44r3", "CVE-2026-42592",
    "GHSA-chwh-f6gm-r836", "CVE-2026-42595", "GHSA-rh2x-ccvw-q7r3", "CVE-2024-21527", "CVE-2021-23345", "GHSA-g924-cjx7-2rjw", "CVE-2026-42597",
    "GHSA-pjrr-jgp4-v2fm", "GHSA-pcrp-7g9h-7qhp", "GHSA-5vh4-rgv7-p9g4", "CVE-2026-39383", "GHSA-3cv5-q585-h563", "CVE-2026-42593",
    # Gotenberg: ExifTool, names of files, patterns
    "GHSA-q7r4-hc83-hf2q", "CVE-2026-40281", "GHSA-rqgh-gxv4-6657", "CVE-2026-42589", "GHSA-qmwh-9m9c-h36m", "GHSA-7v3r-m9c8-r855",
    "CVE-2026-42590", "GHSA-62p3-hvxx-fxg4", "CVE-2026-40893", "CVE-2020-13449", "CVE-2020-13450", "CVE-2020-13451", "CVE-2020-13452",
    "GHSA-fmwg-qcqh-m992", "CVE-2026-35458",
)  # fmt: skip
SOURCES = sorted((Path(__file__).resolve().parents[2] / "src").rglob("*.py"))
ELSEWHERE = ("/etc/passwd", "../../../../etc/passwd", "docassemble.base:../../../../etc/passwd", "docassemble.base:/etc/passwd", "data/questions/../../../../etc/passwd", "docassemble.base:data/questions/..%2f..%2fetc/passwd", "file:///etc/passwd", "engross.packages.demo:data/sources/../../../secret")
SPELLINGS = ("http", "HTTP", "Http", "hTTps", "ftp", "file", "FILE", "gopher", "smb", "vnd.sun.star.webdav", "data")
PLACES = ("127.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "2130706433", "0x7f000001", "127.1", "169.254.169.254", "[2002:7f00:1::]", "[64:ff9b::7f00:1]", "[fec0::1]", "localhost", "evil.invalid")


# ---------------------------------------------------------------------------------------------------------- docassemble


@pytest.mark.parametrize("name", ELSEWHERE)
def test_ghsa_jq57_3w7p_vwvv_cve_2024_27292_no_file_by_its_path_in_the_address(server: Server, name: str) -> None:
    """An interview is one that is served; no other file is read and shown."""
    answer = server.client.get("/interview", params={"i": name})

    assert (404, False) == (answer.status_code, "root:" in answer.text)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_ghsa_jq57_3w7p_vwvv_cve_2024_27292_the_catalogue_resolves_only_what_it_serves(name: str) -> None:
    """Whatever the server's disk holds."""
    with pytest.raises(SourceError):
        Catalogue(["engross.packages.demo"]).resolve(name)


@pytest.mark.parametrize("address", ["/packagestatic/demo/../../../../etc/passwd", "/packagestatic/demo/%2e%2e/%2e%2e/etc/passwd", "/packagestatic/..%2f..%2f/etc/passwd", "/files/..%2f..%2fetc%2fpasswd", "/static/..%2f..%2fsettings.py", "/packagestatic/engross/../settings.py"])
def test_no_file_of_the_server_by_an_address(server: Server, address: str) -> None:
    """Static files and downloads stay in their places."""
    answer = server.client.get(address)

    assert 404 == answer.status_code


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<b>Bob</b>", "<svg onload=alert(1)>"])
def test_cve_2024_27290_html_in_a_name_is_text(bench: Bench, words: str) -> None:
    """Also where the author prints the visitor's name."""
    bench.start("mandatory: True\nquestion: Who?\nfields:\n  - Name: name\n---\nmandatory: True\nquestion: Hello ${ name }\nsubquestion: Dear ${ name }\n")
    screen = bench.answer(name=words).screen

    page = lxml.html.fromstring(f"<div>{to_html(screen.question)}{to_html(screen.subquestion or '')}</div>")

    assert {"div", "p"} >= {element.tag for element in page.iter()}
    assert f"Dear {words}" in page.text_content()


@pytest.mark.parametrize("name", ["next", "url", "redirect", "js_target", "from", "continue", "return_to"])
@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_cve_2024_27291_no_address_leads_elsewhere(server: Server, name: str, target: str) -> None:
    """No argument of an address is a place to go."""
    server.open()

    answers = [server.client.get(path, params={name: target}, follow_redirects=False) for path in ("/", "/interview")]

    assert [] == [answer.headers["location"] for answer in answers if "evil" in answer.headers.get("location", "") or "javascript" in answer.headers.get("location", "")]


# ------------------------------------------------------------------------------------- Gotenberg: documents that fetch


def external(scheme: str, place: str) -> bytes:
    """A DOCX with a linked picture."""
    return test_gate.packed(relations=test_gate.relation("image", f"{scheme}://{place}/x.png"))


@pytest.mark.parametrize("scheme", SPELLINGS)
def test_ghsa_rm4c_xj6x_49mw_cve_2026_42591_ghsa_2mrg_35hw_x3x9_cve_2026_55229_a_document_does_not_fetch(scheme: str) -> None:
    """LibreOffice's own requests: a foreign document with a link to a resource is refused, whatever its scheme."""
    assert 1 == len(gate.check(external(scheme, "127.0.0.1"), ".docx"))


@pytest.mark.parametrize("scheme", SPELLINGS)
def test_cve_2026_27018_capitals_do_not_pass(scheme: str) -> None:
    """The bypass of a deny list by ``FILE:``; here is a list of what is allowed, and only for links that people click."""
    assert 1 == len(gate.check(test_gate.packed(relations=test_gate.relation("image", f"{scheme.upper()}:///tmp/x.png")), ".docx"))


@pytest.mark.parametrize("scheme", [each for each in SPELLINGS if not each.lower().startswith("http")])
def test_ghsa_5q7p_7jgv_ww56_cve_2026_40280_capitals_do_not_pass_in_links(scheme: str) -> None:
    """The same for links."""
    data = test_gate.packed(relations=test_gate.relation("hyperlink", f"{scheme.swapcase()}://127.0.0.1/x"))

    assert 1 == len(gate.check(data, ".docx"))


@pytest.mark.parametrize("place", PLACES)
def test_ghsa_4vmc_gm8v_m35h_cve_2026_42596_no_spelling_of_an_address_passes(place: str) -> None:
    """Mapped IPv6 and the like: the place does not matter, nothing is fetched."""
    assert 1 == len(gate.check(external("http", place), ".docx"))


@pytest.mark.parametrize("place", PLACES)
def test_ghsa_86m8_88fq_xfxp_cve_2026_45741_no_ipv6_prefix_passes(place: str) -> None:
    """6to4, NAT64, site-local."""
    assert 1 == len(gate.check(external("https", place), ".docx"))


@pytest.mark.skipif(not sandbox.available().closed, reason="there is no bubblewrap here; foreign documents are refused")
@pytest.mark.parametrize("advisory", ["GHSA-2pmr-289p-44r3 CVE-2026-42592 names that change", "GHSA-chwh-f6gm-r836 CVE-2026-42595 redirects", "GHSA-rh2x-ccvw-q7r3 CVE-2024-21527 CVE-2021-23345 local files", "GHSA-g924-cjx7-2rjw CVE-2026-42597 others' temporary files"])
def test_ghsa_2pmr_289p_44r3_cve_2026_42592_ghsa_chwh_f6gm_r836_cve_2026_42595_ghsa_rh2x_ccvw_q7r3_cve_2024_21527_cve_2021_23345_ghsa_g924_cjx7_2rjw_cve_2026_42597_converters_reach_nothing(advisory: str, tmp_path: Path) -> None:
    """A name resolved twice, a redirect, a local file, another job's file: a converter has no network and sees its own folder alone."""
    outer = tmp_path / "outer"
    folder = outer / "job"
    folder.mkdir(parents=True)
    for part in (tmp_path, outer):
        part.chmod(0o711)
    (outer / "secret").write_text("SECRET")
    script = f"cat {outer}/secret; ls /tmp; (exec 3<>/dev/tcp/127.0.0.1/80) && echo CONNECTED; getent hosts localhost.evil.invalid && echo RESOLVED"

    done = sandbox.available().run(["/bin/bash", "-c", script], folder=folder, seconds=10, memory=1 << 30)

    assert b"" == done.stdout.strip(), advisory


def imported() -> set[str]:
    """Modules that Engross imports, and names of programs that it starts."""
    found: set[str] = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module)
    return found


def test_ghsa_pjrr_jgp4_v2fm_there_is_no_download_from(server: Server) -> None:
    """No route takes an address that the server would fetch: not in a form, a header or JSON."""
    from engross.web.app import routes

    page = server.open()
    code = {path.name: path.read_text(encoding="utf-8") for path in SOURCES if "/web/" in str(path)}
    # `identity` asks the one server that the setting `oidc_issuer` names, at addresses that this server gives.
    del code["identity.py"]

    assert [] == [name for name, text in code.items() if re.search(r"urlopen|import httpx|import requests|urllib\.request|aiohttp", text)]
    assert [] == [str(route.path) for route in routes() if re.search("download|fetch|proxy|convert", str(route.path))]
    assert "downloadFrom" not in page


@pytest.mark.parametrize("place", [*PLACES, "[", "hooks.example.org@evil.invalid", "hooks.example.org.evil.invalid", "evil.invalid/hooks.example.org", "evil.invalid#@hooks.example.org"])
@pytest.mark.parametrize("scheme", ["http", "HTTP", "file", "gopher"])
def test_ghsa_pcrp_7g9h_7qhp_ghsa_5vh4_rgv7_p9g4_cve_2026_39383_a_webhook_goes_where_the_operator_said(tmp_path: Path, scheme: str, place: str) -> None:
    """Nowhere by default; with a list, to the hosts on it, whatever the spelling. No header names a place."""
    from engross.settings import Settings
    from engross.web.api import _webhook
    from engross.web.site import Refused

    for hosts in ((), ("hooks.example.org",)):
        site = type("Site", (), {"settings": Settings(data_folder=tmp_path, webhook_hosts=hosts)})
        with pytest.raises(Refused):
            _webhook({"webhook": f"{scheme}://{place}/x"}, site)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["/etc/passwd", "file:///etc/passwd", "../../../../etc/passwd", "/proc/self/environ"])
def test_ghsa_3cv5_q585_h563_cve_2026_42593_a_field_for_a_file_takes_no_path(bench: Bench, path: str) -> None:
    """A form sent a path where a file was to be, and the server read that. Here only bytes that were sent are a file."""
    start = bench.start("mandatory: True\nquestion: Which?\nfields:\n  - Paper: paper\n    datatype: file\n---\nmandatory: True\nquestion: Thanks ${ paper }\n")

    shown = bench.post({start.screen.fields[0].key: [path]})

    assert [start.screen.fields[0].key] == list(shown.errors)


def test_ghsa_chwh_f6gm_r836_cve_2026_42595_a_web_request_follows_no_redirect() -> None:
    """A server that was allowed cannot send us to one that was not."""
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    from engross.delivery import NotDelivered, send_request

    asked: list[str] = []

    class Redirecting(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", "/secret")
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - the library's name

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Redirecting) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        message = type("Message", (), {"id": "x", "payload": {"url": f"http://127.0.0.1:{listening.server_port}/first", "json": {}}})
        with pytest.raises(NotDelivered):
            send_request(message)  # type: ignore[arg-type]
        listening.shutdown()
        thread.join()

    assert ["/first"] == asked


@pytest.mark.parametrize("words", ["x\n-FileName=/tmp/q7q", "System:FileName", "File:FileName", "filename", "-if", "HardLink", "SymLink", "x\r-o\rq7q", "-execute"])
def test_ghsa_q7r4_hc83_hf2q_cve_2026_40281_ghsa_rqgh_gxv4_6657_cve_2026_42589_ghsa_qmwh_9m9c_h36m_ghsa_7v3r_m9c8_r855_cve_2026_42590_ghsa_62p3_hvxx_fxg4_cve_2026_40893_metadata_is_no_command(words: str) -> None:
    """ExifTool was told what to do by a title. Here titles go into the PDF as values, by pikepdf, and no such program is started."""
    import pikepdf

    from engross.documents import pdf
    from tests.documents.conftest import plain_pdf

    made = pdf.merge([plain_pdf()], titles=[words])

    with pikepdf.open(io.BytesIO(made)) as read, read.open_outline() as outline:
        assert [words] == [item.title for item in outline.root]
    assert [] == [path.name for path in SOURCES if "exiftool" in path.read_text(encoding="utf-8").lower()]
    assert not Path("/tmp/q7q").exists()  # noqa: S108 - what must not be there


@pytest.mark.parametrize("name", ["..\\..\\..\\Windows\\System32\\evil.pdf", "C:\\evil.pdf", "\\\\host\\share\\evil.pdf", "../../evil.pdf", "/etc/cron.d/evil", "a/../../evil.pdf", "</evil.pdf", "~/evil.pdf"])
def test_cve_2020_13449_cve_2020_13450_names_in_archives_stay_in_their_folder(name: str) -> None:
    """Also where a backslash divides folders; and what is uploaded by such a name is written under a name of ours."""
    from engross.web.forms import plain_name

    (kept,) = zipfile.ZipFile(io.BytesIO(package.archive([(name, b"x")]))).namelist()

    assert not (kept.startswith(("/", "~")) or "\\" in kept or ":" in kept or ".." in kept.split("/"))
    assert not set(plain_name(name)) & set("/\\")


def test_cve_2020_13451_cve_2020_13452_programs_cannot_be_written_over() -> None:
    """A converter's own files are read-only to it, and each job's folder is its own."""
    line = sandbox.Sandbox(program="/usr/bin/bwrap").command(["x"], folder=Path("/job-of-its-own"))
    written = [line[n + 2] for n, word in enumerate(line) if word == "--bind"]

    assert ["/job"] == written
    assert ["--ro-bind", "/usr", "/usr"] == line[line.index("--ro-bind") : line.index("--ro-bind") + 3]


def test_ghsa_fmwg_qcqh_m992_cve_2026_35458_no_pattern_of_a_visitor_is_run(bench: Bench) -> None:
    """What visitors type is never a regular expression; long repetitive words are searched for in a moment."""
    words = "(a+)+$ " + "a" * 5000 + "!" + "<" * 500
    start = bench.start("mandatory: True\nquestion: What?\nfields:\n  - Line: line\n---\nmandatory: True\nquestion: You said ${ line } ${ line.upper() }\n")
    began = time.process_time()

    bench.post({start.screen.fields[0].key: [words]})

    assert time.process_time() - began < 2


def test_a_refusal_is_no_traceback(bench: Bench) -> None:
    """All of the above ends in our own errors."""
    with pytest.raises(EngrossError):
        bench.visits.start("docassemble.base:/etc/passwd")


def test_every_advisory_has_a_test_with_its_number() -> None:
    """In the name, so that whoever looks for one finds it."""
    names = " ".join(name for name in globals() if name.startswith("test_"))

    assert [] == [number for number in ADVISORIES if number.lower().replace("-", "_") not in names]
