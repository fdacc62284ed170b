"""A refresh that is killed, at any moment, leaves the old data or the new, whole, and the next one clears up."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

import analysis as an
from analysis.data import catalogue, package
from analysis.data.refresh import swap
from tests.data.servers.publishers import publishers

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the test starts its processes by fork")
ROOT = Path(__file__).parents[2]
KILLED = -signal.SIGKILL


class Runner:
    """Refreshes as processes of their own, with the modules loaded once."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.data.servers.runner"], cwd=ROOT, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        assert self._answer() == "ready"

    def __call__(self, arguments, kill_after=None, **order):
        """Run one refresh; return how it ended and how long it ran."""
        self.process.stdin.write(json.dumps({"arguments": arguments, **order}) + "\n")
        self.process.stdin.flush()
        child, start = int(self._answer()), time.monotonic()
        if kill_after is not None:
            time.sleep(kill_after)
            try:
                os.kill(child, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return int(self._answer()), time.monotonic() - start

    def _answer(self):
        return self.process.stdout.readline().strip()

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def run():
    runner = Runner()
    yield runner
    runner.close()


@pytest.fixture(scope="module")
def tiny(small, tmp_path_factory):
    """One table, of which the World Bank will have another value for Korea."""
    place = tmp_path_factory.mktemp("tiny") / "data"
    place.mkdir()
    shutil.copy(small / "inputs.csv", place)
    shutil.copy(small / "claims.yml", place)
    package.write_package(place)
    return place


@pytest.fixture(scope="module")
def arguments(small):
    held = publishers(partial(catalogue.load_from, small))
    rows = held.world_bank.rows["GB.XPD.RSDV.GD.ZS"]
    place = next(i for i, row in enumerate(rows) if row[:2] == ("KOR", 2020))
    rows[place] = ("KOR", 2020, 7.25)
    with held.running() as addresses:
        given = [text for name, address in addresses.items() for text in ("--service", f"{name}={address}")]
        yield ["--pause", "0.001", *given]


@pytest.fixture
def project(tiny, tmp_path, monkeypatch):
    """A checkout with nothing but data, which `an.load` reads; returns how to restore it."""
    monkeypatch.setattr(catalogue, "__file__", str(tmp_path / "analysis/data/catalogue.py"))
    home = tmp_path / "data"

    def fresh():
        for path in (home, swap.incoming(home).parent):
            shutil.rmtree(path, ignore_errors=True)
        return shutil.copytree(tiny, home)

    return fresh


@pytest.fixture(scope="module")
def whole(run, tiny, tmp_path_factory, arguments):
    """What the data are before and after a refresh that nobody kills, and how long it takes."""
    known, times = {swap.fingerprint(tiny): "old"}, []
    for name in ("first", "second"):
        home = shutil.copytree(tiny, tmp_path_factory.mktemp(name) / "data")
        ended, seconds = run(["--data", str(home), "--apply", *arguments])
        assert ended == 0
        known[swap.fingerprint(home)] = "new"
        times.append(seconds)
    assert len(known) == 2  # the same answer gives the same bytes
    return known, min(times)


def _korea():
    table = an.load("inputs").query("country == 'KOR' and year == 2020 and indicator == 'rd_gdp_share'")
    return table["value"].item()


def _state(home, known):
    """Say which package is in place, and check that it is whole and that `an.load` reads it."""
    place = catalogue.folder()
    found = known.get(swap.fingerprint(place))
    assert found, f"{place} is neither the old package nor the new one"
    assert (_korea() == 7.25) == (found == "new")
    assert an.load("inputs").attrs["source"][0].get("retrieved", "") == "" or found == "new"
    return found


def _next_run_clears_up(run, home, known, arguments):
    """Run a refresh that lists nothing new after a kill: it ends well and leaves nothing but what waits."""
    assert run(["--data", str(home), "--apply", *arguments])[0] == 0
    assert known[swap.fingerprint(home)] == "new"
    assert [path.name for path in swap.incoming(home).parent.iterdir()] == ["lock"]


def test_twenty_kills_at_random_moments_lose_nothing(run, project, arguments, whole):
    known, seconds = whole
    moments = random.Random(6)
    ends, states = [], []
    for _ in range(20):
        home = project()
        ends.append(run(["--data", str(home), "--apply", *arguments], kill_after=moments.uniform(0, seconds))[0])
        states.append(_state(home, known))
    assert set(ends) <= {0, KILLED} and KILLED in ends
    assert all(state == "new" for state, end in zip(states, ends, strict=True) if end == 0)
    _next_run_clears_up(run, home, known, arguments)


@pytest.mark.parametrize("exchange", [True, False], ids=["in one step", "by two renames"])
def test_a_kill_at_every_step_of_putting_it_in_place_loses_nothing(run, project, arguments, whole, exchange):
    known, _ = whole
    home = project()
    assert run(["--data", str(home), *arguments])[0] == 0  # the new package waits
    ready = swap.incoming(home).parent.with_name("ready")
    shutil.rmtree(ready, ignore_errors=True)
    shutil.copytree(swap.incoming(home).parent, ready)
    states = []
    for step in range(1, 100):
        home = project()
        shutil.copytree(ready, swap.incoming(home).parent)
        ended, _ = run(["--data", str(home), "--apply", *arguments], die_at=step, exchange=exchange)
        states.append(_state(home, known))
        if ended == 0:
            break
        assert ended == KILLED
        if step == 2 or not home.exists():
            _next_run_clears_up(run, home, known, arguments)
            assert _state(home, known) == "new"
    assert ended == 0 and states == sorted(states, key=["old", "new"].index) and set(states) == {"old", "new"}


def test_a_kill_while_the_new_package_is_made_leaves_the_old_one(run, project, arguments, whole):
    known, _ = whole
    for step in (2, 3, 4):
        home = project()
        ended, _ = run(["--data", str(home), *arguments], die_at=step)
        assert ended == KILLED and _state(home, known) == "old"
    assert run(["--data", str(home), *arguments])[0] == 0
    assert sorted(path.name for path in swap.incoming(home).parent.iterdir()) == ["incoming", "lock"]
    assert _state(home, known) == "old"


def test_between_two_renames_the_package_that_waits_is_read(run, project, arguments, whole):
    known, _ = whole
    home = project()
    assert run(["--data", str(home), *arguments])[0] == 0
    os.rename(home, swap.incoming(home) / "old")  # as a refresh would be, killed between its renames
    assert not home.exists() and catalogue.folder() == swap.incoming(home) / "data"
    assert _state(home, known) == "new"
    with swap.lock(home):
        assert "cut off between two renames" in swap.recover(home)
    assert known[swap.fingerprint(home)] == "new" and not swap.incoming(home).exists()
