"""No number and no verdict in a chapter is typed by hand: each comes from a cell of that page or another."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GENERATED = {"appendix"}
"""Folders of `book/` whose pages are tables and docstrings made by code."""

NAMES = (
    "PWT 11.0",
    "Penn World Table 11.0",
    "ISIC Rev. 4",
    "ISIC Rev.4",
    "10-Sector Database",
    "ISO 3166",
    "CC BY 4.0",
    "BSD-3-Clause",
    "BSD 3-Clause",
    "G7",
    "G20",
    "COVID-19",
    "EU27",
    "EU-27",
)
"""Proper names with a digit in them."""
YEAR = re.compile(
    r"(?<![\d.,$€₩])(?:19[5-9]\d|20\d\d)(?![\d%]|[.,]\d)(?!\s*(?:%|per\b|percent|US|dollars?|won|euros?|persons?|people|firms?|hours?|jobs?))"
)
CLAIM = re.compile(r"\b[ABC]\d\b")
NUMBER_WORDS = re.compile(
    r"\b(?:eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|"
    r"eighty|ninety|dozens?|hundreds?|thousands?|millions?|billions?|trillions?)\b",
    re.I,
)
SMALL_PERCENT = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|half)[\s-]+(?:a\s+)?(?:per\s?cent|percentage)", re.I
)
VERDICT = re.compile(r"\b(?:supported|contradicted|untestable|not\s+testable|not\s+yet\s+examined)\b", re.I)

COMPUTED = "\N{WHITE SQUARE}"
"""Stands where a cell's value will stand."""
SCALE_AFTER_VALUE = re.compile(rf"{COMPUTED}(\s+(?:hundred|thousand|million|billion|trillion)\b)", re.I)
SILENT_BLOCKS = {
    "code-cell",
    "math",
    "bibliography",
    "tableofcontents",
    "toctree",
    "eval-rst",
    "glue",
    "glue:figure",
    "glue:any",
    "raw",
    "python",
    "bash",
    "sh",
    "json",
    "yaml",
    "csv",
    "bibtex",
}
COMPUTING_ROLES = re.compile(r"\{(?:glue(?::\w*)?|eval)\}(`+)(.+?)\1", re.S)
POINTING_ROLES = re.compile(
    r"\{(?:numref|eq|cite(?::\w+)?|ref|doc|any|term|download|py:\w+|nb-download)\}(`+)(.+?)\1", re.S
)


@dataclass(frozen=True)
class Finding:
    line: int
    what: str
    text: str


def typed_by_hand(page: str, size_classes: frozenset[str] = frozenset()) -> list[Finding]:
    """Return every numeral, number word and verdict in the prose of a page that no cell computed."""
    prose = _prose(page)
    found = [_finding(prose, match, "verdict") for match in VERDICT.finditer(prose)]
    prose = _blank(YEAR, _blank(CLAIM, _without_names(prose, size_classes)))
    prose = _blank(SCALE_AFTER_VALUE, prose)
    for what, pattern in (
        ("numeral", re.compile(r"\S*[\d½¼¾⅓⅔⅛]\S*")),
        ("number word", NUMBER_WORDS),
        ("number word", SMALL_PERCENT),
    ):
        found += [_finding(prose, match, what) for match in pattern.finditer(prose)]
    return sorted(found, key=lambda one: (one.line, one.text))


def _finding(prose: str, match: re.Match, what: str) -> Finding:
    return Finding(prose.count("\n", 0, match.start()) + 1, what, " ".join(match.group(0).split()))


def _blank(pattern: re.Pattern, text: str, by: str = " ") -> str:
    """Replace what matches by a space and its line breaks, so that line numbers stay true."""
    return pattern.sub(lambda match: by + "\n" * match.group(0).count("\n"), text)


def _without_names(prose: str, size_classes: frozenset[str]) -> str:
    for name in sorted(NAMES, key=len, reverse=True):
        words = r"\s+".join(re.escape(part) for part in name.split())
        prose = _blank(re.compile(rf"(?<![\w.-]){words}(?![\w-])(?!\.\d)"), prose)
    label = re.compile(r"(?<![\w.,$-])(?:\d+[-–]\d+|\d+\+)(?![\w%]|[.,-]\d)")
    return label.sub(lambda match: " " if match.group(0).replace("–", "-") in size_classes else match.group(0), prose)


