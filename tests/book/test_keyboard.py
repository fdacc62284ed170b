"""The site by keyboard: the focus is seen, comes in order and is given back; buttons say their state and work."""

from __future__ import annotations

import pytest

from tests.book.pages import PAGES, PHONE


def focused(page):
    """Return what has the focus: tag, words, address and whether a ring shows it."""
    return page.evaluate(
        """() => { const one = document.activeElement, style = getComputedStyle(one);
        const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
        const ring = outlined || style.boxShadow !== "none";
        return {words: one.innerText, html: one.outerHTML.slice(0, 100), ring: ring, outlined: outlined} }"""
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_key_offers_to_skip_to_the_text(scheme, browser, site):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto((site / f"{PAGES[1]}.html").as_uri())
    page.keyboard.press("Tab")
    first = focused(page)
    assert "skip" in first["words"].lower() and first["ring"]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    context.close()


def test_the_data_of_a_figure_are_one_key_after_it(page, site):
    page.goto((site / f"{PAGES[1]}.html").as_uri())
    page.locator(".exhibit-drawing").first.focus()
    assert focused(page)["ring"]
    page.keyboard.press("Tab")
    link = focused(page)
    assert link["words"].startswith("Data as a table") and link["ring"]
    page.keyboard.press("Enter")
    page.wait_for_url("**/_exhibits/*.html")
    assert page.locator("table caption").count() == 1 and page.complaints == []
    page.locator("nav a").click()
    page.wait_for_url(f"**/{PAGES[1]}.html#fig-*")


def test_whatever_has_the_focus_shows_it_and_comes_in_order(page, site):
    page.goto((site / f"{PAGES[1]}.html").as_uri())
    inside, last = 0, -1
    page.evaluate("document.querySelector('article h1').setAttribute('tabindex', '-1')")
    page.locator("article h1").focus()
    for _ in range(30):
        page.keyboard.press("Tab")
        assert focused(page)["ring"], focused(page)
        place = page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)")
        assert place > last
        last, inside = place, inside + page.evaluate("document.activeElement.closest('article') !== null")
    assert inside >= 25


DIALOGS = {
    ".primary-toggle": ("#pst-primary-sidebar-modal", "Book contents"),
    ".secondary-toggle": ("#pst-secondary-sidebar-modal", "On this page"),
    ".bd-header-article .search-button": ("#pst-search-dialog", "Search"),
}


@pytest.mark.parametrize("opener", DIALOGS)
def test_a_dialog_has_a_name_and_gives_the_focus_back(opener, browser, site):
    context = browser.new_context(**PHONE, offline=True)
    page = context.new_page()
    page.goto((site / f"{PAGES[1]}.html").as_uri())
    button, (dialog, name) = page.locator(opener).first, DIALOGS[opener]
    stated = [None] * 3 if name == "Search" else ["false", "true", "false"]
    assert button.get_attribute("aria-label") == page.locator(dialog).get_attribute("aria-label") == name
    states = [button.get_attribute("aria-expanded")]
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{dialog}[open]")
    states.append(button.get_attribute("aria-expanded"))
    page.keyboard.press("Escape")
    page.wait_for_function("one => document.activeElement.matches(one)", arg=opener, timeout=3000)
    assert [*states, button.get_attribute("aria-expanded")] == stated
    context.close()


def test_the_contents_button_says_whether_the_contents_stand_beside_the_text(page, site):
    page.goto((site / f"{PAGES[1]}.html").as_uri())
    button, states = page.locator(".primary-toggle"), []
    for _ in range(3):
        states.append((button.get_attribute("aria-expanded"), button.get_attribute("aria-controls")))
        button.click()
    assert states == [("true", "pst-primary-sidebar"), ("false", "pst-primary-sidebar-modal"), states[0]]


def test_the_switch_of_colours_says_what_it_is_set_to(page, site):
    page.goto((site / f"{PAGES[1]}.html").as_uri())
    button, names = page.locator(".theme-switch-button"), []
    for _ in range(3):
        names.append(button.get_attribute("aria-label"))
        button.click()
    assert sorted(names) == ["Colour mode: as the system", "Colour mode: dark", "Colour mode: light"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_tool_shows_the_focus(scheme, browser, site):
    for view in ({"viewport": {"width": 1280, "height": 900}}, PHONE):
        context = browser.new_context(**view, color_scheme=scheme, offline=True)
        page = context.new_page()
        page.goto((site / f"{PAGES[1]}.html").as_uri())
        page.locator("#pst-skip-link a").focus()
        tools = page.locator(".bd-header-article button:visible").count()
        seen = 0
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.matches('.bd-header-article button')"):
                shown = focused(page)
                assert shown["outlined"], shown
                seen += 1
        assert seen == tools >= 3
        context.close()


def test_the_print_button_prints(page, site):
    page.goto((site / f"{PAGES[1]}.html").as_uri())
    page.evaluate("window.print = () => { window.printed = true }")
    page.evaluate("document.querySelector(\"[data-action='print']\").click()")
    assert page.evaluate("window.printed === true")
