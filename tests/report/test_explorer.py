"""The explorer holds every number of its grid, says where there is none, and starts from tables without scripts."""

import itertools
import json
import math
import re

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

import analysis as an
from analysis.policy_lab import Economy, Productivity, outcomes, solve
from analysis.report import explorer
from analysis.report.explorer_grid import AXES, OUTCOMES, Grid, change, shown, signed

BUDGETS, SHARES, ERRORS, STRENGTHS = (0.005, 0.0134, 0.025), (0.0, 0.5, 1.0), (0.02, 0.1, 0.4), (-0.05, 0.0, 0.02, 0.05)


def stand_in(fits=("misallocation", "central"), seed=0) -> pd.DataFrame:
    """Return a grid of invented numbers with the columns of the lab's own."""
    draw, rows = np.random.default_rng(seed), []
    for strength, fit in itertools.product(STRENGTHS, fits):
        economy = {"strength": strength, "fit": fit}
        rows.append({"rule": "none", "budget": 0.0, **economy})
        for budget in BUDGETS:
            rows += [{"rule": kind, "budget": budget, "windfall": share, **economy}
                     for kind, share in itertools.product(("flat", "age"), SHARES)]
            rows += [{"rule": kind, "budget": budget, "error": error, **economy}
                     for kind, error in itertools.product(("tied", "restructuring"), ERRORS)]  # fmt: skip
    table = pd.DataFrame(rows).assign(solved=True, message="")
    for one in OUTCOMES:
        table[one.name] = draw.uniform(0.2, 0.9, len(table))
    lost = table.index[(table["rule"] == "age") & (table["windfall"] == 1)][0]
    table.loc[lost, [one.name for one in OUTCOMES]] = np.nan
    table.loc[lost, ["solved", "message"]] = [False, "residual 6e-2"]
    return table


GRID = stand_in()


def page(grid=GRID) -> BeautifulSoup:
    return BeautifulSoup(explorer.view(grid).html(), "html.parser")


def test_every_outcome_is_one_of_the_lab():
    law = Productivity.autoregressive(11, 0.0, 0.9, 0.1)
    found = solve(Economy(law, fixed_cost=0.2, taste=0.1, exogenous_exit=0.05, persons=50))
    assert {one.name for one in OUTCOMES} < set(outcomes(found))


def test_the_page_holds_the_whole_grid_as_data_and_as_tables():
    soup = page()
    data = json.loads(soup.select_one("script.explorer-data").string)
    assert len(data["cells"]) == len(GRID) and len(data["bare"]) == 8
    for row in GRID.to_dict("records"):
        held = data["cells"][Grid(GRID).key(row)]
        wanted = [row[one.name] for one in OUTCOMES]
        assert held is None if not row["solved"] else np.allclose(held, wanted, rtol=1e-5, atol=0)
    counts = [len(table.select("tbody tr")) for table in soup.select('table[data-table="all"]')]
    assert counts == [8, 72, 72, 72, 72] and sum(counts) == len(GRID)


def test_numbers_in_the_tables_are_those_of_the_grid():
    rows = [[cell.get_text() for cell in row.select("th, td")]
            for row in page().select('table[data-table="all"]')[1].select("tbody tr")]  # fmt: skip
    flat, bare = GRID[GRID["rule"] == "flat"], GRID[GRID["rule"] == "none"].set_index(["strength", "fit"])
    for row, cells in zip(flat.to_dict("records"), rows, strict=True):
        base = bare.loc[(row["strength"], row["fit"])]
        assert cells[4] == f"{100 * row['output_per_hour'] / base['output_per_hour']:.2f}"
        assert cells[9] == f"{100 * row['exit_rate']:.2f} %"


def test_it_starts_at_tied_support_the_korean_budget_and_the_central_values():
    economy = {"strength": 0.02, "fit": "central"}
    assert Grid(GRID).start == {"rule": "tied", "budget": 0.0134, "windfall": 0.5, "error": 0.1, **economy}
    assert Grid(GRID).words("budget", 0.0134) == "1.34 % of output (Korea)"
    assert Grid(GRID).words("budget", 0.025) == "2.5 % of output"
    row = GRID.query("rule == 'tied' and budget == 0.0134 and error == 0.1 and strength == 0.02 and fit == 'central'")
    base = GRID.query("rule == 'none' and strength == 0.02 and fit == 'central'")
    first = page().select('table[data-table="outcomes"] tbody tr')[0].select("td")
    ratio = row["output_per_hour"].item() / base["output_per_hour"].item()
    assert [cell.get_text() for cell in first] == ["100.00", f"{100 * ratio:.2f}", f"{signed(100 * (ratio - 1), 2)} %"]


