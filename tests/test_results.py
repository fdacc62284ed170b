"""The shape of a result: columns, words, tables, pictures, identities, specifications."""

import re
import xml.etree.ElementTree as ET

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.identities import IdentityError
from analysis.results import About, Result, Sample

matplotlib.use("Agg")

ABOUT = About(
    "Title with a_b & 5 %", "this", "that minus this", "this", "none", Sample(3, {"missing": 1}), "m", "A 1999"
)


def frame(*values, **columns):
    names = [f"p{i}" for i in range(len(values) - 1)] + ["total"]
    return pd.DataFrame({"component": names, "estimate": values, "unit": "points", **columns})


def economy(years=(2000, 2010), country="KOR", shift=0.0):
    return pd.DataFrame({
        "sector": ["farms", "plants"] * 2, "year": np.repeat(years, 2), "country": country,
        "output": [50.0, 50.0, 40.0 + shift, 180.0], "jobs": [75.0, 25.0, 40.0, 60.0],
    })  # fmt: skip


def growth(table=None, **options):
    table = economy() if table is None else table
    return an.shift_share(table, sector="sector", time="year", output="output", labour="jobs", **options)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_columns_come_in_the_house_order():
    values = frame(1.0, 2.0, 3.0, conf_high=1.0, conf_low=0.0, p_value=0.5, statistic=2.0, std_error=0.1, country="A")
    result = Result(values, ABOUT, ("country",))
    assert result.tidy().columns.tolist() == [
        "country", "component", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "share",
        "unit",
    ]  # fmt: skip
    assert Result(frame(1.0, 1.0), ABOUT).tidy().columns.tolist() == ["component", "estimate", "share", "unit"]
    detail = growth().tidy(detail=True)
    assert detail.columns.tolist() == ["component", "term", "estimate", "share", "unit"]


def test_an_unknown_column_has_no_place():
    with pytest.raises(ValueError, match="colour"):
        Result(frame(1.0, 1.0, colour="red"), ABOUT)


@pytest.mark.parametrize("off", [1e-8, -1e-8, np.nan, np.inf])
def test_components_that_do_not_add_up_raise(off):
    with pytest.raises(IdentityError, match="components do not add up"):
        Result(frame(1.0, 2.0, 3.0 + off), ABOUT)


def test_rounding_passes():
    Result(frame(1.0, 2.0, 3.0 + 1e-10), ABOUT)
    Result(frame(0.1, 0.2, 0.3), ABOUT)


def test_the_check_names_the_group():
    table = pd.concat([frame(1.0, 1.0, country="A"), frame(1.0, 2.0, country="B")])
    with pytest.raises(IdentityError, match=r"\(B\)"):
        Result(table, ABOUT, ("country",))


def test_terms_that_do_not_add_up_raise():
    detail = pd.DataFrame({"component": ["p0", "total"], "term": "x", "estimate": 2.0, "unit": "points"})
    with pytest.raises(IdentityError, match="terms do not add up to component 'p0'"):
        Result(frame(1.0, 1.0), ABOUT, (), detail)


def test_no_total_and_no_rows():
    with pytest.raises(IdentityError, match="one row 'total'"):
        Result(frame(1.0, 1.0).head(1), ABOUT)
    with pytest.raises(ValueError, match="at least one"):
        Result(frame(1.0, 1.0).head(0), ABOUT)


def test_shares_are_of_the_groups_own_total():
    table = pd.concat([frame(1.0, 3.0, 4.0, country="A"), frame(1.0, -1.0, 0.0, country="B")])
    share = Result(table, ABOUT, ("country",)).tidy()["share"]
    assert share.head(3).tolist() == [0.25, 0.75, 1.0]
    assert share.tail(3).isna().all()


def test_detail_shares_are_of_the_total_or_of_the_periods_own():
    detail = growth().tidy(detail=True)
    assert detail.query("component != 'total'")["share"].sum() == pytest.approx(1)
    table = pd.DataFrame({"year": [2000, 2001, 2002], "y": [1.0, 2.0, 3.0], "k": [1.0, 2.0, 2.0], "l": 1.0, "a": 0.5})
    accounts = an.growth_accounting(table, time="year", output="y", capital="k", labour="l", labour_share="a")
    assert accounts.tidy(detail=True).query("component == 'total'")["share"].tolist() == [1.0, 1.0]


def test_a_result_cannot_be_changed_from_outside():
    result = growth()
    copy = result.tidy()
    copy.loc[:, "estimate"] = 0.0
    assert result.tidy()["estimate"].iloc[-1] == pytest.approx(1.2)
    with pytest.raises(AttributeError):
        result.about = None


def test_detail_only_where_there_is_one():
    with pytest.raises(ValueError, match="no detail"):
        Result(frame(1.0, 1.0), ABOUT).tidy(detail=True)


def test_words():
    text = growth().summary()
    assert text == str(growth())
    for words in ("2000 to 2010", "last time minus first", "initial labour shares", "final productivity", "4 rows used",
                  "left out: none", "not a sample", "McMillan and Rodrik 2011"):  # fmt: skip
        assert words in text
    assert "3 rows used; left out: 1 missing" in Result(frame(1.0, 1.0), ABOUT).summary()


