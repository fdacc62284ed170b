"""A release: the same bytes twice, everything listed, tampering found; and which numbers changed since a version."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from _release import __main__ as command
from _release import archive, media, numbers, release

import analysis
from analysis.report import digests, published
from analysis.report.published import Published

ROOT = Path(__file__).parents[2]
MOMENT = 1_700_000_000
NAME = f"two-economies-{analysis.__version__}-site"
PICTURE = b"\x89PNG\r\n\x1a\n"


def kept(value=51.0, verdict="supported", exhibit="fig-a", more=()) -> Published:
    """Return what a small version published."""
    whole = ("whole", "verdict", verdict, None), ("whole", "measured", f"{value} USD", None)
    records = {
        published.EXHIBITS: {exhibit: digests.of(pd.DataFrame({"who": ["KOR", "USA"], "x": [value, 97.0]}))},
        published.VALUES: {"league": published.values({"level": value, "leader": "Ireland", **dict(more)})},
        published.CLAIMS: {
            "A1": digests.Record(("part", "what", "value", "holds"), (*whole, ("level", "2023", value, True)))
        },
    }
    return Published(records, {"gdp.csv": f"{value}"}, {exhibit: "league"})


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A small project with a built site, at a moment of its own."""
    root = tmp_path / "project"
    site = root / "_build" / "html"
    for name, content in {
        "index.html": "<!DOCTYPE html><p>door", "book/index.html": "<!DOCTYPE html><p>front", ".buildinfo": "x",
        "data/a.csv": "x,y\n1,2\n", "claims.json": '[{"id": "A1", "verdict": "supported"}]',
    }.items():  # fmt: skip
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(content)
    (site / "a.png").write_bytes(PICTURE)
    (site / "two-economies.pdf").write_bytes(b"%PDF-1.7\n%%EOF")
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    for name in ("analysis", *build["wheel"]["force-include"]):
        if (ROOT / name).is_dir():
            (root / name).mkdir(parents=True, exist_ok=True)
            (root / name / "a.csv").write_text("x\n1\n")
        else:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
    for name in ("pyproject.toml", "README.md", "LICENSE", "CITATION.cff", "CHANGELOG.md"):
        shutil.copy(ROOT / name, root / name)
    shutil.copy(ROOT / "analysis" / "__init__.py", root / "analysis")
    (root / "data" / "datapackage.json").write_text(
        json.dumps({"resources": [{"name": "a", "rows": 1, "hash": "sha256:ab", "sources": [
            {"publisher": "P", "dataset": "D", "vintage": "2026"}]}]})
    )  # fmt: skip
    (root / "data" / "claims.yml").write_text("claims: [{id: A1, chapter: dual-economy/league}]")
    (root / published.FOLDER).mkdir(parents=True, exist_ok=True)
    kept().write(root / published.FOLDER)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(MOMENT))
    for name in ("TWO_ECONOMIES_SITE", "TWO_ECONOMIES_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(release.fresh, "is_current", lambda root: True)
    return root


def test_two_runs_give_the_same_bytes_whatever_the_clock_and_the_owner_say(project, tmp_path):
    first = {path.name: path.read_bytes() for path in release.make(project, tmp_path / "one")}
    for path in (project / "_build" / "html").rglob("*"):
        os.utime(path, (1, 1))
        if path.is_file():
            path.chmod(0o600)
    again = {path.name: path.read_bytes() for path in release.make(project, tmp_path / "one")}
    assert first == again
    package = f"two_economies-{analysis.__version__}"
    said = {"manifest.json", "NOTES.md", "SHA256SUMS", f"two-economies-{analysis.__version__}.pdf"}
    assert set(first) == {f"{NAME}.tar.gz", f"{package}-py3-none-any.whl", f"{package}.tar.gz", *said}


@pytest.fixture
def unpacked(project, tmp_path):
    """The release, and its site unpacked."""
    release.make(project, tmp_path / "dist")
    with tarfile.open(tmp_path / "dist" / f"{NAME}.tar.gz") as tar:
        entries = tar.getmembers()
        tar.extractall(tmp_path / "unpacked", filter="data")
    assert [entry.name for entry in entries] == sorted(entry.name for entry in entries)
    assert {(entry.mtime, entry.uid, entry.gid, entry.uname, entry.mode) for entry in entries} == {
        (MOMENT, 0, 0, "", 0o644)
    }
    return tmp_path / "dist", tmp_path / "unpacked" / NAME


def test_the_archive_opens_to_the_site_and_the_manifest_lists_every_file(project, unpacked):
    out, site = unpacked
    assert (site / "index.html").read_text() == "<!DOCTYPE html><p>door"
    assert (site / ".nojekyll").exists() and not (site / ".buildinfo").exists()
    said = json.loads((out / "manifest.json").read_text())
    assert (site / "manifest.json").read_bytes() == (out / "manifest.json").read_bytes()
    there = {path.relative_to(site).as_posix() for path in archive.files(site)} - {"manifest.json", "SHA256SUMS"}
    assert {one["path"] for one in said["files"]} == there
    for one in said["files"]:
        path = site / one["path"]
        assert (one["bytes"], one["sha256"]) == (path.stat().st_size, archive.sha256(path))
    assert {one["path"]: one["media_type"] for one in said["files"]}["data/a.csv"] == "text/csv"
    assert said["version"] == analysis.__version__ and said["date"] == "2023-11-14" and said["commit"] is None
    assert said["verdicts"] == {"A1": "supported"} and said["data"][0]["vintages"] == ["P, D: 2026"]
    assert said["digests"] == kept().index()
    assert (out / "NOTES.md").read_text().startswith(f"## {analysis.__version__}")


@pytest.mark.parametrize("place", ["archive", "site"])
def test_the_checksum_tool_finds_tampering(place, unpacked):
    if shutil.which("sha256sum") is None:
        pytest.skip("no sha256sum on the path (it comes with GNU coreutils)")
    folder = unpacked[0] if place == "archive" else unpacked[1]
    victim = folder / (f"{NAME}.tar.gz" if place == "archive" else "data/a.csv")

    def check():
        return subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True, text=True)

    listed = {line.split("  ", 1)[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    assert listed == {path.relative_to(folder).as_posix() for path in archive.files(folder)} - {"SHA256SUMS"}
    assert check().returncode == 0
    victim.write_bytes(victim.read_bytes()[:-1] + b"!")
    done = check()
    assert done.returncode != 0 and f"{victim.relative_to(folder)}: FAILED" in done.stdout


def test_a_site_that_is_missing_stale_or_for_another_address_is_refused(project, tmp_path, monkeypatch):
    monkeypatch.setattr(release.fresh, "is_current", lambda root: False)
    with pytest.raises(ValueError, match="not built strictly from the present files: run 'make book'"):
        release.make(project, tmp_path / "dist")
    monkeypatch.setenv("TWO_ECONOMIES_SITE", "https://example.org/two")
    with pytest.raises(ValueError, match="not built for https://example.org/two/"):
        release.make(project, tmp_path / "dist")
    front = project / "_build" / "html" / "book" / "index.html"
    front.write_text('<!DOCTYPE html><link rel="canonical" href="https://example.org/two/book/index.html"/>')
    assert release.make(project, tmp_path / "dist")
    shutil.rmtree(project / "_build")
    with pytest.raises(ValueError, match="there is no site"):
        release.make(project, tmp_path / "elsewhere")


def test_a_folder_with_other_files_is_not_replaced(project, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(ValueError, match="holds files and no release"):
        release.make(project, tmp_path / "mine")
    assert (tmp_path / "mine" / "letter.txt").exists()


def test_files_that_are_not_what_they_say_are_all_named(project, tmp_path):
    site = project / "_build" / "html"
    (site / "b.pdf").write_bytes(b"%PDF-1.7 broken off")
    (site / "c.csv").write_text("x,y\n1\n")
    with pytest.raises(ValueError, match=r"b\.pdf breaks off .*; c\.csv is not text/csv: row 2"):
        release.make(project, tmp_path / "dist")
    assert not (tmp_path / "dist").exists()


def test_without_a_moment_nothing_is_made_up(project, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(ValueError, match="SOURCE_DATE_EPOCH is 'yesterday'"):
        release.make(project, tmp_path / "dist")


def git(root, *arguments):
    subprocess.run(["git", "-c", "user.name=T", "-c", "user.email=t@example.org", *arguments], cwd=root, check=True,
                   capture_output=True)  # fmt: skip


def test_a_tag_has_to_agree_with_version_changelog_citation_commit_and_numbers(project, tmp_path):
    version = analysis.__version__
    dated = release.citation()["date-released"]
    good = f"# Changelog\n\n## {version} - {dated}\n\n" + numbers.section(numbers.first(kept()))
    (project / ".gitignore").write_text("_build/\n")
    git(project, "init", "-q")

    def attempt(changelog, tag=f"v{version}", commit=True):
        (project / "CHANGELOG.md").write_text(changelog)
        if commit:
            git(project, "add", "-A")
            git(project, "commit", "-q", "--allow-empty", "-m", "state")
        return release.make(project, tmp_path / "dist", tag)

    assert attempt(good)
    with pytest.raises(ValueError, match="the tag is v9.9.9, and version"):
        attempt(good, tag="v9.9.9")
    with pytest.raises(ValueError, match="CHANGELOG.md heads the version with"):
        attempt(good.replace(str(dated), "unreleased"))
    with pytest.raises(ValueError, match="date-released"):
        attempt(good.replace(str(dated), "1999-01-01"))
    with pytest.raises(ValueError, match="has no section '### Numbers'"):
        attempt(f"# Changelog\n\n## {version} - {dated}\n\n- words\n")
    with pytest.raises(ValueError, match="CHANGELOG.md lacks 2 lines of 'make numbers'"):
        attempt(f"# Changelog\n\n## {version} - {dated}\n\n### Numbers\n\n- words\n")
    with pytest.raises(ValueError, match="files differ from the commit"):
        attempt(good + "\n", commit=False)
    (project / "_build" / "html" / "two-economies.pdf").unlink()
    with pytest.raises(ValueError, match="the site has no two-economies.pdf"):
        attempt(good)
    with pytest.raises(ValueError, match=f"has no heading '## {version}'; it has 0.0.1"):
        attempt(good.replace(version, "0.0.1"))


def test_a_later_tag_has_to_say_what_changed_since_the_one_before(project, tmp_path):
    version, dated = analysis.__version__, release.citation()["date-released"]
    head = f"# Changelog\n\n## {version} - {dated}\n\n### Numbers\n\n"
    (project / ".gitignore").write_text("_build/\n")
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "before")
    git(project, "tag", "v0.0.1")
    kept(52.5).write(project / published.FOLDER)
    lines = numbers.changes(kept(51.0), kept(52.5), {"A1": "dual-economy/league"})
    for said, missing in ((lines, 0), (lines[:-1], 1)):
        (project / "CHANGELOG.md").write_text(head + "\n".join(said) + "\n")
        git(project, "add", "-A")
        git(project, "commit", "-q", "-m", "now")
        if missing:
            with pytest.raises(ValueError, match="lacks 1 lines of 'make numbers SINCE=v0.0.1'"):
                release.make(project, tmp_path / "dist", f"v{version}")
        else:
            assert release.make(project, tmp_path / "dist", f"v{version}")


def test_what_changed_is_said_from_old_to_new_with_its_page():
    old, new = kept(), kept(52.123456789, verdict="contradicted", more={"rank": 26}.items())
    assert numbers.changes(old, new, {"A1": "dual-economy/league"}) == [
        "- Claim A1 (dual-economy/league), verdict: supported -> contradicted",
        "- Claim A1 (dual-economy/league), measured: 51.0 USD -> 52.123456789 USD",
        "- Claim A1 (dual-economy/league): 1 reading moved",
        "- league, `level`: 51 -> 52.1234568",
        "- league, `rank`: nothing -> 26",
        "- league, `fig-a`: column 'x': 1 of 2 rows: row 1 (KOR) 51 published, 52.1234568 now",
        "- Data, `gdp.csv`: changed",
    ]


def test_rounding_beyond_the_ninth_digit_is_no_change():
    assert numbers.changes(kept(51.0), kept(51.0 + 1e-12), {})[:-1] == [
        f"- Claim A1, measured: 51.0 USD -> {51.0 + 1e-12} USD"
    ], "words that hold a number are compared as words"
    same = kept()
    assert numbers.changes(same, same, {}) == []
    assert numbers.NOTHING in numbers.section([])


def test_what_comes_and_goes_is_said():
    old, new = kept(exhibit="fig-a"), kept(exhibit="fig-b")
    assert numbers.changes(old, new, {}) == [
        "- league, `fig-a`: the exhibit is gone",
        "- league, `fig-b`: the exhibit is new",
    ]
    new.records[published.CLAIMS]["A2"] = new.records[published.CLAIMS].pop("A1")
    assert numbers.changes(old, new, {})[:2] == ["- Claim A1: gone, supported", "- Claim A2: new, supported"]


def test_two_revisions_and_two_folders_compare_alike(project, tmp_path, capsys, monkeypatch):
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "before")
    kept(52.5).write(tmp_path / "later")
    before, later = numbers.kept(project, "HEAD"), numbers.kept(project, str(tmp_path / "later"))
    assert before.index() == kept().index() and later.index() == kept(52.5).index()
    monkeypatch.setattr(command, "ROOT", project)
    assert command.main(["numbers", "--since", "HEAD", "--now", str(tmp_path / "later")]) == 0
    assert "- league, `level`: 51 -> 52.5" in capsys.readouterr().out.splitlines()
    assert command.main(["numbers", "--since", "v7", "--now", "HEAD"]) == 1
    assert "'v7' is neither a folder that holds digests.json nor a revision" in capsys.readouterr().err
    assert command.main(["make", "--out", str(project)]) == 1
    assert "holds files and no release" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.json", b"{", "is not application/json"), ("a.svg", b"<html/>", "the outermost element is html"),
        ("a.png", b"GIF89a", "does not begin like image/png"), ("a.csv", b"x,y\n1,2,3\n", "row 2"),
        ("a.csv", b"x\n\xff\n", "is not text/csv"), ("a.ris", b"TY  - RPRT\n", "no record"),
        ("a.bib", b"hello", "no entry"),
        ("a.ipynb", b"{}", "is not application/x-ipynb"), ("a.yml", b"a: [", "is not application/yaml"),
        ("a.pdf", b"%PDF-1.7\n", "breaks off"), ("a.html", b"<p>", "no document type"), ("a.txt", b"", "is empty"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_its_name_says(name, content, says, tmp_path):
    (tmp_path / name).write_bytes(content)
    assert says in media.fault(tmp_path / name)


def test_an_unknown_kind_of_file_is_named_with_the_known_ones(tmp_path):
    (tmp_path / "a.exe").write_bytes(b"MZ")
    with pytest.raises(ValueError, match=r"no media type for a\.exe; known: \.bib, "):
        media.media_type(tmp_path / "a.exe")


def test_an_archive_takes_files_only(tmp_path):
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(ValueError, match="link is neither a file nor a folder"):
        archive.files(tmp_path)
    (tmp_path / "link").unlink()
    with pytest.raises(ValueError, match="there is no file in"):
        archive.files(tmp_path)


def test_the_changelog_has_a_part_with_numbers_on_this_version():
    part = numbers.part_on((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), analysis.__version__)
    assert numbers.HEADING in part.splitlines()


def test_source_archive_and_wheel_hold_package_and_data(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (packed,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(packed) as tar:
        held = {Path(*Path(name).parts[1:]).as_posix() for name in tar.getnames()}
        tar.extractall(tmp_path / "source", filter="data")
    assert {
        "analysis/__init__.py",
        "data/datapackage.json",
        "data/claims.yml",
        "README.md",
        "LICENSE",
        "pyproject.toml",
    } <= held
    (source,) = (tmp_path / "source").iterdir()
    again = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "--directory", str(tmp_path / "again")]
    subprocess.run(again, cwd=source, check=True, capture_output=True)
    (one,), (two,) = tmp_path.glob("*.whl"), (tmp_path / "again").glob("*.whl")
    assert one.read_bytes() == two.read_bytes(), "the wheel from the source archive is the wheel from the repository"