def test_a_setting_without_an_equilibrium_is_there_and_says_so():
    assert page().get_text().count(explorer.NOT_SOLVED) >= 1
    data = explorer.view(GRID).payload()
    lost = [key for key, cell in data["cells"].items() if cell is None]
    assert data["why"] == {lost[0]: "residual 6e-2"} and len(lost) == 1
    assert "Settings not solved: 1; the file says why" in page().get_text()
    whole = GRID[GRID["solved"]]
    assert "not solved" not in page(whole).get_text()


def test_a_setting_outside_the_grid_says_so():
    holed = GRID[~((GRID["rule"] == "tied") & (GRID["budget"] == 0.0134))]
    assert explorer.NOT_HELD in page(holed).select_one('table[data-table="outcomes"]').get_text()


def test_axes_enter_rules_as_the_grid_varies():
    assert Grid(GRID).matters == {
        "none": ("strength", "fit"), "flat": ("budget", "windfall", "strength", "fit"),
        "age": ("budget", "windfall", "strength", "fit"), "tied": ("budget", "error", "strength", "fit"),
        "restructuring": ("budget", "error", "strength", "fit"),
    }  # fmt: skip
    filled = GRID.fillna({"windfall": 0.5, "error": 0.1})
    assert Grid(filled).matters == Grid(GRID).matters and Grid(filled).cells == Grid(GRID).cells


def test_an_axis_with_one_value_has_no_control():
    soup = page(stand_in(fits=("central",)))
    moved = [control["data-axis"] for control in soup.select("form [data-axis]")]
    assert moved == ["rule", "budget", "windfall", "error", "strength", "outcome"]
    assert all(soup.select_one(f'label[for="{control["id"]}"]') for control in soup.select("form [data-axis]"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda grid: grid.drop(columns="exit_rate"), "no column exit_rate; needed: rule, budget"),
        (lambda grid: grid.replace({"rule": {"tied": "bound"}}), "rule bound; legal: none, flat"),
        (lambda grid: grid.replace({"fit": {"central": "middle"}}), "fit middle; legal: misallocation"),
        (lambda grid: pd.concat([grid, grid.iloc[[3]]]), "a setting of the rule 'flat' comes twice"),
        (lambda grid: grid.assign(solved=True), "is missing in rows that are marked as solved"),
        (lambda grid: grid.assign(error=grid["error"].where(grid.index != 9)), "error is missing in some rows of the"),
        (lambda grid: grid.drop(index=0), "no solved row without support at strength=-0.05, fit='misallocation'"),
    ],
)
def test_a_grid_that_will_not_do_is_refused_by_name(change, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        explorer.view(change(GRID))


def test_differences_are_percent_of_levels_and_points_of_shares():
    assert math.isclose(change(OUTCOMES[0], 1.02, 1.0), 2.0) and math.isclose(change(OUTCOMES[5], 0.12, 0.1), 2.0)
    assert shown(OUTCOMES[0], 1.02, 1.0) == "102.00" and shown(OUTCOMES[5], 0.12, 0.1) == "12.00 %"
    assert math.isnan(change(OUTCOMES[6], 1.0, 0.0)) and explorer.difference("number", math.nan) == ""


def test_no_text_ends_the_script_early():
    made = explorer.view(GRID, title="</script><b>").html()
    assert made.count("</script>") == 1 and "&lt;/script&gt;&lt;b&gt;" in made


def test_the_notebook_shows_the_tables_and_the_site_the_whole():
    bundle = explorer.view(GRID)._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", explorer.MIME}
    assert "<script" not in bundle["text/html"] and 'data-table="outcomes"' in bundle["text/html"]
    assert f'href="{explorer.ROOT}data/lab_grid.csv"' in bundle[explorer.MIME]["html"]


@pytest.mark.parametrize("rule", ["flat", "age", "tied", "restructuring"])
def test_the_lab_s_own_grid_is_complete_on_every_control(rule):
    grid = Grid(an.load("lab_grid"))
    axes = [grid.values[axis] for axis in grid.matters[rule]]
    settings = (dict(zip(grid.matters[rule], one, strict=True)) for one in itertools.product(*axes))
    wanted = {grid.key({"rule": rule} | one) for one in settings}
    assert wanted <= set(grid.cells) and grid.start["budget"] == pytest.approx(grid.korea, rel=0.02)
    assert grid.start["rule"] == "tied" and len(wanted) >= 100


def test_every_axis_has_words():
    for axis, values in Grid(GRID).values.items():
        said = [Grid(GRID).words(axis, one) for one in values]
        assert axis in AXES and len(set(said)) == len(said) and all(said)
