"""Exhibits carry their finding, data, sources and marks, and refuse to go without."""

import base64
import xml.etree.ElementTree as ElementTree

import pandas as pd
import pytest

import analysis as an
from analysis import theme
from analysis.report import charts

DATA = pd.DataFrame({"country": ["Korea", "Germany", "Japan"], "value": [51.0, 80.5, 56.25]})
GOOD = {
    "id": "fig-example", "data": DATA, "title": "Korea makes 51 dollars an hour",
    "alt": "A ranking of three countries by dollars per hour, Korea last.", "source": ["gdp_per_hour"],
}  # fmt: skip


def _figure():
    return charts.ranking(DATA, "country", "value")


def test_an_exhibit_carries_everything_the_site_needs():
    payload = an.exhibit(figure=_figure(), **GOOD).payload()
    assert payload["csv"].endswith("country,value\nKorea,51.0\nGermany,80.5\nJapan,56.25\n")
    assert base64.b64decode(payload["png_base64"]).startswith(b"\x89PNG")
    assert payload["rows"] == 3
    assert {"publisher", "dataset", "vintage", "address", "licence", "table"} == set(payload["source"][0])
    assert GOOD["title"] in payload["caption_html"]
    assert (payload["synthetic"], payload["secondary"]) == (False, False)


def test_the_svg_is_valid_follows_the_page_and_repeats_byte_for_byte():
    svg = an.exhibit(figure=_figure(), **GOOD).svg
    root = ElementTree.fromstring(svg)
    names = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(names) == len(set(names))
    assert all(name.startswith("fig-example-") for name in names)
    assert "currentColor" in svg
    assert theme.INK not in svg
    assert svg == an.exhibit(figure=_figure(), **GOOD).svg


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": "size gap"}, "must read fig-"),
        ({"data": DATA.iloc[:0]}, "'data' is missing"),
        ({"title": ""}, "'title' is missing"),
        ({"alt": "a chart"}, "at least 40"),
        ({"source": []}, "'source' is missing"),
        ({"source": "gdp_per_hour"}, "list of table names"),
        ({"source": ["gdp"]}, "no table named 'gdp'; legal names"),
        ({"source": ["gdp_per_hour:nobody"]}, "legal: gdp_per_hour, gdp_per_hour:"),
    ],
)
def test_a_bad_part_is_named(change, says):
    with pytest.raises(ValueError, match=says):
        an.exhibit(figure=_figure(), **{**GOOD, **change})


@pytest.mark.parametrize(("column", "mark"), [("secondary", "secondary source"), ("synthetic", "Synthetic data")])
def test_secondary_and_synthetic_data_mark_themselves(column, mark):
    marked = an.exhibit(figure=_figure(), **{**GOOD, "data": DATA.assign(**{column: [False, True, False]})})
    assert mark in marked.caption
    assert getattr(marked, column)
    assert mark not in an.exhibit(figure=_figure(), **{**GOOD, "data": DATA.assign(**{column: False})}).caption


def test_synthetic_data_say_so_in_their_file():
    assert "SYNTHETIC" in an.exhibit(figure=_figure(), **{**GOOD, "data": DATA.assign(synthetic=True)}).csv()


def test_a_table_exhibit_has_headers_with_scope():
    shown = an.exhibit(figure=None, **{**GOOD, "id": "tab-example"})
    assert shown.svg is None
    assert shown.table.count('scope="col"') == 2
    assert shown.table.count('scope="row"') == 3
    assert "<caption" in shown.table
