"""Mend what the theme and its parts get wrong for screen readers, phones and readers without a network.

Each repair takes the parsed page and changes it in place; the site's tests (axe-core, a phone, no network) say which
are needed. Drawings and formulas are kept out of the parser's hands, which would change the case of their names.
"""

from __future__ import annotations

import re
from pathlib import Path

from bs4 import BeautifulSoup, NavigableString
from bs4.dammit import EntitySubstitution
from bs4.formatter import HTMLFormatter

from _ext.executed import in_order


class AsWritten(HTMLFormatter):
    """Write attributes in the order in which they stand on the page."""

    def attributes(self, tag):
        """Return the attributes of a tag, unsorted."""
        return tag.attrs.items()


_SERVES = {"clipboard|copybutton": "div.highlight", "togglebutton": ".toggle, .dropdown", "design-tabs": ".sd-tab-set"}
"""Scripts of the theme's parts, and what on a page they serve."""
_KOREAN = re.compile("([\uac00-\ud7a3]+(?:[ ·]+[\uac00-\ud7a3]+)*)")
_KEPT = re.compile(r"<(svg|math)\b.*?</\1>", re.S)


def drop_icon_script(page: BeautifulSoup) -> None:
    """Drop the script of icons (1.4 MB): the theme's web fonts carry the same icons."""
    for tag in page.find_all(["script", "link"]):
        if "fontawesome.js" in (tag.get("src") or tag.get("href") or ""):
            tag.decompose()


def drop_unused_scripts(page: BeautifulSoup) -> None:
    """Drop the scripts of live code, which needs a foreign host, and of the theme's search, which the book replaces."""
    unused = re.compile(r"sphinx-thebe\.(js|css)|/?(searchtools|language_data|searchindex)\.js")
    for tag in page.find_all(["script", "link"]):
        named = tag.get("src") or tag.get("href") or ""
        inline = tag.string or "" if tag.name == "script" and not named else ""
        live = tag.get("type") == "text/x-thebe-config" or "THEBE_JS_URL" in inline or "kernelName" in inline
        if live or unused.search(named):
            tag.decompose()
    for name, served in _SERVES.items():
        if not page.select_one(served):
            for script in page.find_all("script", src=re.compile(rf"\b(?:{name})(?:\.min)?\.js")):
                script.decompose()


def no_inline_handlers(page: BeautifulSoup) -> None:
    """Let the print button name its action, which `page.js` performs: the security policy refuses code inside tags."""
    for button in page.select("[onclick='window.print()']"):
        del button["onclick"]
        button["data-action"] = "print"


def drop_repeated_scripts(page: BeautifulSoup) -> None:
    """Drop scripts that are there twice: the second would declare its constants again and fail."""
    seen = set()
    for script in page.find_all("script"):
        key = (script.get("src"), script.string if not script.get("src") else None)
        if key in seen:
            script.decompose()
        seen.add(key)


def plain_signatures(page: BeautifulSoup) -> None:
    """Take the wrappers off the pieces of a signature: they say nothing and are a tenth of the package's pages."""
    for wrapper in page.select("dt.sig span.pre"):
        wrapper.unwrap()


def match_labels(page: BeautifulSoup) -> None:
    """Drop a label that does not hold the words a button shows: speech control goes by the words shown."""
    for control in page.select("button[aria-label], a[aria-label]"):
        shown, label = " ".join(control.get_text(" ").split()), control["aria-label"]
        if shown and shown.lower() not in label.lower():
            del control["aria-label"]


