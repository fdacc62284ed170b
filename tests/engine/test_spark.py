"""The distributed engine: the same code on PySpark, through Ibis, gives the same answers."""

import shutil

import numpy as np
import pandas as pd
import pytest

import analysis as an
from tests.engine.cases import CELLS, DESIGNS, FIRMS, PLAIN, estimate, same

pyspark = pytest.importorskip("pyspark", reason="PySpark is not installed: pip install -r requirements-spark.txt")
if shutil.which("java") is None:
    pytest.skip("PySpark needs Java, and there is none on the path", allow_module_level=True)

pytestmark = pytest.mark.filterwarnings("ignore:::pyspark", "ignore:The copy keyword", "ignore::ResourceWarning")


@pytest.fixture(scope="module")
def spark():
    import ibis
    from pyspark.sql import SparkSession

    options = {
        "spark.sql.shuffle.partitions": "2", "spark.ui.enabled": "false", "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1", "spark.sql.session.timeZone": "UTC", "spark.log.level": "ERROR",
    }  # fmt: skip
    builder = SparkSession.builder.master("local[2]").appName("tests")
    for name, value in options.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield ibis.pyspark.connect(session)
    session.stop()


@pytest.fixture(scope="module")
def firms(spark, tmp_path_factory):
    path = tmp_path_factory.mktemp("spark") / "firms.parquet"
    FIRMS.to_parquet(path, index=False)
    return spark.read_parquet(str(path))


@pytest.mark.parametrize("design", DESIGNS[::3], ids=str)
@pytest.mark.parametrize("statistic", [PLAIN, CELLS], ids=["plain", "cells"])
def test_spark_and_arrays_agree(firms, statistic, design):
    same(estimate(FIRMS, statistic, ("g",), **design), estimate(firms, statistic, ("g",), **design))


@pytest.fixture(scope="module")
def panel(spark, tmp_path_factory):
    rng = np.random.default_rng(3)
    frame = pd.concat([
        FIRMS.assign(firm=np.arange(len(FIRMS)), year=year, p=FIRMS["p"] + rng.normal(0, 0.1, len(FIRMS))).sample(
            frac=0.8, random_state=year)
        for year in (2020, 2021, 2023)
    ], ignore_index=True)  # fmt: skip
    path = tmp_path_factory.mktemp("spark") / "panel.parquet"
    frame.to_parquet(path, index=False)
    return frame, spark.read_parquet(str(path))


@pytest.mark.parametrize("options", [{}, {"by": "g"}, {"by": "g", "cluster": "cl"}], ids=str)
def test_firm_dynamics_on_spark(panel, options):
    memory, distributed = (
        an.firm_dynamics(table, firm="firm", time="year", productivity="p", weight="w", **options).tidy()
        for table in panel
    )
    pd.testing.assert_frame_equal(memory, distributed, check_dtype=False, rtol=1e-9, atol=1e-12)


def test_entropy_and_shift_share_on_spark(panel):
    memory, distributed = (
        [
            an.generalised_entropy(table, value="w", group="cat", by="year").tidy(),
            an.shift_share(table, sector="cat", time="year", output="w", labour="w2", firm="firm").tidy(),
        ]
        for table in (panel[0].assign(w2=lambda t: t["w"] + 1), panel[1].mutate(w2=panel[1]["w"] + 1))
    )
    for one, other in zip(memory, distributed, strict=True):
        pd.testing.assert_frame_equal(one, other, check_dtype=False, rtol=1e-8, atol=1e-12)
