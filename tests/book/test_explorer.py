"""The explorer in a browser, from disk and without a network: every control by keyboard, numbers as the grid says."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from analysis.report import explorer
from analysis.report.explorer_grid import OUTCOMES, RULES, Grid, change, shown
from tests.book.conftest import INDEX, PAGE
from tests.book.test_site import VIEWS, faults
from tests.report.test_explorer import GRID

CELL = """# A lab

```{code-cell} python3
:tags: [remove-input]
import json
from IPython.display import display
display(json.load(open("../../data/explorer.json")), raw=True)
```
"""


@pytest.fixture(scope="module")
def built(make_book, build_book, tmp_path_factory):
    """A tiny book whose second page holds the explorer and whose first does not."""
    pytest.importorskip("vl_convert", reason="vl-convert-python carries the chart library of the explorer")
    folder = make_book(tmp_path_factory.mktemp("explorer"))
    config = yaml.safe_load((folder / "_config.yml").read_text(encoding="utf-8"))
    config["sphinx"]["local_extensions"]["_ext.explorer"] = "book"
    (folder / "_config.yml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    chapters = [{"file": "book/chapter"}, {"file": "book/part/lab"}]
    toc = {"format": "jb-book", "root": "book/index", "parts": [{"caption": "Part", "chapters": chapters}]}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    (folder / "book/index.md").write_text(INDEX, encoding="utf-8")
    (folder / "book/part").mkdir()
    (folder / "book/part/lab.md").write_text(PAGE + CELL, encoding="utf-8")
    bundle = explorer.view(GRID)._repr_mimebundle_()
    (folder / "data/explorer.json").write_text(json.dumps(bundle), encoding="utf-8")
    done = build_book(folder)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder / "_build/html"


@pytest.fixture
def opened(request, built, browser):
    """The page in a view; on a desktop unless the test says otherwise."""
    context = browser.new_context(**VIEWS[getattr(request, "param", "desktop")], offline=True, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(8000)
    page.wrong = []
    page.on("requestfailed", lambda one: page.wrong.append(one.url))
    page.on("request", lambda one: None if one.url.startswith(("file:", "data:")) else page.wrong.append(one.url))
    page.on("console", lambda one: page.wrong.append(one.text) if one.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.goto((built / "book/part/lab.html").as_uri())
    page.wait_for_selector(".explorer-chart svg")
    yield page
    context.close()


def cells(page, table="outcomes"):
    rows = page.locator(f'table[data-table="{table}"] tbody tr')
    return [[one.strip() for one in row.locator("td").all_inner_texts()] for row in rows.all()]


def expected(setting):
    """What the grid says of a setting, written as the explorer writes it."""
    same = GRID[GRID["rule"] == setting["rule"]]
    for axis in Grid(GRID).matters[setting["rule"]]:
        same = same[same[axis] == setting[axis]]
    base = GRID[(GRID["rule"] == "none") & (GRID["strength"] == setting["strength"]) & (GRID["fit"] == setting["fit"])]
    (row,), (base,) = same.to_dict("records"), base.to_dict("records")
    if not row["solved"]:
        return [[shown(one, base[one.name], base[one.name]), explorer.NOT_SOLVED, ""] for one in OUTCOMES]
    return [
        [shown(one, base[one.name], base[one.name]), shown(one, row[one.name], base[one.name]),
         explorer.difference(one.kind, change(one, row[one.name], base[one.name]))]
        for one in OUTCOMES
    ]  # fmt: skip


EVERYWHERE = pytest.mark.parametrize("opened", VIEWS, indirect=True)


def close(seen, wanted):
    """Compare cells; the page holds six digits of each number, so that the last digit shown may differ by one."""
    for left, right in zip(sum(seen, []), sum(wanted, []), strict=True):
        numbers = [re.sub("[^0-9.-]", "", one.replace("\N{MINUS SIGN}", "-")) for one in (left, right)]
        same = left == right or all(numbers) and abs(float(numbers[0]) - float(numbers[1])) < 0.0101
        assert same, (left, right)
    return True


@EVERYWHERE
def test_every_control_moves_the_numbers_by_keyboard(opened):
    setting = dict(Grid(GRID).start)
    close(cells(opened), expected(setting))
    moves = [("error", "ArrowRight", 0.4), ("budget", "End", 0.025), ("strength", "Home", -0.05),
             ("rule", "ArrowUp", "age"), ("windfall", "Home", 0.0), ("fit", "ArrowUp", "misallocation"),
             ("rule", "ArrowUp", "flat"), ("rule", "ArrowUp", "none")]  # fmt: skip
    for axis, key, value in moves:
        before = cells(opened)
        opened.focus(f"#explorer-{axis}")
        opened.keyboard.press(key)
        setting[axis] = value
        assert close(cells(opened), expected(setting)) and cells(opened) != before, axis
        said = opened.locator(".explorer [role=status]").inner_text()
        assert RULES[setting["rule"]] in said and cells(opened)[0][2] in said, said
    assert opened.locator('table[data-table="outcomes"] thead th').all_inner_texts()[2] == RULES["none"]


def test_the_outcome_drawn_changes_the_table_of_rules_and_the_words_of_the_drawing(opened):
    drawing = opened.locator(".explorer-chart")
    first = drawing.get_attribute("aria-label"), drawing.inner_html()
    opened.focus("#explorer-outcome")
    opened.keyboard.press("End")
    setting, place = Grid(GRID).start, len(OUTCOMES) - 1
    wanted = [expected({**setting, "rule": rule})[place][1:] for rule in RULES]
    assert close(cells(opened, "rules"), wanted)
    assert drawing.get_attribute("aria-label").startswith(OUTCOMES[place].label) and first[0].startswith("Output per")
    opened.wait_for_function("old => document.querySelector('.explorer-chart').innerHTML !== old", arg=first[1])


def test_controls_that_do_not_enter_the_rule_move_the_others_and_say_so(opened):
    assert opened.locator("output[for=explorer-windfall]").inner_text() == "50 % of the money; enters other rules only"
    before = dict(zip(RULES, cells(opened, "rules"), strict=True))
    opened.focus("#explorer-windfall")
    opened.keyboard.press("Home")
    after = dict(zip(RULES, cells(opened, "rules"), strict=True))
    assert after["tied"] == before["tied"] and after["flat"] != before["flat"]
    opened.keyboard.press("ArrowRight")
    opened.locator("#explorer-rule").select_option(label=RULES["flat"])
    assert opened.locator("output[for=explorer-error]").inner_text().endswith("; enters other rules only")
    assert opened.locator("#explorer-windfall").get_attribute("aria-valuetext") == "50 % of the money"


def test_a_setting_without_an_equilibrium_says_so(opened):
    lost = GRID[~GRID["solved"].astype(bool)].iloc[0]
    for axis in ("rule", "fit"):
        opened.locator(f"#explorer-{axis}").select_option(str(Grid(GRID).values[axis].index(lost[axis])))
    for axis in ("budget", "windfall", "strength"):
        opened.locator(f"#explorer-{axis}").fill(str(Grid(GRID).values[axis].index(lost[axis])))
    assert cells(opened)[0][1:] == [explorer.NOT_SOLVED, ""]
    said = opened.locator(".explorer-chart").get_attribute("aria-label")
    assert f"{RULES[lost['rule']]} {explorer.NOT_SOLVED}" in said and said.count(explorer.NOT_SOLVED) == 1
    drawn = 4 * len(Grid(GRID).values["strength"]) - 1  # no point stands for what was not solved
    opened.wait_for_function("all => document.querySelectorAll('.explorer-chart .mark-symbol.role-mark path').length"
                             " === all", arg=drawn)  # fmt: skip
    assert "The lab: not solved, residual 6e-2." in opened.locator(".explorer [role=status]").inner_text()


@EVERYWHERE
def test_nothing_leaves_the_site_nothing_fails_and_nothing_scrolls_sideways(opened):
    assert opened.wrong == []
    assert opened.evaluate("document.documentElement.scrollWidth - innerWidth") <= 1
    assert opened.evaluate("document.querySelector('.explorer-chart svg').getBoundingClientRect().width") > 250
    opened.locator(".explorer summary").first.click()
    assert opened.evaluate("document.documentElement.scrollWidth - innerWidth") <= 1
    assert faults(opened) == []


def test_the_drawing_follows_light_and_dark(opened):
    colours = []
    for theme in ("light", "dark"):
        opened.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        colours.append(opened.evaluate("getComputedStyle(document.querySelector('.explorer-chart svg text')).fill"))
    assert colours[0] != colours[1]


def test_without_scripts_the_tables_hold_the_grid(built, browser):
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((built / "book/part/lab.html").as_uri())
    assert not page.locator(".explorer-controls").is_visible() and page.locator("noscript p").first.is_visible()
    assert close(cells(page), expected(Grid(GRID).start))
    page.locator(".explorer summary").nth(3).click()
    assert page.locator('table[data-table="all"]').nth(3).is_visible()
    assert page.locator('table[data-table="all"] tbody tr').count() == len(GRID)
    context.close()


def test_only_its_page_loads_the_chart_library_and_stays_light(built):
    lab, other = (built / f"book/{name}.html" for name in ("part/lab", "chapter"))
    assert "vega.js" in lab.read_text(encoding="utf-8") and "explorer.js" in lab.read_text(encoding="utf-8")
    assert not re.search(r"vega\.js|explorer\.(js|css)", other.read_text(encoding="utf-8"))
    assert (built / "book/../_static/vendor/vega-licence.txt").is_file()
    assert 'href="../../data/lab_grid.csv"' in lab.read_text(encoding="utf-8")
    assert lab.stat().st_size + (built / "_static/vendor/vega.js").stat().st_size < 2_000_000


def test_the_same_library_gives_the_same_bytes_in_a_scope_of_its_own(built):
    from _ext.explorer import bundle

    held = (built / "_static/vendor/vega.js").read_text(encoding="utf-8")
    assert held == bundle() and held.startswith("/*! Vega ") and held.rstrip().endswith("})();")


def test_a_missing_library_is_named(monkeypatch):
    import sys

    from _ext.explorer import bundle
    from sphinx.errors import ExtensionError

    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(ExtensionError, match="vl-convert-python"):
        bundle()
