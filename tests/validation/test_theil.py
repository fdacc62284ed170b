"""Generalised entropy against PySAL's Theil on Mexican states, and on weighted incomes of Mexican households."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.decomposition.inequality import generalised_entropy

CASES = Path(__file__).parents[2] / ".." / "shared" / "validation"
PYSAL, DINEQ = CASES / "pysal_theil_mexico", CASES / "dineq_mexico"


@pytest.mark.skipif(not PYSAL.exists(), reason="needs ../shared/validation/pysal_theil_mexico")
def test_theil_of_mexican_states_as_in_pysal():
    states = pd.read_csv(PYSAL / "mexico.csv")
    expected = json.loads((PYSAL / "expected.json").read_text())
    for year, total, between in zip(expected["years"], expected["T"], expected["bg_hanson98"], strict=True):
        result = generalised_entropy(states, value=f"pcgdp{year}", group="hanson98", alpha=1)
        got = result.tidy().set_index("component")["estimate"]
        assert got["total"] == pytest.approx(total, abs=1e-7)
        assert got["between"] == pytest.approx(between, abs=1e-7)
        assert got["within"] == pytest.approx(total - between, abs=2e-7)
    toy = expected["toy"]
    got = generalised_entropy(pd.DataFrame(toy)[["y", "g"]], value="y", group="g").tidy().set_index("component")
    want = {"total": toy["T"], "between": toy["bg"], "within": toy["wg"]}
    assert got["estimate"].to_dict() == pytest.approx(want, abs=1e-15)


@pytest.mark.skipif(not DINEQ.exists(), reason="needs ../shared/validation/dineq_mexico")
@pytest.mark.parametrize("year", [2008, 2016])
def test_weighted_household_incomes(year):
    homes = pd.read_csv(DINEQ / f"mex_inc_{year}.csv")
    homes = homes[homes["income"] > 0]
    y, w, g = (homes[c].to_numpy() for c in ("income", "factor", "education"))
    share, ratio = w / w.sum(), y / (w @ y / w.sum())
    means = homes.assign(p=y * w).groupby("education")[["p", "factor"]].transform("sum")
    own = (means["p"] / means["factor"]).to_numpy() / (w @ y / w.sum())
    for alpha, total, between in (
        (1, share @ (ratio * np.log(ratio)), share @ (own * np.log(own))),
        (0, -share @ np.log(ratio), -share @ np.log(own)),
        (2, (share @ ratio**2 - 1) / 2, (share @ own**2 - 1) / 2),
    ):
        table = generalised_entropy(homes, value="income", weight="factor", group="education", alpha=alpha).tidy()
        got = table.set_index("component")
        want = {"within": total - between, "between": between, "total": total}
        assert got["estimate"].to_dict() == pytest.approx(want, rel=1e-10)
        assert (got["std_error"] > 0).all() and (got["std_error"] < got["estimate"] / 2).all()
