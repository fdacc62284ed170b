"""The parts of the publishing shell one by one."""

from __future__ import annotations

import pytest
from _ext import fresh, inline_svg, mathml, project, repairs
from _ext.exhibits import node_of

SVG = (
    '<?xml version="1.0"?><svg viewBox="0 0 9 9" role="presentation"><!-- note --><defs><style>*{stroke: red}</style>'
    '<path id="p" d="M0 0"/></defs><use xlink:href="#p" clip-path="url(#p)"/><g id="fig-a-q"/></svg>'
)


def test_a_drawing_is_bound_to_its_exhibit():
    made = inline_svg.isolate(SVG, "fig-a")
    assert 'id="fig-a-p"' in made and 'href="#fig-a-p"' in made and "url(#fig-a-p)" in made
    assert 'id="fig-a-q"' in made and "fig-a-fig-a" not in made
    assert "#fig-a *{stroke: red}" in made and "note" not in made and "<?xml" not in made


def test_a_drawing_says_what_it_shows():
    made = inline_svg.described(inline_svg.isolate(SVG, "fig-a"), 'A "line" & more')
    assert 'role="img"' in made and 'aria-label="A &quot;line&quot; &amp; more"' in made and "presentation" not in made


@pytest.mark.parametrize(
    "inside",
    ["<script>1</script>", '<g onclick="x()"/>', '<image href="https://example.org/a.png"/>', "<foreignObject/>"],
)
def test_a_drawing_neither_runs_code_nor_points_away(inside):
    with pytest.raises(ValueError, match="fig-a: a drawing may not contain"):
        inline_svg.isolate(f"<svg>{inside}</svg>", "fig-a")


def test_something_else_than_a_drawing_is_refused():
    with pytest.raises(ValueError, match="no <svg> element"):
        inline_svg.isolate("<Figure size 640x480>", "fig-a")


WHOLE = {"id": "fig-a", "title": "T", "alt": "A", "csv": "x", "data": '["x"]', "source": [{}], "svg": "<svg></svg>"}


@pytest.mark.parametrize("part", ["title", "alt", "csv", "data", "source"])
def test_an_exhibit_without_a_part_is_refused_by_name(part):
    with pytest.raises(ValueError, match=f"exhibit fig-a: no {part}"):
        node_of({**WHOLE, part: None})


@pytest.mark.parametrize("change", [{"svg": None}, {"table_html": "<table></table>"}])
def test_an_exhibit_is_a_drawing_or_a_table(change):
    with pytest.raises(ValueError, match="either 'svg' or 'table_html'"):
        node_of({**WHOLE, **change})


def test_formulas():
    assert "<mfrac>" in mathml.mathml(r"\frac{Y}{L}", "inline")
    assert "<mtable" in mathml.mathml(r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "block")
    assert "(1)" not in mathml.mathml(r"\begin{align} a &= b \end{align}", "block")


@pytest.mark.parametrize("latex", [r"\nosuch x", "a & b"])
def test_a_formula_the_converter_does_not_know_is_refused(latex):
    with pytest.raises(ValueError, match="no MathML for"):
        mathml.mathml(latex, "inline")


def repaired(body: str) -> str:
    return repairs.repaired(f"<html><body>{body}</body></html>")


def test_tables_scroll_and_have_honest_headers():
    made = repaired("<article><table border='1'><thead><tr><th></th><th>x</th></tr></thead></table></article>")
    assert '<div class="scroll" tabindex="0" role="group" aria-label="Table: Table 1 of this page">' in made
    assert '<td></td><th scope="col">x</th>' in made and "border" not in made


def test_what_the_parser_would_change_stays_as_it_is():
    drawing = '<svg viewBox="0 0 9 9"><clipPath id="c"></clipPath></svg>'
    made = repaired(f"<p>a &lt;b&gt; &amp; c</p>{drawing}")
    assert drawing in made and "a &lt;b&gt; &amp; c" in made


def test_labels_hold_what_buttons_show():
    made = repaired('<button aria-label="Search">Find</button><button aria-label="Search the book">Search</button>')
    assert made.count("aria-label") == 1


def test_scripts_stand_once_and_icons_need_none():
    script, inline = '<script src="a.js"></script>', "<script>const a = 1</script>"
    made = repaired(script * 2 + inline * 2 + '<script src="fontawesome.js"></script>')
    assert made.count("a.js") == 1 and made.count("const a") == 1 and "fontawesome" not in made


def test_the_fingerprint_changes_with_content_names_and_nothing_else(tmp_path):
    for name, text in (("analysis/a.py", "1"), ("data/a.csv", "1"), ("requirements.txt", "")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    first = fresh.fingerprint(tmp_path)
    (tmp_path / "analysis" / "__pycache__").mkdir()
    (tmp_path / "analysis" / "__pycache__" / "a.pyc").write_text("x")
    assert fresh.fingerprint(tmp_path) == first
    seen = {first}
    for name in ("analysis/a.py", "data/a.csv", "requirements.txt"):
        (tmp_path / name).write_text("2")
        seen.add(fresh.fingerprint(tmp_path))
    (tmp_path / "data" / "a.csv").rename(tmp_path / "data" / "b.csv")
    assert len(seen | {fresh.fingerprint(tmp_path)}) == 5


def test_addresses(monkeypatch):
    monkeypatch.setenv(project.SITE_VARIABLE, "https://example.org/report")
    monkeypatch.setenv(project.REPOSITORY_VARIABLE, "https://github.com/a/b/")
    held = project.addresses()
    assert held.site == "https://example.org/report/" and held.source("x.md") == "https://github.com/a/b/blob/main/x.md"
    monkeypatch.setenv(project.SITE_VARIABLE, "example.org")
    with pytest.raises(ValueError, match="starts with https://"):
        project.addresses()


def test_the_citation_file_is_valid_and_names_the_entity():
    held = project.citation()
    assert held["cff-version"] == "1.2.0" and held["authors"] == [{"name": "Two Economies project"}]
    assert {"title", "version", "date-released", "message", "license"} <= set(held)
