"""Claims C3, C5 and B6: readings of the policy lab, worked by hand, and verdicts that turn."""

import pandas as pd
import pytest

import analysis as an
from analysis.report import claims
from analysis.report.claims import CONTRADICTED, LIMITS
from analysis.report.measures import policy_lab as lab
from analysis.report.measures import policy_lab_facts as facts_of
from analysis.report.measures import policy_lab_fit as fitted
from analysis.report.measures import policy_lab_tables as tables

REGION, PATHS, DRAWS = an.load("lab_region"), an.load("lab_paths"), an.load("lab_draws")


def _load(region=REGION, paths=PATHS, draws=DRAWS):
    held = {"lab_region": region, "lab_paths": paths, "lab_draws": draws}
    return lambda name: held[name] if name in held else an.load(name)


def _scaled(rule, outcome, factor, ai=None, channels=None):
    """Return the region with an outcome of one rule set to a multiple of what flat support gives."""
    table = REGION.copy()
    key = ["fit", "draw", "ai", "channels"]
    flat = table[table["rule"] == "flat"].set_index(key)[outcome]
    rows = (table["rule"] == rule) & (True if ai is None else table["ai"] == ai)
    rows &= True if channels is None else table["channels"] == channels
    table.loc[rows, outcome] = factor * flat.reindex(pd.MultiIndex.from_frame(table.loc[rows, key])).to_numpy()
    return table


def _verdicts(claim, load):
    judged = claims.judge(claim, load)
    return judged.verdict, judged.stronger.verdict


@pytest.mark.parametrize("claim", ["C3", "C5", "B6"])
def test_a_model_never_decides_without_limits(claim):
    judged = claims.judge(claim)
    assert judged.basis == "model" and judged.verdict in (LIMITS, CONTRADICTED)
    assert "the model" in judged.depends_on
    assert (judged.readings["vintage"] == "policy lab (model)").all()
    assert judged.readings["value"].between(0, 1).all()


def test_a_share_of_the_region_by_hand():
    up = lab.change(an.load, "output_per_hour", "tied", "flat")
    rows = REGION.query("ai and channels == 'all'")
    wide = rows.pivot(index=["fit", "draw"], columns="rule", values="output_per_hour")
    assert len(up) == (wide["tied"].notna() & wide["flat"].notna()).sum()
    readings = [one for one in lab.tied_better(an.load) if one.part == "output"]
    free = next(one for one in readings if one.label == "measuring is free, slack as fitted")
    assert free.value == pytest.approx((wide["tied"] > wide["flat"]).mean())
    head = next(one for one in readings if one.headline)
    assert head.value == pytest.approx((DRAWS["output_per_hour_tied"] > DRAWS["output_per_hour_flat"]).mean())
    corner = DRAWS[(DRAWS["windfall"] > 0.75) & (DRAWS["slack"] < 0.25)]
    named = next(one for one in readings if one.label == "windfall in its upper, slack in its lower quarter")
    ahead = corner["output_per_hour_tied"] > corner["output_per_hour_flat"]
    assert named.value == pytest.approx(ahead.mean()) and len(corner) > 20


def test_tied_support_that_makes_less_contradicts_c3():
    def drawn(factor, *outcomes):
        return DRAWS.assign(**{f"{one}_tied": factor * DRAWS[f"{one}_flat"] for one in outcomes})

    both = ("output_per_hour", "consumption")
    worse = _scaled("tied", "output_per_hour", 0.99)
    worse["consumption"] = _scaled("tied", "consumption", 0.99)["consumption"]
    assert _verdicts("C3", _load(worse, draws=drawn(0.99, *both)))[0] == CONTRADICTED
    mixed = _scaled("tied", "output_per_hour", 0.99)
    assert _verdicts("C3", _load(mixed, draws=drawn(0.99, "output_per_hour")))[0] == LIMITS
    better = _scaled("tied", "output_per_hour", 1.1)
    better["consumption"] = _scaled("tied", "consumption", 1.1)["consumption"]
    assert _verdicts("C3", _load(better, draws=drawn(1.1, *both))) == (LIMITS, LIMITS)