def test_html_is_an_accessible_table():
    table = economy().assign(sector=["a<b", "c&d"] * 2)
    markup = growth(table, by="country")._repr_html_()
    root = ET.fromstring(f"<div>{markup}</div>")
    assert root.find("table/caption").text.startswith("Growth of output")
    assert all(cell.get("scope") == "col" for cell in root.findall("table/thead/tr/th"))
    assert len(root.findall("table/tbody/tr")) == 3
    assert all(len(row.findall("th[@scope='row']")) == 2 for row in root.findall("table/tbody/tr"))
    assert "a<b" not in markup
    assert {"Compared", "Sample", "Method"} <= {term.text for term in root.findall("dl/dt")}


def test_html_escapes_the_title():
    assert "a_b &amp; 5 %" in Result(frame(1.0, 1.0), ABOUT)._repr_html_()


def test_latex():
    text = Result(frame(1.0, 2.0, 3.0), ABOUT).to_latex()
    assert r"\caption{Title with a\_b \& 5 \%}" in text
    assert r"\toprule" in text and re.search(r"total & 3 & 1 & points", text)


def test_plot_draws_every_component():
    ax = growth().plot()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["total", "between", "within"]
    assert sorted(bar.get_width() for bar in ax.patches) == pytest.approx([0.5, 0.7, 1.2])
    assert ax.get_xlabel() == "fraction of initial productivity"
    mine = plt.figure().subplots()
    assert growth().plot(mine) is mine


def test_plot_of_groups_and_korea_stands_out():
    from analysis import theme

    ax = growth(pd.concat([economy(), economy(country="JPN", shift=-30)]), by="country").plot()
    labels = {label.get_text(): label.get_color() for label in ax.get_yticklabels()}
    assert set(labels) == {"KOR", "JPN"} and labels["KOR"] == theme.KOREA != labels["JPN"]
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"within", "between", "total"}


def test_plot_with_intervals():
    ax = Result(frame(1.0, 2.0, 3.0, conf_low=[0.5, 1.5, 2.0], conf_high=[1.5, 2.5, 4.0]), ABOUT).plot()
    assert len(ax.collections) == 1


def test_specifications_make_a_strip_with_the_headline_marked():
    others = {"three terms": growth(method="three-term"), "other prices": growth(economy(shift=20))}
    result = growth(specifications=others)
    strip = result.specifications
    assert strip.columns.tolist() == ["specification", "headline", "component", "estimate", "unit"]
    assert strip["specification"].unique().tolist() == ["headline", "three terms", "other prices"]
    assert strip.loc[strip["headline"], "specification"].unique().tolist() == ["headline"]
    pd.testing.assert_frame_equal(result.tidy(), growth().tidy())
    assert type(result) is type(growth())
    assert "headline (headline), three terms, other prices" in result.summary()
    ax = result.plot()
    rows = [label.get_text() for label in ax.get_yticklabels()]
    assert rows == ["dynamic", "static", "total", "between", "within"]
    dots = {line.get_label(): len(line.get_xdata()) for line in ax.lines}
    assert dots["headline"] == 3 and dots["alternatives"] == 7
    assert growth().with_specifications(list(others.items()), headline="main").specifications.iloc[0, 0] == "main"


def test_specifications_of_groups():
    table = pd.concat([economy(), economy(country="JPN", shift=-30)])
    result = growth(table, by="country", specifications=[("three", growth(table, by="country", method="three-term"))])
    rows = [label.get_text() for label in result.plot().get_yticklabels()]
    assert "KOR: within" in rows and len(rows) == 10


def test_specifications_that_do_not_fit():
    with pytest.raises(TypeError, match="label, result"):
        growth(specifications=[growth()])
    with pytest.raises(ValueError, match="comes twice"):
        growth(specifications=[("a", growth()), ("a", growth())])
    with pytest.raises(ValueError, match="grouped by"):
        growth(specifications={"a": growth(by="country")})
    with pytest.raises(ValueError, match="fraction per year"):
        growth(specifications={"a": growth(annualised=True)})
    firms = pd.DataFrame({"p": [1.0, 2.0], "w": 1.0})
    with pytest.raises(ValueError, match="no component"):
        growth(specifications={"a": an.olley_pakes(firms, productivity="p", weight="w")})


def test_maketables_takes_every_result():
    maketables = pytest.importorskip("maketables", reason="needs maketables, in the test lock")
    with_errors = Result(frame(1.0, 2.0, 3.0, std_error=0.5, statistic=2.0, p_value=0.04), ABOUT)
    table = maketables.ETable([growth(), growth(method="three-term"), with_errors])
    text = table.make("tex")
    for words in ("within", "between", "static", "0.500", "Rows used", "(0.500)"):
        assert words in text
    assert "nan" not in text
    gead = growth(economy().assign(price=[1.0, 1.0, 1.0, 2.0]), method="gead", price="price")
    assert "pure growth" in maketables.ETable([gead]).make("tex")


def test_units_come_from_the_table():
    table = pd.DataFrame({"g": list("aabb"), "c": list("xyxy"), "r": [1.0, 2.0, 3.0, 5.0], "w": 1.0})
    table.attrs["unit"] = {"r": "USD per hour"}
    result = an.kitagawa(table, group="g", category="c", rate="r", weight="w", reference="a")
    assert result.tidy()["unit"].unique().tolist() == ["USD per hour"]
    assert result.plot().get_xlabel() == "USD per hour"
