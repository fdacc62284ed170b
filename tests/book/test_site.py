"""The built site in a browser: from disk, without a network, on a desktop, on a phone and in the dark."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
VIEWS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}
_TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [_TOC["root"], *(one["file"] for part in _TOC["parts"] for one in part["chapters"])]


@pytest.fixture(scope="module", params=[*PAGES, "search", "index"])
def seen(request, site, browser):
    """Open a page in every view; return what went wrong in each and what a reader meets there."""
    path, found = site / f"{request.param}.html", {}
    for view, options in VIEWS.items():
        context = browser.new_context(**options, offline=True, reduced_motion="reduce")
        page, failed, away, errors = context.new_page(), [], [], []
        page.on("requestfailed", lambda request, failed=failed: failed.append(request.url))
        page.on(
            "request",
            lambda request, away=away: None if request.url.startswith(("file:", "data:")) else away.append(request.url),
        )
        page.on(
            "console", lambda message, errors=errors: errors.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error, errors=errors: errors.append(str(error)))
        page.goto(path.as_uri())
        if request.param == "index":
            page.wait_for_url(f"**/{PAGES[0]}.html")
        page.wait_for_load_state("load")
        page.wait_for_timeout(200)
        found[view] = {
            "failed": list(failed), "away": list(away), "errors": list(errors),  # before axe-core asks for anything
            "violations": faults(page),
            "sideways": page.evaluate("document.documentElement.scrollWidth - innerWidth"),
            "mute": page.evaluate(MUTE), "title": page.title(), "lang": page.evaluate("document.documentElement.lang"),
        }  # fmt: skip
        context.close()
    return found


def faults(page):
    """Return what axe-core faults on a page."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [f"{one['impact']} {one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


MUTE = """[...document.querySelectorAll('img, article svg')].filter(one => {
  const words = one.getAttribute('alt') ?? one.getAttribute('aria-label');
  return !words && one.getAttribute('aria-hidden') !== 'true' && !one.closest('[role=img][aria-label], button')
}).map(one => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("fault", ["failed", "away", "errors", "violations", "mute"])
def test_no_page_has(fault, view, seen):
    """No failed or foreign request, no console error, nothing that axe-core faults, no picture without words."""
    assert seen[view][fault] == []


def test_no_page_scrolls_sideways_on_a_phone(seen):
    assert seen["phone"]["sideways"] <= 1


def test_every_page_has_a_title_and_a_language(seen):
    assert seen["desktop"]["title"] and seen["desktop"]["lang"] == "en"


def test_the_phone_menu_opens_and_leads_on(site, browser):
    context = browser.new_context(**VIEWS["phone"], offline=True)
    page = context.new_page()
    page.goto((site / f"{PAGES[0]}.html").as_uri())
    link = page.locator(f"dialog[open] a[href$='{PAGES[1].removeprefix('book/')}.html']").first
    page.locator("button.primary-toggle").first.click()
    link.click()
    page.wait_for_url(f"**/{PAGES[1]}.html")
    context.close()


def test_drawings_follow_the_switch_between_light_and_dark(site, browser):
    exhibits = [one for one in published(site, "exhibits.json") if any(file.endswith(".svg") for file in one["files"])]
    assert exhibits, "no drawing on the site"
    context = browser.new_context(**VIEWS["desktop"], offline=True)
    page, colours = context.new_page(), []
    page.goto((site / exhibits[0]["page"]).as_uri())
    for theme in ("light", "dark"):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        colours.append(page.evaluate(f"getComputedStyle(document.querySelector('#{exhibits[0]['id']} svg')).color"))
    context.close()
    assert colours[0] != colours[1]


def published(site, name):
    return json.loads((site / name).read_text(encoding="utf-8"))


def test_every_exhibit_is_complete_on_its_page_and_on_disk(site):
    exhibits = published(site, "exhibits.json")
    assert len({one["id"] for one in exhibits}) == len(exhibits)
    for one in exhibits:
        assert len(one["alt"]) >= 40 and one["title"] and one["source"], one["id"]
        assert all({"publisher", "dataset", "vintage", "licence"} <= set(source) for source in one["source"]), one["id"]
        assert f'id="{one["id"]}"' in (site / one["page"]).read_text(encoding="utf-8")
        kinds = {Path(file).suffix for file in one["files"]}
        assert kinds == ({".svg", ".png", ".csv"} if one["id"].startswith("fig-") else {".csv"}), one["id"]
        assert all((site / file).stat().st_size > 0 for file in one["files"])


@pytest.mark.parametrize("page", [page for page in PAGES if "appendix" not in page and page != PAGES[0]])
def test_every_chapter_has_at_least_three_exhibits(page, site):
    assert sum(one["page"] == f"{page}.html" for one in published(site, "exhibits.json")) >= 3


def test_the_published_claims_are_those_of_the_ledger(site):
    import analysis

    board = analysis.claims.board()
    claims = {one["id"]: one for one in published(site, "claims.json")}
    assert sorted(claims) == sorted(board["id"])
    for row in board.itertuples():
        assert (claims[row.id]["verdict"], claims[row.id]["measured"]) == (row.verdict, row.measured)
        if row.verdict != "not yet examined":
            assert (site / claims[row.id]["page"]).is_file()


def test_no_page_shows_an_error_or_a_failed_reference(site):
    for name in PAGES:
        html = (site / f"{name}.html").read_text(encoding="utf-8")
        assert not re.search(r'class="[^"]*\b(?:stderr|traceback|system-message|problematic)\b', html), name