def name_landmarks(page: BeautifulSoup) -> None:
    """Give every part of the page a landmark, and landmarks of one kind different names."""
    if sidebar := page.select_one("#pst-primary-sidebar"):
        sidebar["role"], sidebar["aria-label"] = "complementary", "Book"
    if contents := page.select_one("#pst-secondary-sidebar"):
        contents["role"], contents["aria-label"] = "complementary", "On this page"
    for header in page.select(".bd-header-article"):
        header["role"], header["aria-label"] = "navigation", "Page tools"
    for skip in page.select("#pst-skip-link"):
        skip["role"], skip["aria-label"] = "navigation", "Skip"
    for button in page.select("#pst-back-to-top"):
        button["aria-label"] = button.get_text(" ", strip=True)
    for nested in page.select("main footer"):
        nested.name = "div"
    for aside in page.select("main aside"):
        aside["role"] = "note"


def name_controls(page: BeautifulSoup) -> None:
    """Name dialogs and the buttons that open them by what they show, whether or not scripts tell their state."""
    for side, name in (("primary", "Book contents"), ("secondary", "On this page")):
        for dialog in page.select(f"#pst-{side}-sidebar-modal"):
            dialog["aria-label"] = name
        for button in page.select(f"button.{side}-toggle"):
            button["title"] = button["aria-label"] = name
            button["aria-controls"], button["aria-expanded"] = f"pst-{side}-sidebar-modal", "false"
    for dialog in page.select("#pst-search-dialog"):
        dialog["aria-label"] = "Search"
    for button in page.select(".theme-switch-button"):
        button["aria-label"] = button["data-bs-title"] = "Colour mode"


def drop_leftovers(page: BeautifulSoup) -> None:
    """Drop the second viewport, and the place for advertisements with the empty part of the sidebar around it."""
    for again in page.select("meta[name=viewport]")[1:]:
        again.decompose()
    for place in page.select("#ethical-ad-placement"):
        around = place.find_parent(class_="sidebar-primary-item")
        outer = place.find_parent(class_="sidebar-primary-items__end")
        (around or place).decompose()
        if outer is not None and not outer.find(True):
            outer.decompose()


def search_without_scripts(page: BeautifulSoup) -> None:
    """Lead on from the search page where no script runs, in place of a form that finds nothing."""
    for note in page.select(".bd-search-container noscript"):
        for form in page.select(".bd-search-container form.bd-search"):
            form["class"] = [*form["class"], "pst-js-only"]
        note.clear()
        said = page.new_tag("p")
        said.append("The search needs scripts, which this browser does not run. Instead: ")
        for number, link in enumerate(_ways_on(page)):
            said.append(", " if number else "")
            said.append(link)
        said.append(".")
        note.append(said)


def _ways_on(page: BeautifulSoup) -> list:
    ways = [("the list of chapters", "#pst-primary-sidebar")]
    glossary = "#pst-primary-sidebar a[href$='glossary.html']"
    for words, part in (("the front page", "a.navbar-brand"), ("the glossary", glossary)):
        ways += [(words, link["href"]) for link in page.select(part)[:1]]
    made = []
    for words, address in ways:
        link = page.new_tag("a", attrs={"href": address})
        link.string = words
        made.append(link)
    return made


def plain_bibliography(page: BeautifulSoup) -> None:
    """Make the list of references a plain list: its roles for books are used in a way that readers cannot follow."""
    for tag in page.find_all(attrs={"role": re.compile(r"^doc-(biblio|backlink|citation)")}):
        del tag["role"]
    for tag in page.select("div.citation-list, div.citation"):
        del tag["role"]
    for tag in page.select("div.citation-list"):
        tag["role"] = "list"
    for tag in page.select("div.citation"):
        tag["role"] = "listitem"


def head_tables(page: BeautifulSoup) -> None:
    """Turn empty header cells into plain ones and say of the others which way they point."""
    for cell in page.select("table th"):
        if not cell.get_text(strip=True) and not cell.find(True):
            cell.name = "td"
            del cell["scope"]
        elif not cell.get("scope"):
            cell["scope"] = "col" if cell.find_parent("thead") else "row"
    for table in page.select("table[border]"):
        del table["border"]


