"""Every screen and state in a real browser: no axe violation, nothing scrolls sideways, no script fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Site
from tests.browser.patience import wait_until
from tests.web.gallery import GALLERY

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RUN_AXE = """async () => {
  const found = await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]});
  return found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.html.slice(0, 160)).join(" | ")}`);
}"""


def open_screen(site: Site, page: Any, name: str) -> list[str]:
    """Go to a screen of the gallery; returns the list that script errors are added to."""
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda said: trouble.append(said.text) if said.type == "error" and "422" not in said.text else None)
    site.visits.now = GALLERY[name]
    site.store.open_jobs[:] = ["one"]
    page.goto(site.interview)
    wait_until(page)
    return trouble


def still(page: Any) -> None:
    """Let the page stay as it is: a waiting page loads itself again now and then, on a busy machine in the middle of a look. A browser
    that is answered with 204 stays where it is."""
    page.route("**/*", lambda route: route.fulfill(status=204) if route.request.is_navigation_request() else route.continue_())


@pytest.mark.parametrize("name", GALLERY)
def test_screen_has_no_axe_violation_and_nothing_scrolls_sideways(site: Site, page: Any, name: str) -> None:
    """At 320, 390 and 1280 px, in light and dark."""

    trouble = open_screen(site, page, name)
    still(page)
    found: list[str] = []
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"scrolls sideways at {width}")
    page.evaluate(AXE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{scheme} {one}" for one in page.evaluate(RUN_AXE)]

    assert [] == found + trouble


@pytest.mark.parametrize("name", ["question", "choices", "review", "waiting", "heavy"])
def test_screen_can_be_read_at_four_times_its_size(site: Site, page: Any, name: str) -> None:
    """At 400 % zoom of a desktop (320 by 256 px) nothing scrolls sideways (WCAG 1.4.10)."""

    open_screen(site, page, name)
    still(page)
    page.set_viewport_size({"width": 320, "height": 256})

    assert 0 == page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("name", ["choices", "waiting", "heavy"])
def test_screen_keeps_its_marks_in_forced_colours(site: Site, page: Any, name: str) -> None:
    """With forced colours there is no axe violation either."""

    open_screen(site, page, name)
    still(page)
    page.emulate_media(forced_colors="active")
    page.evaluate(AXE)

    assert [] == page.evaluate(RUN_AXE)


def test_motion_can_be_off(site: Site, page: Any) -> None:
    """With reduced motion nothing on the waiting page is animated, the author's spinner neither."""

    open_screen(site, page, "waiting")
    still(page)
    page.emulate_media(reduced_motion="reduce")

    assert 0 == page.evaluate("document.getAnimations().length")


def test_first_question_page_is_light(site: Site, page: Any) -> None:
    """At most 120 KB come over the wire for a first question without icons, styles and scripts included."""

    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"] + request.sizes()["responseHeadersSize"]))
    open_screen(site, page, "question")
    page.wait_for_load_state("networkidle")

    assert sum(sizes) <= 120 * 1024
    print(f"first question page: {sum(sizes)} bytes in {len(sizes)} requests")
