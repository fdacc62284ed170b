"""The admissible region: stored tables are of this code, and a sample of them comes out again."""

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.policy_lab import calibration, region, stored


@pytest.mark.parametrize("name", region.TABLES)
def test_a_stored_table_is_of_this_code(name):
    assert set(an.load(name)["digest"]) == {stored.digest(*region.ROOMS)}, (
        f"{name} is stale: python -m analysis.policy_lab.region --out data {name}"
    )


def test_the_region_is_whole():
    table = an.load("lab_region")
    assert len(table) == len(calibration.FITS) * (region.DRAWS + 1) * 2 * sum(map(len, region.RULES.values()))
    assert table.loc[table["solved"], list(region.OUTCOMES)].notna().all(axis=None)
    assert (table["message"].fillna("") == "").eq(table["solved"]).all()
    for name, (low, high, *_) in calibration.OPEN.items():
        assert table[name].between(low, high).all() and table[name].max() - table[name].min() > 0.9 * (high - low)


def test_draws_are_the_same_for_every_fit_and_run():
    table = an.load("lab_region")
    held = table[["fit", "draw", *calibration.OPEN]].drop_duplicates()
    for _, lot in held.groupby("fit"):
        pd.testing.assert_frame_equal(lot.drop(columns="fit").sort_values("draw").reset_index(drop=True),
                                      region.draws(), check_dtype=False)  # fmt: skip


def test_a_sample_of_the_region_is_solved_again():
    table = an.load("lab_region")
    groups = table.groupby(["fit", "draw", "ai"])
    for fit, draw, ai in (("central", 0, True), ("misallocation", 7, False)):
        lot = groups.get_group((fit, draw, ai))
        given = lot.iloc[0][["draw", *calibration.OPEN]].to_dict()
        again = pd.DataFrame(region.region_rows((fit, given, ai)))
        both = lot.merge(again, on=["channels", "rule"], suffixes=("", "_again"))
        assert len(both) == len(lot) == 7 and both["solved"].eq(both["solved_again"]).all()
        for name in region.OUTCOMES:
            old, new = both[name].astype(float), both[f"{name}_again"].astype(float)
            np.testing.assert_allclose(new, old, rtol=1e-6, atol=1e-9)


def test_paths_begin_with_the_old_economy_and_end_at_rest():
    table = an.load("lab_paths")
    ends = table.pivot_table(index=["fit", "strength", "rule"], columns="year", values="output_per_hour")
    assert len(ends) == len(calibration.FITS) * len(region.STRENGTHS) * len(region.PATH_RULES)
    assert ends.notna().all(axis=None) and list(ends) == list(region.KEPT)
    assert (ends[region.YEARS - 1] / ends[region.KEPT[-2]] - 1).abs().max() < 1e-3
    old = an.load("lab_region").query("draw == 0 and not ai and channels == 'all'")
    old = old.set_index(["fit", "rule"])["output_per_hour"]
    for (fit, _, rule), row in ends.iterrows():
        assert row[-1] == pytest.approx(old[fit, rule], rel=1e-8)