def name_tables(page: BeautifulSoup) -> None:
    """Name the tables of the status page by the headings above them: captions would count them among the exhibits."""
    for table in page.select("table.status:not(:has(caption))"):
        if heading := table.find_previous(["h2", "h3"]):
            table["aria-label"] = "".join(heading.find_all(string=True, recursive=False)).strip()


def scroll_wide(page: BeautifulSoup) -> None:
    """Let tables and formulas wider than a phone scroll by themselves, by keyboard too, so that the page never does."""
    for number, table in enumerate(page.select("article table"), start=1):
        if "claim-board" in (table.get("class") or []) or table.find_parent(class_="scroll"):
            continue
        caption = table.find("caption")
        shown = caption.get_text(" ", strip=True) if caption else table.get("aria-label")
        named = shown or f"Table {number} of this page"
        _in_frame(page, table, f"Table: {named}")
    for number, block in enumerate(page.select("article div.math"), start=1):
        _in_frame(page, block, f"Formula {number}")
    for block in page.select("article div.highlight > pre"):
        block["tabindex"] = "0"


def _in_frame(page: BeautifulSoup, tag, label: str) -> None:
    tag.wrap(page.new_tag("div", attrs={"class": "scroll", "tabindex": "0", "role": "group", "aria-label": label}))


def keep_units(page: BeautifulSoup) -> None:
    """Keep a computed number and its percent sign on one line."""
    for number in page.select("span.pasted-text"):
        after = number.next_sibling
        if isinstance(after, NavigableString) and re.match(r"\s%", after):
            after.replace_with(NavigableString("\N{NO-BREAK SPACE}" + after.lstrip()))


def name_korean(page: BeautifulSoup) -> None:
    """Say of Korean words that they are Korean, so that they are read aloud as such."""
    for text in page.find_all(string=_KOREAN):
        if text.find_parent(["head", "script", "style"]) or text.find_parent(attrs={"lang": "ko"}):
            continue
        for place, piece in enumerate(_KOREAN.split(text)):
            part = NavigableString(piece)
            if place % 2:
                part = page.new_tag("span", attrs={"lang": "ko"})
                part.string = piece
            text.insert_before(part)
        text.extract()


def untitle_outputs(page: BeautifulSoup) -> None:
    """Hide the contents list that is for print only from those who hear the page."""
    for tag in page.select("#jb-print-docs-body"):
        tag["aria-hidden"] = "true"
        for link in tag.select("a"):
            link["tabindex"] = "-1"
        for heading in tag.select("h1, h2"):
            heading.name = "div"


REPAIRS = (
    drop_icon_script, drop_unused_scripts, drop_repeated_scripts, no_inline_handlers, plain_signatures, match_labels,
    name_landmarks, name_controls, drop_leftovers, search_without_scripts, name_tables, plain_bibliography,
    head_tables, scroll_wide, keep_units, name_korean, untitle_outputs,
)  # fmt: skip


def repaired(text: str) -> str:
    """Return the HTML of a page with every repair made."""
    kept: list[str] = []

    def keep(match: re.Match) -> str:
        kept.append(match.group(0))
        return f"@@kept-{len(kept) - 1}@@"

    page = BeautifulSoup(_KEPT.sub(keep, text), "html.parser")
    for repair in REPAIRS:
        repair(page)
    return re.sub(
        r"@@kept-(\d+)@@",
        lambda place: kept[int(place.group(1))],
        page.decode(formatter=AsWritten(EntitySubstitution.substitute_xml)),
    )


def repair_all(app, exception) -> None:
    """Mend every page of the site."""
    if exception or app.builder.format != "html":
        return
    for docname in [*in_order(app), "search"]:
        path = Path(app.outdir) / f"{docname}.html"
        if path.exists():
            path.write_text(repaired(path.read_text(encoding="utf-8")), encoding="utf-8")


def setup(app):
    """Connect to the end of the build, when all pages are written."""
    app.connect("build-finished", repair_all, priority=800)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
