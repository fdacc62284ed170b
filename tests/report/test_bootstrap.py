"""The delta method and ten thousand draws of the bootstrap agree within 3 %, for every method on totals."""

import numpy as np
import pytest

import analysis as an
from analysis.report import coverage

METHODS = ("melitz-polanec", "foster-haltiwanger-krizan", "griliches-regev", "baily-hulten-campbell", "diewert-fox")


def results(cluster):
    """Every method on 5,000 firms, in 50 clusters or none."""
    rng = np.random.default_rng(11)
    size = (1, coverage.FIRMS, coverage.CLUSTERS if cluster else coverage.FIRMS)
    firms, panel, wages = (draw(rng, *size) for draw in (coverage.cross_section, coverage.panel, coverage.regression))
    yield an.olley_pakes(firms, productivity="productivity", weight="jobs", cluster=cluster)
    for method in METHODS:
        yield an.firm_dynamics(
            panel, firm="firm", time="year", productivity="productivity", weight="jobs", method=method, cluster=cluster
        )
    for alpha in (0, 1, 2):
        yield an.generalised_entropy(
            firms, value="value", weight="jobs", group="category", alpha=alpha, cluster=cluster
        )
    yield an.shift_share(
        panel, sector="sector", time="year", output="output", labour="jobs", firm="firm", cluster=cluster
    )
    yield an.kitagawa(wages, group="group", category="kind", rate="y", reference="b", microdata=True, cluster=cluster)
    for options in ({}, {"threefold": True}):
        yield an.oaxaca_blinder("y ~ x + C(kind)", wages, group="group", cluster=cluster, **options)


@pytest.mark.parametrize("cluster", [None, "cluster"])
def test_delta_and_bootstrap_agree_within_three_percent(cluster):
    for result in results(cluster):
        table = result.bootstrap(10_000, 0)
        assert table["ratio"].between(0.97, 1.03).all(), f"{result.about.title}\n{table}"
