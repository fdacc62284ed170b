"""Digests change with the data and with nothing else; what differs is named; verify sees every kind of change."""

from __future__ import annotations

import datetime
import hashlib
import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import analysis as an
from analysis.report import digests, published, rerun, verify
from analysis.report.digests import Record
from analysis.report.published import CLAIMS, EXHIBITS, TABLES, VALUES

ROOT = Path(__file__).parents[2]
FRAME = pd.DataFrame(
    {"country": ["Korea", "Deutschland", "Österreich"], "value": [51.0, 2 / 3, np.nan], "year": [2023, 2024, 2025],
     "oecd": [True, False, True]}
)  # fmt: skip
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64).filter(lambda x: x == 0 or 1e-200 < abs(x) < 1e200)


def test_the_text_of_a_record_is_what_its_page_says():
    assert digests.of(FRAME).text() == (
        '["country", "value", "year", "oecd"]\n["Korea", 51, 2023, true]\n'
        '["Deutschland", 0.666666667, 2024, false]\n["Österreich", null, 2025, true]\n'
    )


def test_the_digest_is_the_checksum_of_the_text():
    record = digests.of(FRAME)
    assert record.digest() == hashlib.sha256(record.text().encode()).hexdigest()


@pytest.mark.parametrize(
    "same",
    [
        FRAME.astype({"value": "Float64", "year": "float64", "oecd": "boolean", "country": "category"}),
        FRAME.astype({"country": "object", "year": "int32", "oecd": "object"}),
        FRAME.set_axis([7, 7, 9]),
        FRAME.assign(value=FRAME["value"] * (1 + 1e-13)),
        FRAME.assign(value=FRAME["value"].astype(object).where(FRAME["value"].notna(), None)),
    ],
)
def test_types_index_and_last_bits_do_not_count(same):
    assert digests.of(same).digest() == digests.of(FRAME).digest()


@pytest.mark.parametrize(
    "other",
    [
        FRAME.assign(value=[51.0, 2 / 3 + 1e-8, np.nan]),
        FRAME.assign(value=[51.0, 2 / 3, 0.0]),
        FRAME.assign(year=FRAME["year"].astype(str)),
        FRAME.assign(oecd=FRAME["oecd"].astype(int)),
        FRAME.rename(columns={"value": "share"}),
        FRAME[["value", "country", "year", "oecd"]],
        FRAME.iloc[::-1],
        FRAME.iloc[:2],
        FRAME.replace("Korea", "korea"),
    ],
)
def test_everything_else_counts(other):
    assert digests.of(other).digest() != digests.of(FRAME).digest()
    assert digests.differences(digests.of(other), digests.of(FRAME))


def test_nought_has_one_form():
    column = pd.DataFrame({"x": [-0.0, 0.0, 3e-17, -3e-17, 5.0]})
    assert digests.of(column).text() == '["x"]\n[0]\n[0]\n[0]\n[0]\n[5]\n'


def test_infinite_numbers_and_dates_survive():
    record = digests.of(pd.DataFrame({"x": [math.inf, -math.inf], "day": [datetime.date(2026, 1, 2), pd.NaT]}))
    assert digests.read(record.text()) == record
    assert record.rows == ((math.inf, "2026-01-02"), (-math.inf, None))


def test_text_with_line_ends_of_every_kind_survives():
    record = digests.of(pd.DataFrame({"x": ["a\nb", "c\u2028d", "e\x85f", 'g"h\\']}))
    assert digests.read(record.text()) == record


def test_a_cell_that_is_no_plain_value_is_named():
    with pytest.raises(TypeError, match=r"column 'x', row 2: \[1\] is neither"):
        digests.of(pd.DataFrame({"x": ["a", [1]]}))


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "is empty"), ("no", "line 1 .* is not JSON"), ('["a"]\n{}\n', "line 2"), ('["a"]\n[1, 2]\n', "of 1 cells")],
)
def test_a_text_that_is_no_record_is_refused(text, says):
    with pytest.raises(ValueError, match=says):
        digests.read(text)


@given(NUMBERS)
def test_a_number_in_full_comes_back_whole(number):
    assert digests.read(Record(("x",), ((number,),)).text(digests.EXACT)).rows == ((number,),)


@given(st.lists(NUMBERS, min_size=1), st.floats(-1, 1))
def test_noise_of_another_machine_never_changes_a_digest(numbers, noise):
    """Also on the edge between two roundings, which is put here on purpose."""
    edges = [float(f"{number:.8e}".replace("e", "5e")) for number in numbers]
    kept = digests.read(Record(("x",), tuple((number,) for number in [*numbers, *edges])).text())
    now = Record(("x",), tuple((number * (1 + 1e-13 * noise),) for number in [*numbers, *edges]))
    assert digests.settled(now, kept).digest() == kept.digest()
    assert not digests.differences(now, kept)


