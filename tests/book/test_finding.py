"""Finding a page: by words and numbers in the search, and from wrong addresses, on a host and from disk."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from pathlib import Path

import pytest

from tests.book.pages import PAGES


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
