"""The workflow files: valid, audited, pinned, with the least rights, and without logic of their own."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
HELD = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FILES}
JOBS = {(name, job): held for name, workflow in HELD.items() for job, held in workflow["jobs"].items()}
STEPS = [(where, step) for where, job in JOBS.items() for step in job.get("steps", [])]
ON = True
"""The key `on`, which YAML 1.1 reads as a truth value."""
PYTHONS = ["3.11", "3.12", "3.13"]
PLAIN = {
    "apt-get update -qq && apt-get install -y -qq --no-install-recommends "
    "chromium default-jre-headless fonts-nanum git make",
    'git config --global --add safe.directory "$GITHUB_WORKSPACE"',
    "sha256sum --check --strict SHA256SUMS",
    'gh release create "$GITHUB_REF_NAME" --verify-tag --title "$GITHUB_REF_NAME" --notes-file NOTES.md *',
}
"""What a step may run beside `make`: the machine it runs on, and the publishing of what `make` made."""


def tool(name: str) -> str:
    """Return the path of a program of the test environment; skip where it is not installed."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip(f"{name} is not in this environment (make env installs it)")
    return found


def test_the_promised_workflows_are_there():
    assert set(HELD) == {"check", "weekly", "links", "release", "pages"}


def test_they_are_valid_for_the_published_schema():
    done = subprocess.run(
        [tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *map(str, FILES)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_audit_finds_nothing():
    done = subprocess.run(
        [tool("zizmor"), "--offline", "--quiet", "--config", str(ROOT / ".github/zizmor.yml"), str(ROOT / ".github")],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", ["zizmor.yml", "lychee.toml"])
def test_every_exception_has_its_reason(file):
    lines = (ROOT / ".github" / file).read_text(encoding="utf-8").splitlines()
    for before, line in zip(lines, lines[1:], strict=False):
        if re.match(r"\s*(ignore|accept|exclude\w*|index_files)\b", line):
            assert before.strip().startswith("#"), f"{file}: {line}"


def test_actions_are_pinned_by_commit_and_say_their_version():
    pinned = r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40}  ?# v\d+\.\d+\.\d+"
    for path in FILES:
        for use in re.findall(r"uses: (.*)", path.read_text(encoding="utf-8")):
            local = use.startswith("./") and (ROOT / use).is_file()
            assert local or re.fullmatch(pinned, use), f"{path.name}: {use}"


def test_one_action_has_one_version():
    uses = {step["uses"] for _, step in STEPS if "uses" in step}
    assert len(uses) == len({use.split("@")[0] for use in uses})


def test_rights_are_given_job_by_job_and_are_the_least():
    write = {
        ("pages", "deploy"): {"pages": "write", "id-token": "write"},
        ("release", "publish"): {"contents": "write"},
    }
    for name, workflow in HELD.items():
        assert workflow["permissions"] == {}, name
    for where, job in JOBS.items():
        assert job["permissions"] == write.get(where, {"contents": "read"}), where
    for where, step in STEPS:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False, where


def test_nothing_runs_twice_at_once_or_for_ever():
    for name, workflow in HELD.items():
        assert workflow["concurrency"]["group"], name
    for where, job in JOBS.items():
        assert "uses" in job or job["timeout-minutes"] <= 90, where


def test_steps_call_make_and_have_no_logic_of_their_own():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for where, step in STEPS:
        if "run" in step:
            call = re.fullmatch(r'make ([a-z-]+)( VENV=\.newest| TAG="\$GITHUB_REF_NAME")?', step["run"])
            assert call and call[1] in targets or step["run"] in PLAIN, f"{where}: {step['run']}"


def test_no_step_hides_a_failure_and_no_cache_can_be_stale():
    for where, step in STEPS:
        assert "continue-on-error" not in step and "|| true" not in step.get("run", ""), where
        assert "cache" not in step.get("uses", "") + str(step.get("with", "")), where
    assert [where for where, job in JOBS.items() if job.get("continue-on-error")] == [("check", "newest")]


def test_every_promised_python_is_checked_with_the_lock_and_with_the_newest():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == f">={PYTHONS[0]}"
    for job in ("locked", "newest"):
        held = JOBS["check", job]
        assert held["strategy"]["matrix"]["python"] == PYTHONS and held["strategy"]["fail-fast"] is False
        assert "${{ matrix.python }}" in held["container"]
    done = [step.get("run") for step in JOBS["check", "locked"]["steps"]]
    assert [run for run in done if run and run.startswith("make")] == [
        "make book", "make verify", "make links", "make spark", "make test"
    ]  # fmt: skip


def test_what_is_deployed_or_released_passed_every_check():
    for name, first in (("pages", "build"), ("release", "make")):
        jobs = HELD[name]["jobs"]
        assert jobs["check"]["uses"] == "./.github/workflows/check.yml" and jobs[first]["needs"] == "check"
        (last,) = [job for where, job in jobs.items() if where not in {"check", first}]
        assert last["needs"] == first
    assert HELD["pages"][ON]["push"]["branches"] == ["main"] and HELD["release"][ON]["push"]["tags"] == ["v*"]
    for where in (("pages", "build"), ("release", "make")):
        for variable in ("TWO_ECONOMIES_SITE", "TWO_ECONOMIES_REPOSITORY"):
            assert JOBS[where]["env"][variable] == f"${{{{ vars.{variable} }}}}"
    assert "env" not in JOBS["check", "locked"], (
        "the checked site has no address: the tests say what it looks like then"
    )


def test_weekly_means_once_a_week():
    for name in ("weekly", "links"):
        (when,) = HELD[name][ON]["schedule"]
        assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", when["cron"]), name
    assert JOBS["weekly", "check"]["uses"] == "./.github/workflows/check.yml"
    assert {"run": "make links-abroad"} in JOBS["links", "abroad"]["steps"]


def test_no_expression_reaches_a_shell_and_no_host_is_named():
    for where, step in STEPS:
        assert "${{" not in step.get("run", ""), where
    for path in FILES:
        assert "://" not in path.read_text(encoding="utf-8"), path.name


def test_the_link_check_finds_what_leads_nowhere(tmp_path):
    site = tmp_path / "_build" / "html"
    site.mkdir(parents=True)
    (tmp_path / ".gitignore").write_text("_build/\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (site / "good.html").write_text('<!DOCTYPE html><p id="here"><a href="good.html#here">x</a></p>')

    def check():
        call = [tool("lychee"), "--config", str(ROOT / ".github" / "lychee.toml"), "--offline", "--root-dir", str(site)]
        return subprocess.run([*call, "_build/html"], cwd=tmp_path, capture_output=True, text=True)

    assert check().returncode == 0
    (site / "bad.html").write_text('<!DOCTYPE html><a href="Good.html">x</a><a href="good.html#there">y</a>')
    done = check()
    assert done.returncode != 0 and "Good.html" in done.stdout and "good.html#there" in done.stdout
