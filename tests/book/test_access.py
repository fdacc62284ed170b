"""Access: the site by keyboard, by search, on a phone, without motion and at wrong addresses, in a real browser."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
_TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [_TOC["root"], *(one["file"] for part in _TOC["parts"] for one in part["chapters"])]
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
SMALL = {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True}


class _Host(http.server.SimpleHTTPRequestHandler):
    """A host as those of static pages: under a folder, with the site's own page for wrong addresses."""

    def translate_path(self, path):
        return super().translate_path(path.removeprefix("/report"))

    def send_error(self, code, message=None, explain=None):
        body = (Path(self.directory) / "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture(scope="module")
def host(site):
    """The address of the site on a local host."""
    handler = functools.partial(_Host, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/report"
        server.shutdown()


@pytest.fixture
def page(browser):
    """A page on a desktop that collects what it complains of."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.complaints = []
    opened.on("console", lambda said: said.type in ("error", "warning") and opened.complaints.append(said.text))
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    yield opened
    context.close()


def focused(page):
    """Return what has the focus: tag, words, address and whether a ring shows it."""
    return page.evaluate(
        """() => { const one = document.activeElement, style = getComputedStyle(one);
        const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
        const ring = outlined || style.boxShadow !== "none";
        return {words: one.innerText, html: one.outerHTML.slice(0, 100), ring: ring, outlined: outlined} }"""
    )


# Search


def searched(page, address, query):
    page.goto(f"{address}/search.html?q={query}")
    page.wait_for_selector(".search-status:not(:empty)")
    return page.locator("#search-results ul.search > li").evaluate_all(
        "all => all.map(one => [one.querySelector('a').getAttribute('href'), one.innerText])"
    )


QUERIES = ("productivity", "생산성", "중소기업은", "zombie", "self-employed", "Olley-Pakes", '"value added"')


@pytest.mark.parametrize("query", QUERIES)
def test_words_are_found(query, page, site):
    found = searched(page, site.as_uri(), query)
    assert found and page.complaints == []
    words = query.strip('"').removesuffix("은").lower().replace("-", " ")
    assert any(words in text.lower().replace("-", " ") for _, text in found)


def test_a_word_is_found_where_it_stands_and_leads_there(page, site):
    exhibit = json.loads((site / "exhibits.json").read_text(encoding="utf-8"))[0]
    found = searched(page, site.as_uri(), exhibit["title"].replace("%", "%25").replace("&", "%26").replace("+", "%2B"))
    assert found[0][0] == f"{exhibit['page']}#{exhibit['id']}"
    page.locator("#search-results ul.search > li a").first.click()
    page.wait_for_url(f"**#{exhibit['id']}")
    assert page.locator(f"#{exhibit['id']}").is_visible()


def test_every_number_of_the_front_page_is_found(page, site):
    page.goto((site / f"{PAGES[0]}.html").as_uri())
    numbers = page.locator("article span.pasted-text").evaluate_all("all => all.map(one => one.innerText.trim())")
    numbers = [one for one in dict.fromkeys(numbers) if any(letter.isdigit() for letter in one)]
    assert len(numbers) >= 5
    for number in numbers[:8]:
        assert any(href.startswith(PAGES[0]) for href, _ in searched(page, site.as_uri(), number)), number


def test_a_number_is_found_whole(page, site):
    words = "It was 166.95 then, 1,215 cells, 3.4\u00a0% and \u22120.5."
    page.add_init_script(f"window.bookWords = {{pages: [['a.html', 'A']], places: [[0, '', '', '{words}']]}}")
    page.goto(f"{site.as_uri()}/search.html")
    tried = {"66.9": False, "166.95": True, "1215": True, "215": False, "3.4%": True, "-0.5": True}
    for query, hit in tried.items():
        field = page.locator(".bd-search-container form.bd-search input")
        field.fill(query)
        field.press("Enter")
        said = "query => document.querySelector('.search-status').textContent.includes(query)"
        page.wait_for_function(said, arg=query)
        assert ("166.95 then" in page.locator("#search-results").inner_text()) == hit, query


def test_search_works_on_a_host_and_says_when_nothing_is_found(page, host):
    assert searched(page, host, "productivity 노동생산성")
    assert searched(page, host, "xyzzy") == [] and "Nothing in the book" in page.locator(".search-status").inner_text()
    assert page.complaints == []


def test_words_come_with_the_first_query_and_korean_is_said_to_be_korean(page, site):
    page.goto(f"{site.as_uri()}/search.html")
    assert not page.evaluate("Boolean(window.bookWords)")
    field = page.locator(".bd-search-container form.bd-search input")
    field.fill("\uc0dd\uc0b0\uc131")
    page.wait_for_function("() => Boolean(window.bookWords)")
    field.press("Enter")
    page.wait_for_selector("#search-results mark [lang=ko]")
    unsaid = page.evaluate(
        """() => { const results = document.getElementById('search-results');
        const walk = document.createTreeWalker(results, NodeFilter.SHOW_TEXT);
        const found = []; while (walk.nextNode()) if (/[\uac00-\ud7a3]/.test(walk.currentNode.data)
          && !walk.currentNode.parentElement.closest('[lang=ko]')) found.push(walk.currentNode.data);
        return found }"""
    )
    assert unsaid == [] and page.complaints == []


# Keyboard


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


# Phones, motion, wrong addresses

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


@pytest.mark.parametrize("wrong", ["book/a/b/c.html", "book/index", "_exhibits/none.csv"])
def test_a_wrong_address_leads_on_from_any_depth(wrong, page, host):
    page.goto(f"{host}/{wrong}")
    assert page.locator("h1").inner_text() == "There is no page at this address"
    page.locator("li a").first.click()
    page.wait_for_url(f"{host}/{PAGES[1]}.html")


def test_the_page_for_wrong_addresses_works_from_disk(page, site):
    page.goto((site / "404.html").as_uri())
    page.get_by_text("Front page").click()
    page.wait_for_url(f"**/{PAGES[0]}.html")
    assert page.complaints == []


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


def test_the_print_button_prints(page, site):
    page.goto((site / f"{PAGES[1]}.html").as_uri())
    page.evaluate("window.print = () => { window.printed = true }")
    page.evaluate("document.querySelector(\"[data-action='print']\").click()")
    assert page.evaluate("window.printed === true")
