"""The site on phones, without scripts and without motion: nothing is cut off, too small, missing or restless."""

from __future__ import annotations

import json

import pytest

from tests.book.pages import PAGES, PHONE

SMALL = {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True}

SIZES = """[...document.querySelectorAll('.exhibit-drawing svg')].map(svg => {
  const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  const sizes = [...svg.querySelectorAll('text')].filter(one => one.textContent.trim())
    .map(one => scale * parseFloat(getComputedStyle(one).fontSize));
  return [svg.closest('figure').id, Math.min(...sizes)] })"""

PAST_EDGE = """width => [...document.querySelectorAll('article *')].filter(one => {
  const box = one.getBoundingClientRect();
  return box.width > 1 && box.right > width + 1 && !one.closest('.scroll, .exhibit-drawing, pre');
}).map(one => `${one.closest('[id]')?.id}: ${one.tagName} ${one.textContent.slice(0, 40)}`)"""

OUTSIDE = """[...document.querySelectorAll('.exhibit-drawing svg')].flatMap(svg => {
  const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter(one => { const box = one.getBoundingClientRect();
    return box.width && (box.left < frame.left - 3 || box.right > frame.right + 3
      || box.top < frame.top - 3 || box.bottom > frame.bottom + 3)
  }).map(one => `${svg.closest('figure').id}: ${one.textContent}`) })"""


@pytest.fixture(scope="module")
def on_phones(browser, site):
    """What each page does on phones: how far it scrolls sideways, and the smallest text of each drawing."""
    found = {}
    for name, options in (("phone", PHONE), ("small", SMALL)):
        context = browser.new_context(**options, offline=True)
        page = context.new_page()
        for one in PAGES:
            page.goto((site / f"{one}.html").as_uri())
            found[name, one] = {
                "sideways": page.evaluate("document.documentElement.scrollWidth") - options["viewport"]["width"],
                "past_edge": page.evaluate(PAST_EDGE, options["viewport"]["width"]),
                "sizes": page.evaluate(SIZES),
                "outside": page.evaluate(OUTSIDE),
            }
        context.close()
    return found


def test_no_page_scrolls_sideways_on_the_smallest_phone(on_phones):
    assert not {key: one["sideways"] for key, one in on_phones.items() if one["sideways"] > 1}


def test_nothing_in_the_text_sticks_out_of_a_phone(on_phones):
    assert not {key: one["past_edge"] for key, one in on_phones.items() if one["past_edge"]}


def test_text_in_drawings_can_be_read_on_a_phone(on_phones):
    small = [(exhibit, size) for one in on_phones.values() for exhibit, size in one["sizes"] if size < 10.99]
    assert not small


def test_no_text_leaves_its_drawing(on_phones):
    assert not [words for one in on_phones.values() for words in one["outside"]]


def test_wide_tables_scroll_by_keyboard_and_keep_the_names_of_rows(browser, site):
    context = browser.new_context(**SMALL, offline=True)
    page, wide = context.new_page(), 0
    for one in PAGES:
        page.goto((site / f"{one}.html").as_uri())
        for frame in page.query_selector_all(".scroll:has(> table)"):
            if frame.evaluate("one => one.scrollWidth > one.clientWidth + 1"):
                wide += 1
                assert frame.get_attribute("tabindex") == "0" and frame.get_attribute("aria-label")
                name = frame.query_selector("tbody th[scope=row]")
                frame.evaluate("one => { one.scrollLeft = 60 }")
                assert (
                    name is None
                    or name.evaluate(
                        "one => one.getBoundingClientRect().left - one.closest('.scroll').getBoundingClientRect().left"
                    )
                    >= -1
                )
    context.close()
    assert wide


def test_nothing_moves_for_those_who_ask_for_rest(browser, site):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.goto((site / f"{PAGES[1]}.html").as_uri())
    moving = page.evaluate(
        """[...document.querySelectorAll('*')].filter(one => { const style = getComputedStyle(one);
        const turns = style.transitionDuration.split(',').some(time => parseFloat(time) > 0.01);
        const plays = style.animationName !== 'none' && parseFloat(style.animationDuration) > 0.01;
        return turns || plays || style.scrollBehavior === 'smooth'
        }).map(one => one.outerHTML.slice(0, 80))"""
    )
    context.close()
    assert moving == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_without_scripts_reads_the_book(scheme, browser, site):
    context = browser.new_context(**PHONE, color_scheme=scheme, java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((site / f"{PAGES[1]}.html").as_uri())
    assert page.locator("button:visible").count() == 0
    assert page.locator("#pst-primary-sidebar nav a:visible").count() > 20
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"] + 1
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (sum(ground[:3]) < 200) == (scheme == "dark")
    page.goto((site / "search.html").as_uri())
    assert page.locator("form:visible").count() == 0
    page.locator("main a", has_text="the glossary").click()
    page.wait_for_url("**/glossary.html")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_beside_the_book_are_faultless(scheme, browser, site):
    from axe_playwright_python.sync_playwright import Axe

    exhibits = json.loads((site / "exhibits.json").read_text(encoding="utf-8"))
    context = browser.new_context(**PHONE, color_scheme=scheme, offline=True)
    page = context.new_page()
    widest = max(exhibits, key=lambda one: one["rows"])["id"]
    for name in (f"_exhibits/{exhibits[0]['id']}", f"_exhibits/{widest}", "404"):
        page.goto((site / f"{name}.html").as_uri())
        found = Axe().run(page, options={"preload": False}).response["violations"]
        assert not [one["id"] for one in found], name
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 1
    context.close()