@given(NUMBERS.filter(lambda x: x != 0))
def test_a_change_in_the_ninth_digit_always_changes_it(number):
    kept = digests.read(Record(("x",), ((number,),)).text())
    now = Record(("x",), ((number * (1 + 1.1e-8),),))
    assert digests.settled(now, kept).digest() != kept.digest()


def test_values_stand_in_full_and_keep_their_kind(tmp_path):
    said = {"tie": 14.350000000000001, "whole": 51, "real": 51.0, "who": "Korea"}
    replace(KEPT, records={**RECORDS, VALUES: {"index": published.values(said)}}).write(tmp_path)
    back = dict(published.read(tmp_path).records[VALUES]["index"].rows)
    assert back == said and type(back["whole"]) is int and type(back["real"]) is float
    assert f"{back['tie']:.1f}" == "14.4" != f"{float('14.35'):.1f}", "rounded, it would be printed otherwise"


def test_differences_name_columns_rows_and_order():
    kept = digests.of(FRAME)
    assert digests.differences(digests.of(FRAME.iloc[::-1]), kept) == ["the same rows in another order"]
    assert digests.differences(digests.of(FRAME[["year", "country", "value", "oecd"]]), kept) == [
        "the same columns in another order"
    ]
    assert digests.differences(digests.of(FRAME.rename(columns={"value": "share"})), kept) == [
        "column 'value' is gone", "column 'share' is new",
    ]  # fmt: skip
    fewer = digests.differences(digests.of(FRAME.iloc[1:]), kept)
    assert fewer == ["3 rows published, 2 now", 'published only: ["Korea", 51, 2023, true]']
    changed = digests.differences(digests.of(FRAME.assign(value=[52.0, 2 / 3, 1.0])), kept)
    assert changed == [
        "column 'value': 2 of 3 rows: row 1 (Korea) 51 published, 52 now; row 3 (Österreich) nothing published, 1 now"
    ]


def test_an_exhibit_carries_its_data_in_full():
    data = pd.DataFrame({"country": ["Korea"], "value": [1 / 3]})
    made = an.exhibit("tab-a", None, data=data, title="T", alt="A table with one row and one value in it, a third.",
                      source=["gdp_per_hour"])  # fmt: skip
    assert digests.read(made.payload()["data"]) == digests.of(data)


RECORDS = {
    EXHIBITS: {"fig-a": digests.of(FRAME)},
    VALUES: {"dual-economy/league": published.values({"level": 51.04, "rank": "24th"})},
    CLAIMS: {"A1": published.claim(an.claims.judge("A1").as_dict())},
}
KEPT = published.Published(RECORDS, {"t.csv": "0" * 64}, {"fig-a": "dual-economy/league"}, board="index")
PAGES = {"index", "dual-economy/league"}


def test_what_is_published_is_read_back(tmp_path):
    KEPT.write(tmp_path)
    assert published.read(tmp_path).index() == KEPT.index()
    replace(KEPT, records={**RECORDS, EXHIBITS: {}}).write(tmp_path)
    assert not list((tmp_path / EXHIBITS).glob("*")), "records of what is gone are gone"


def test_a_record_edited_by_hand_or_lost_is_named(tmp_path):
    KEPT.write(tmp_path)
    record = tmp_path / EXHIBITS / "fig-a.jsonl"
    record.write_text(record.read_text().replace("51", "52"))
    with pytest.raises(ValueError, match=r"fig-a.jsonl is not the record that digests.json lists"):
        published.read(tmp_path)
    record.unlink()
    with pytest.raises(ValueError, match="no record of fig-a"):
        published.read(tmp_path)
    with pytest.raises(FileNotFoundError, match="make digests"):
        published.read(tmp_path / "elsewhere")


def found(now, pages=PAGES):
    kept = published.Published({kind: dict(rows) for kind, rows in RECORDS.items()}, KEPT.tables, KEPT.pages, "index")
    return {
        (one.kind, one.name): one
        for one in verify.all_compared(now, kept, set(pages), {"fig-a": ["t"]})
        if one.state != verify.MATCH
    }


def test_the_same_again_is_a_match():
    assert not found(KEPT)