def test_c5_turns_with_what_ai_does():
    table = REGION.copy()
    after, tied, flat = table["ai"], table["rule"] == "tied", table["rule"] == "flat"
    before = table[~table["ai"]].set_index(["fit", "draw", "channels", "rule"])["small_over_large"]
    key = pd.MultiIndex.from_frame(table[["fit", "draw", "channels", "rule"]])
    start = pd.Series(before.reindex(key).to_numpy(), table.index)
    ratio = table["small_over_large"]
    deep = table.assign(small_over_large=ratio.mask(after & flat, 0.8 * start).mask(after & tied, start))
    assert _verdicts("C5", _load(deep)) == (LIMITS, LIMITS)
    by_part = claims.judge("C5", _load(deep)).readings.query("headline").set_index("part")["value"]
    assert by_part["deepens"] == 1 and by_part["shift"] == 1
    alike = table.assign(small_over_large=ratio.mask(after & (flat | tied), 0.8 * start))
    assert claims.judge("C5", _load(alike)).readings.query("part == 'shift' and headline")["value"].item() == 0
    assert _verdicts("C5", _load(alike))[1] == CONTRADICTED
    none = table.assign(small_over_large=ratio.mask(after, 1.1 * start))
    assert claims.judge("C5", _load(none)).verdict == claims.UNTESTABLE


def test_a_fall_within_a_fifth_counts_as_alike():
    table = REGION.copy()
    table["small_over_large"] = 0.30
    after = table["ai"]
    table.loc[after & (table["rule"] == "flat"), "small_over_large"] = 0.27
    for ratio, held in ((0.2755, 0.0), (0.2765, 1.0)):
        table.loc[after & (table["rule"] == "tied"), "small_over_large"] = ratio
        found = [one for one in lab.deepens(_load(table)) if one.part == "shift" and one.headline]
        assert found[0].value == held


def test_b6_turns_with_the_paths():
    def paths(step):
        table = PATHS.copy()
        table["small_over_large"] = 0.3 + step * table["year"]
        table["dispersion"] = 0.5 - step * table["year"]
        return table

    assert _verdicts("B6", _load(paths=paths(-1e-4))) == (LIMITS, LIMITS)
    assert _verdicts("B6", _load(paths=paths(1e-4))) == (CONTRADICTED, CONTRADICTED)
    back = paths(-1e-4)
    back.loc[back["year"] == back["year"].max(), ["small_over_large", "dispersion"]] = [0.4, 0.4]
    assert claims.judge("B6", _load(paths=back)).verdict == LIMITS


def test_b6_turns_on_the_strength_of_ai_alone():
    table = PATHS.copy()
    table["small_over_large"] = 0.3 - 5e-3 * table["year"] * (table["strength"] + 0.01)
    table["dispersion"] = 0.5
    judged = claims.judge("B6", _load(paths=table))
    assert judged.verdict == LIMITS and "strength of AI" in judged.depends_on
    heads = judged.readings.query("headline").set_index("part")["value"]
    assert heads["grows"] == heads["stays"] == pytest.approx(3 / 5)
    by_strength = judged.readings[judged.readings["label"].str.startswith("strength of AI")]
    shares = by_strength.groupby("part")["value"].apply(list).to_dict()
    assert shares == dict.fromkeys(("grows", "stays"), [0, 0, 1, 1, 1])
    # a claim that the gap will grow needs most of what AI may be: where it grows with the better half alone, it fails
    half = table.assign(small_over_large=0.3 - 5e-3 * table["year"] * table["strength"])
    assert claims.judge("B6", _load(paths=half)).verdict == CONTRADICTED


def test_missing_tables_and_names_are_named():
    for claim in ("C3", "C5", "B6"):
        assert claims.judge(claim, _load(REGION.iloc[:0], PATHS.iloc[:0])).verdict == claims.UNTESTABLE
    with pytest.raises(ValueError, match="no outcome 'sales'"):
        lab.region(an.load, "sales")
    with pytest.raises(ValueError, match="legal: misallocation"):
        tables.rules_table(an.load, "good")


def test_economies_without_an_equilibrium_are_left_out_and_counted():
    table = REGION.copy()
    table.loc[(table["rule"] == "flat") & (table["draw"] == 3), "output_per_hour"] = float("nan")
    assert len(lab.change(_load(table), "output_per_hour", "flat", "none")) == len(REGION["fit"].unique()) * 32
    assert tables.spread_table(_load(table)).set_index("rule").at["flat", "left_out"] == 3


