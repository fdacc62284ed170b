"""The publishers' files, and the answers kept of their services, give the tables again, byte for byte."""

from pathlib import Path

import pytest

from analysis.data import catalogue, package
from analysis.data.ingest import answers
from analysis.data.ingest.tables import TABLES

ROOT = Path(__file__).parents[2]
SOURCES = ROOT.parent / "shared" / "sources"


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the publishers' files are not beside the project")
@pytest.mark.parametrize("name", TABLES)
def test_the_same_files_give_the_same_bytes(name, tmp_path):
    table = answers.overlay(name, TABLES[name](SOURCES), ROOT / "data", catalogue.load)
    package.write_table(name, table, tmp_path)
    assert (tmp_path / f"{name}.csv").read_bytes() == (ROOT / "data" / f"{name}.csv").read_bytes()
