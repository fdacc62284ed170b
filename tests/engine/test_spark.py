"""The distributed engine: the same code on PySpark, through Ibis, gives the same answers."""

import shutil

import pytest

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