def test_tables_of_the_page():
    fits = fitted.fit_table(an.load)
    assert fits.notna().all(axis=None) and len(fits) == 13
    near = ((fits["central"] - fits["target"]).abs() / fits["tolerance"]).set_axis(fits["name"])
    assert near["small_over_large"] < 1 and near["using_10_49"] < 1
    weights, small = fitted.weakest(an.load)
    assert (weights**2).sum() == pytest.approx(1) and 0 < small < 0.1 and set(weights.index) == set(fitted.ESTIMATED)
    slopes = fitted.jacobian(an.load)
    assert slopes.loc["recipients_productivity", "slack"] < 0 < slopes.loc["persons_300", "persistence"]
    grid = tables.map_table(an.load)
    assert not grid.duplicated(["strength", "windfall", "error"]).any() and len(grid) >= 100
    rules = tables.rules_table(an.load).set_index("rule")
    assert rules.loc["none", list(tables.COLUMNS)].eq(0).all()
    assert tables.channels_table(an.load)["off"].tolist() == ["none", "survival", "notch", "entry", "slack"]
    assert tables.wedge_table(an.load)["financing"].is_monotonic_increasing
    for row in tables.tax_table(an.load).itertuples():
        assert (1 + row.tax / 100) * (1 + row.itself / 100) == pytest.approx(1 + row.whole / 100)
        assert row.tax < 0 < row.generosity
    paths = tables.paths_table(an.load)
    assert (paths.loc[paths["year"] == -1, "index"] == 100).all() and paths["strength"].nunique() == 5
    assert len(facts_of.sides_table(an.load)) == 5


def test_three_parameters_are_named_for_every_comparison():
    named = tables.decides_table(an.load)
    assert len(named) == len(tables.COMPARED) * len(tables.JUDGED) and named.notna().all(axis=None)
    held = an.load("lab_sensitivity").query("decides").groupby(["difference", "outcome"])["parameter"].apply(set)
    for row in named.itertuples():
        words = {tables.DRAWN[one] for one in held[row.difference, row.outcome]}
        assert {one.rsplit(" (", 1)[0] for one in (row.first, row.second, row.third)} == words
        assert row.of == ("sign" if 5 <= row.share <= 95 else "size")


def test_facts_agree_with_the_readings():
    facts = facts_of.facts(an.load)
    readings = claims.judge("C3").readings
    assert facts["assumed_output"] == pytest.approx(
        100 * readings.query("part == 'output' and headline")["value"].item()
    )
    stronger = claims.judge("C3").stronger.readings.query("headline").set_index("part")["value"]
    for outcome in ("output", "consumption"):
        assert facts[f"beats_none_{outcome}"] == pytest.approx(100 * stronger[f"{outcome}_none"])
    assert facts["advantage_bare_middle"] < facts["advantage_middle"]
    # the findings that headings and the front page put in words
    assert facts["tying_most"] < 0.1 < facts["advantage_middle"] and facts["beside_up"] == 100
    assert 0 < facts["flip_behind"] < facts["flip_cells"] and facts["flat_transforms"] > 50
    assert facts["kept_flat"] > 0 and facts["kept_tied"] > 0 and facts["held"] < 0.01
    assert 0 < facts["free_first"] and facts["free_last"] - facts["free_first"] < facts["free_first"]
    assert facts["taken_negative"] < 5 < facts["taken_positive"] and facts["deeper_idle"] < 10
    assert facts["flat_output"] < facts["tied_output"] < 0 and facts["tax"] < facts["tied_output"]
    assert facts["flat_up"] == 0 < facts["tied_up"] < 50 and facts["tied_consumption_up"] == 0
    assert facts["flat_consumption_up"] == 0 < facts["lot_ahead"] and facts["closes_model"] > facts["closes"]
    assert facts["tied_up_misallocation"] < facts["tied_up_central"] < facts["tied_up_quality"]
    assert facts["tied_worst"] < facts["tied_output"] < facts["tied_best"] and facts["beside_consumption_up"] < 50
    assert facts["tax"] / facts["flat_output"] > 0.5 and facts["beside_middle"] > 0 > facts["beside_consumption"]
    assert facts["best_wedge"] < facts["tax"] < 0 and facts["young_high"] < 0
    assert facts["age_consumption_up"] == facts["restructuring_consumption_up"] == 0 and facts["from_slack"] < 25
    behind = tables.flip_table(an.load).query("advantage <= 0")
    assert (behind["windfall"] == 1).all() and (behind["verification"] > 0).all()
    rules = tables.rules_table(an.load).set_index("rule")
    assert rules.at["restructuring", "exit_rate"] > 0 > rules.at["restructuring", "small_over_large"]
    first_year = fitted.fit_table(an.load).set_index("name").loc["survival_1"]
    too_many = first_year["target"] + 2 * first_year["tolerance"]
    assert (first_year[["misallocation", "central", "quality"]] > too_many).all()
    assert facts["flat_deeper_strong"] > 90 > 20 > facts["flat_deeper_weak"]
