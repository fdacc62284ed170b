"""Weight: drawings and style sheets carry only what is seen, and no page is heavy."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml
from _ext import light_svg, slim_css, slim_icons
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont

ROOT = Path(__file__).parents[2]
EXPLORER = "book/incentives/policy-lab"
_TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [_TOC["root"], *(one["file"] for part in _TOC["parts"] for one in part["chapters"])]

DRAWING = (
    '<svg xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9"><defs>'
    "<style>#a *{stroke-linejoin: round}</style>"
    '<path id="long-name" d="M 0 0.123456 \nL 0 3.5 \n" style="stroke: currentColor"/>'
    '<clipPath id="clip"><rect x="0" y="0" width="9" height="9"/></clipPath></defs>'
    '<g id="unused"><path d="M 0 9 L 9 9 L 9 0 z" style="fill: none"/></g><g id="kept" clip-path="url(#clip)">'
    '<use xlink:href="#long-name" x="1.23456" y="2" style="fill: red"/></g>'
    '<path d="M 1 1 L 2 2"/>'
    '<text style="font-size: 9px; font-family: A; fill: currentColor" transform="rotate(-0 1 2)">one</text>'
    '<text style="font-size: 9px; font-family: A; fill: currentColor">two &lt; 3</text></svg>'
)


def test_a_light_drawing_keeps_what_it_shows_and_refers_to():
    root = ET.fromstring(light_svg.light(DRAWING, "fig-a"))
    (used,) = root.iter("use")
    assert root.find(f".//*[@id='{used.get('href')[1:]}']").get("d") == "M0 0.12V3.5" and used.get("x") == "1.23"
    clipped = root.find(".//*[@clip-path]").get("clip-path")
    assert root.find(f".//clipPath[@id='{clipped[5:-1]}']") is not None
    assert [text.text for text in root.iter("text")] == ["one", "two < 3"]
    assert root.get("stroke-linejoin") == "round" and root.get("font-family") == "A"
    assert root.get("fill") == "currentColor" and [path.get("fill") for path in root.findall("path")] == ["#000"]


def test_a_light_drawing_has_neither_styles_nor_names_that_nobody_uses():
    made = light_svg.light(DRAWING, "fig-a")
    assert "style" not in made and "unused" not in made and "long-name" not in made and "rotate" not in made
    assert set(re.findall(r'id="([^"]+)"', made)) == {"fig-a-0", "fig-a-1"}


def test_neighbours_that_look_alike_say_it_once():
    alike = '<path d="M0 0L1 1" style="stroke: #0072b2; stroke-width: 0.8; stroke-opacity: 0.4"/>'
    made = light_svg.light(f"<svg>{alike * 3}</svg>", "fig-a")
    assert made.count("stroke-opacity") == 1 and made.count("<path") == 3


@pytest.mark.parametrize("style", ["mix-blend-mode: multiply", "font: 9px A"])
def test_a_style_that_is_no_attribute_is_refused_by_name(style):
    with pytest.raises(ValueError, match=f"style {style.split(':')[0]} is no attribute"):
        light_svg.light(f'<svg><path style="{style}"/></svg>', "fig-a")


def test_a_rule_for_some_parts_is_refused():
    with pytest.raises(ValueError, match="may style everything in it at once"):
        light_svg.light("<svg><style>path{fill: red}</style></svg>", "fig-a")


# Style sheets


def test_a_slim_sheet_keeps_what_pages_use():
    sheet = (
        '@charset "utf-8";/* note */.used:hover,.gone{a:1}.gone .used{b:2}@media print{.gone{c:3}.used{d:4}}'
        '@font-face{src:url("a;}.woff")}.x:not(.gone){e:5}a{f:6}.bs-tooltip-auto{g:7}@supports (x:y){.gone{h:8}}'
    )
    assert slim_css.slim(sheet, {"used", "x"}) == (
        '@charset "utf-8";.used:hover{a:1}@media print{.used{d:4}}@font-face{src:url("a;}.woff")}'
        ".x:not(.gone){e:5}a{f:6}.bs-tooltip-auto{g:7}"
    )


def test_no_class_of_a_page_lost_its_rules(site):
    """What the theme styles by classes on the pages is still styled: the sheets still name them."""
    sheet = (site / "_static/styles/pydata-sphinx-theme.css").read_text(encoding="utf-8")
    assert all(name in sheet for name in (".bd-sidebar-primary", ".fa-moon:before", ".navbar-brand", ".btn", ".d-none"))
    assert ".fa-zhihu" not in sheet and "woff2" not in sheet


def test_the_fonts_of_icons_hold_those_that_pages_show(site):
    sheet = (site / slim_icons.SHEET).read_text(encoding="utf-8")
    (code,) = re.findall(r'\.fa-magnifying-glass[^{]*\{content:"\\([0-9a-f]+)"', sheet)
    with TTFont(site / slim_icons.FOLDER / "fa-solid-900.woff") as font:
        held = font.getBestCmap()
    assert int(code, 16) in held and len(held) < 200


# Weight


def first_view(path: Path) -> set[Path]:
    """Return the page and the files that it names; of the icons' fonts, the one that every page shows."""
    tree = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    named = [tag["href"] for tag in tree.select("link[rel~=stylesheet], link[rel~=preload], link[rel~=icon]")]
    named += [tag["src"] for tag in tree.select("script[src], img[src], source[src]")]
    return {(path.parent / name.split("?")[0]).resolve() for name in named if not name.startswith("data:")}


@pytest.mark.parametrize("page", [*PAGES, "search"])
def test_no_page_is_heavy(page, site):
    path = site / f"{page}.html"
    most_page, most_view = (3_000_000, 3_000_000) if page == EXPLORER else (200_000, 1_000_000)
    icons = next(site.rglob("fa-solid-900.woff"))
    weights = {one.name: one.stat().st_size for one in {path, icons, *first_view(path)}}
    assert weights[path.name] < most_page, weights[path.name]
    assert sum(weights.values()) < most_view, weights


def test_words_take_the_colour_of_their_group():
    """Matplotlib writes the colour of a formula on the group around it: black words vanish on a dark page."""
    held = light_svg.light('<svg><g style="fill: currentColor"><text>a</text></g><text>b</text></svg>', "a")
    assert held == '<svg><g fill="currentColor"><text>a</text></g><text fill="#000">b</text></svg>'