@pytest.mark.parametrize(
    ("change", "named", "state"),
    [
        ({EXHIBITS: {"fig-a": digests.of(FRAME.assign(value=1.0))}}, (EXHIBITS, "fig-a"), verify.DIFFERENT),
        ({EXHIBITS: {}}, (EXHIBITS, "fig-a"), verify.GONE),
        ({EXHIBITS: {**RECORDS[EXHIBITS], "fig-b": digests.of(FRAME)}}, (EXHIBITS, "fig-b"), verify.NEW),
        ({VALUES: {"dual-economy/league": published.values({"level": 51.05, "rank": "24th"})}},
         (VALUES, "dual-economy/league"), verify.DIFFERENT),
        ({CLAIMS: {"A1": published.claim({**an.claims.judge("A1").as_dict(), "verdict": "contradicted"})}},
         (CLAIMS, "A1"), verify.DIFFERENT),
    ],
)  # fmt: skip
def test_every_kind_of_change_is_named(change, named, state):
    other = found(replace(KEPT, records={**RECORDS, **change}))
    assert list(other) == [named] and other[named].state == state
    assert named[1] in str(other[named]) and str(other[named]).startswith(state)


def test_a_changed_table_names_the_exhibits_that_cite_it():
    other = found(replace(KEPT, tables={"t.csv": "1" * 64}))
    assert list(other) == [(TABLES, "t.csv")] and other[TABLES, "t.csv"].details == ("cited by fig-a",)


def test_only_what_the_named_pages_publish_is_compared():
    nothing = replace(KEPT, records={EXHIBITS: {}, VALUES: {}, CLAIMS: {}})
    assert set(found(nothing, pages={"index"})) == {(CLAIMS, "A1")}
    assert not found(nothing, pages=set())


def test_two_pages_may_not_make_one_exhibit(tmp_path):
    one = rerun.Outcome("a", RECORDS[EXHIBITS], {}, {}, {})
    with pytest.raises(ValueError, match="exhibit fig-a is made by a and by b"):
        verify.gathered([one, replace(one, page="b")], tmp_path)
    other = replace(one, page="b", exhibits={}, claims={"A1": digests.of(FRAME)})
    with pytest.raises(ValueError, match="claim A1: b says otherwise"):
        verify.gathered([replace(one, claims=RECORDS[CLAIMS]), other], tmp_path)


PAGE = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# A page

```{code-cell}
import pandas as pd
import analysis as an
from analysis.report import values
number = float(open(r"NUMBER").read())
values.publish(number=number)
an.exhibit("tab-tiny", None, data=pd.DataFrame({"x": [number]}), title="T", source=["gdp_per_hour"],
           alt="A table with one row and one value in it, nothing else.")
```

```{code-cell}
assert number < 60
an.exhibit("tab-other", None, data=pd.DataFrame({"x": [1]}), title="T", source=["gdp_per_hour"],
           alt="A table with one row and one value in it, nothing else.")
```
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    (root / "book").mkdir()
    (root / "data").mkdir()
    (root / "data" / "number.csv").write_text("51.0\n")
    (root / "book" / "index.md").write_text(PAGE.replace("NUMBER", str(root / "data" / "number.csv")))
    (root / "_toc.yml").write_text("root: book/index\nparts: []\n")
    (root / "CITATION.cff").write_text("title: T\n")
    done = run(root, "--write")
    assert done.returncode == 0, done.stderr
    return root


def run(root, *options):
    """Run the command line; in a process of its own, since kernels leave sockets behind."""
    command = [sys.executable, "-m", "analysis.report.verify", "--root", str(root), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_the_command_line_ends_well_and_badly(project):
    number = project / "data" / "number.csv"
    done = run(project)
    assert done.returncode == 0 and "Everything is as published." in done.stdout
    number.write_text("61.0\n")
    done = run(project)
    said = done.stdout
    assert done.returncode == 1 and "A cell fails in index: AssertionError" in said
    assert "DIFFERENT  exhibit tab-tiny" in said and "column 'x': 1 of 1 rows: row 1 (51) 51 published, 61 now" in said
    assert "4 not as published: table number.csv, exhibit tab-other, exhibit tab-tiny, values of index" in said
    assert "GONE       exhibit tab-other" in said, "the cell that makes it fails"
    kept = json.loads((project / "book" / "published" / "digests.json").read_text())["exhibits"]["tab-tiny"]["sha256"]
    report = json.loads((project / "_build" / "verify" / "report.json").read_text())
    one = next(finding for finding in report if finding["name"] == "tab-tiny")
    assert one["published"] == kept != one["now"] and kept in said and one["now"] in said
    number.write_text("51.0\n")


def test_what_cannot_run_is_not_published(project):
    number = project / "data" / "number.csv"
    number.write_text("61.0\n")
    done = run(project, "--write")
    assert done.returncode == 1 and "Nothing is published" in done.stderr
    number.write_text("51.0\n")


@pytest.mark.parametrize(
    ("options", "says"),
    [(["nowhere"], "no page nowhere; pages: index"), (["index", "--write"], "--write publishes all pages together")],
)
def test_a_wrong_option_is_named(project, capsys, options, says):
    with pytest.raises(SystemExit):
        verify.main(["--root", str(project), *options])
    assert says in capsys.readouterr().err
