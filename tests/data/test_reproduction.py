"""The publishers' files give the tables of the package again, byte for byte."""

from pathlib import Path

import pytest

from analysis.data import package
from analysis.data.ingest.tables import TABLES

ROOT = Path(__file__).parents[2]
SOURCES = ROOT.parent / "shared" / "sources"


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the publishers' files are not beside the project")
@pytest.mark.parametrize("name", TABLES)
def test_the_same_files_give_the_same_bytes(name, tmp_path):
    package.write_table(name, TABLES[name](SOURCES), tmp_path)
    assert (tmp_path / f"{name}.csv").read_bytes() == (ROOT / "data" / f"{name}.csv").read_bytes()