def _prose(page: str) -> str:
    text = "\n".join(_spoken_lines(page.split("\n")))
    text = _blank(re.compile(r"<!--.*?-->", re.S), text)
    text = _blank(re.compile(r"“[^”]*”", re.S), text)
    text = _blank(COMPUTING_ROLES, text, by=COMPUTED)
    text = POINTING_ROLES.sub(
        lambda role: re.sub(r"<[^>]*>$", "", role[2]) if "<" in role[2] else "\n" * role[2].count("\n"), text
    )
    text = _blank(re.compile(r"\{[\w:.-]+\}(?=`)"), text)  # other roles show what they hold
    text = re.sub(r"(?<=\$\$)[ \t]*\([\w-]+\)", "", text)
    text = re.sub(r"(\$\$?)(.+?)\1", _formula, text, flags=re.S)
    text = _blank(re.compile(r"<https?://[^>]*>|https?://\S+"), text)
    text = re.sub(r"(?<=\])\((?:[^()\s]|\([^)]*\))*\)", "", text)  # targets of links; the words stay
    text = re.sub(r"(?<=[\]`)])\{[^}\n]*\}", "", text)
    return _unnumbered(text)


def _unnumbered(text: str) -> str:
    """Drop the numbers of headings and of list items; a line of a paragraph that begins with a number keeps it."""
    lines, in_list, after_blank = [], False, True
    for line in text.split("\n"):
        item = re.match(r"\s*\d{1,2}[.)]\s", line)
        in_list = bool(item) and (after_blank or in_list)
        after_blank = not line.strip()
        lines.append(line[item.end() :] if in_list else re.sub(r"^#+\s+\d+(?:\.\d+)*[.)]?\s", "", line))
    return "\n".join(lines)


def _formula(math: re.Match) -> str:
    """Keep what a formula says if it is only a number in disguise; symbols make it a formula."""
    words = r"\\(?:text|mathrm|mathbf|mathit)\s*\{[^}]*\}|\\(?:times|cdot|approx|sim|pm|quad|qquad)\b|\\[^a-zA-Z]"
    symbols = re.sub(words, "", math[2])
    return "\n" * math[0].count("\n") if re.search(r"[A-Za-z]", symbols) else math[2].replace("{", "").replace("}", "")


def _spoken_lines(lines: list[str]) -> list[str]:
    """Blank what is not prose: front matter, code, quoted blocks, labels, comments, options of directives."""
    if lines and lines[0].strip() == "---":
        end = next((n for n, line in enumerate(lines[1:], 1) if line.strip() == "---"), 0)
        lines = [""] * (end + 1) + lines[end + 1 :]
    spoken, silent, fences, options = [], None, [], False
    for line in lines:
        fence = re.match(r"\s*(`{3,}|~{3,}|:{3,})\s*(?:\{([\w:.-]+)\}|([\w-]+)?)(.*)$", line)
        closes = fence and not fence[2] and not fence[3] and not fence[4].strip()
        if silent:
            silent = None if closes and fence[1].startswith(silent) else silent
            spoken.append("")
        elif fence and closes and fences and fence[1].startswith(fences[-1]):
            fences.pop()
            spoken.append("")
        elif fence:
            name = fence[2] or fence[3] or ""
            if name in SILENT_BLOCKS:
                silent = fence[1]
                spoken.append("")
            else:
                fences.append(fence[1])
                spoken.append("" if name in {"figure", "image"} else fence[4])
                options = True
        elif options and (option := re.match(r"\s*:([\w-]+):(.*)$", line)):
            spoken.append(option[2] if option[1] in {"alt", "caption"} else "")
        elif re.match(r"\s*(>|%|\([\w-]+\)=\s*$)", line):
            spoken.append("")
        else:
            options = False
            spoken.append(line)
    return spoken


def size_classes() -> frozenset[str]:
    """Return the labels of size classes that the data tables hold."""
    labels = set()
    for path in (ROOT / "data").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if "size_class" in (rows.fieldnames or []):
                labels |= {row["size_class"] for row in rows}
    return frozenset(labels)


