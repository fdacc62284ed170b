"""A small data package with the tables that services can refresh, and services that hold the same."""

import shutil
from functools import partial

import pytest

import analysis as an
from analysis.data import catalogue, package
from tests.data.servers.publishers import publishers

TABLES = ("gdp_per_hour", "hours_worked", "inputs", "size_employment", "ai_adoption", "ai_purposes")
_AREAS = ("KOR", "JPN", "USA", "DEU", "EU")


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The package: few areas, and the ledger of claims as it is."""
    place = tmp_path_factory.mktemp("small") / "data"
    place.mkdir()
    for name in TABLES:
        table = an.load(name)
        package.write_table(name, table[table["country"].isin(_AREAS)], place)
    package.write_package(place)
    shutil.copy(catalogue.folder() / "claims.yml", place)
    return place


@pytest.fixture
def home(small, tmp_path):
    """A copy of the small package, to be refreshed."""
    return shutil.copytree(small, tmp_path / "data")


@pytest.fixture
def services(small):
    """Services that would change nothing but `ai_purposes`, which our file holds in part."""
    return publishers(partial(catalogue.load_from, small))