CHAPTERS = sorted(
    path
    for path in (ROOT / "book").rglob("*.md")
    if path.relative_to(ROOT / "book").parts[0] not in GENERATED | {"_ext", "_static"}
)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_number_and_verdict_is_computed(path):
    found = typed_by_hand(path.read_text(encoding="utf-8"), size_classes())
    listed = "\n".join(f"{path.relative_to(ROOT)}:{one.line}: {one.what} typed by hand: {one.text}" for one in found)
    assert not found, f"\n{listed}\nPublish the value in a cell and cite it with {{glue:text}}."


def test_every_chapter_of_the_book_is_read():
    toc = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    named = {f"{name}.md" for name in re.findall(r"(?:root|file): (\S+)", toc) if name.split("/")[1] not in GENERATED}
    assert named and named == {path.relative_to(ROOT).as_posix() for path in CHAPTERS}


PLANTED = {
    "Korea made 51 dollars an hour.": "51",
    "It grew by 3.4%, then fell.": "3.4%,",
    "In code, `51.0` is still typed.": "`51.0`",
    "A rank of 26th is typed.": "26th",
    "The year 2023.5 is no year.": "2023.5",
    "About 2000 firms answered.": "2000",
    "They number 2,015 in all.": "2,015",
    "The class 11-49 is in no table.": "11-49",
    "A title [of 12 words](league.md).": "12",
    "See {ref}`the 40 rows <label>`.": "40",
    "A formula $51.0$ that is none.": "51.0",
    "Also $42\\,\\%$ here.": "42",
    "And $\\approx 42 \\text{ USD}$ here.": "42",
    "Some ½ of it.": "½",
    "The number is\n51. So it is.": "51.",
    "A list says\n\n- 7 things\n": "7",
    "| a | 9 |\n|---|---|\n": "9",
    "About twelve countries.": "twelve",
    "Nearly ninety of them.": "ninety",
    "Two million jobs.": "million",
    "It fell five percent.": "five percent",
    "It is ten per cent lower.": "ten per cent",
    "```{margin}\nOnly 8 here.\n```": "8",
    "```{admonition} Top 3\nWords.\n```": "3",
    "```{figure} a.svg\n:alt: 5 bars\n:name: fig-9\n```": "5",
    "```\nplain 66\n```": "66",
    "{sub}`2` is shown.": "`2`",
    "PWT 11.01 is no name.": "11.01",
    "Claim A1 is supported.": "supported",
    "The claim is **contradicted** here.": "contradicted",
    "It is not\ntestable.": "not testable",
}


@pytest.mark.parametrize("page", PLANTED, ids=str)
def test_what_is_typed_is_caught(page):
    texts = [one.text for one in typed_by_hand(page, frozenset({"10-49", "250+"}))]
    assert any(PLANTED[page] in text for text in texts), texts


ALLOWED = (
    "From 1970 to 2023, and in the 1990s; 1970-2023.",
    "Claim A5 and claims A1-A9 stand on the board.",
    "The argument says “about 44 dollars”.",
    "> Small firms are 99.9 percent of firms.\n",
    "Korea made {glue:text}`level:.1f` dollars, {glue:text}`../index.md::n2:.0f` million jobs.",
    "Firms with 10-49, 10–49 or 250+ persons.",
    "PWT 11.0, ISIC Rev. 4 and the 10-Sector Database; the G7.",
    "{numref}`fig-size-2` and {cite:t}`kim_2020a` and [](#fig-a1) and [words](https://example.org/2/34).",
    "$Y = A K^{0.3}$ and\n\n$$\n1 - \\alpha\n$$ (eq-1)\n",
    "```{code-cell} python3\n:tags: [hide-input]\nx = 51\n```\n",
    "````{note}\n```{code-cell}\nx = 51\n```\nWords.\n````\n",
    "## 2.1 The second section\n\n1. First\n2. Then\n",
    "(fig-3)=\n% a comment with 51\n<!-- 51 -->\n",
    "---\nkernelspec: {name: python3}\n---\n\n# Title\n",
    "One, two or ten of them; half of it; a third.",
)


@pytest.mark.parametrize("page", ALLOWED, ids=str)
def test_what_is_computed_or_named_passes(page):
    assert typed_by_hand(page, frozenset({"10-49", "250+"})) == []


def test_the_line_is_named():
    page = "---\na: 1\n---\n\n# Title\n\n```{code-cell}\nx = 1\n```\n\nWords {glue:text}`a\n:b`.\n\nThen 51.\n"
    assert [(one.line, one.text) for one in typed_by_hand(page)] == [(14, "51.")]
