"""The synthetic register: published margins within their tolerance, drawn from the tables, and labelled everywhere."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.data import catalogue
from analysis.microdata import synthetic_targets
from analysis.microdata.calibration_targets import LEGAL, SECTIONS, SERVICES, published
from analysis.microdata.synthetic import FIRST_YEAR, LAST_YEAR, synthetic_register
from analysis.microdata.synthetic_files import is_synthetic, write_synthetic
from analysis.microdata.synthetic_targets import ASSUMED, NOT_IMPOSED, PUBLISHED, targets

YEARS = range(2015, 2025)


@pytest.fixture(scope="module")
def register():
    return synthetic_register(firms=20_000, years=YEARS, seed=3)


@pytest.fixture(scope="module")
def table(register):
    return targets(register)


def load_with(monkeypatch, name, change):
    """Let one table of the data package hold other values."""
    held = catalogue.load

    def load(wanted):
        table = held(wanted)
        return change(table) if wanted == name else table

    monkeypatch.setattr(catalogue, "load", load)


def figure(value, *ids):
    def change(table):
        table.loc[table["id"].isin(ids), "value"] = value
        return table

    return change


# what is met


def test_every_published_margin_is_within_its_stated_tolerance(table):
    met = table[table["status"].eq(PUBLISHED)]
    assert met["within"].fillna(False).all(), met.loc[~met["within"].fillna(False), ["what", "group", "year"]]
    assert set(met["what"]) == set(synthetic_targets.WORDS.values())
    use_of_ai = met["what"].str.startswith("Use of AI")
    assert met.loc[~use_of_ai, "tolerance"].max() < 0.25
    assert met["relative_difference"].abs().median() < 1e-4
    assert met[["target", "source", "unit", "stands_for", "register_year"]].notna().all(axis=None)
    assert (met["target"].str.len() > 0).all() and (met["source"].str.len() > 0).all()


def test_tolerances_fall_with_the_number_of_firms(table):
    large = targets(synthetic_register(firms=100_000, years=range(2022, 2025), seed=4))
    met = large[large["status"].eq(PUBLISHED)]
    assert met["within"].fillna(True).all()
    unseen = met[met["within"].isna()]  # three years do not show survival to the fifth year, and the table says so
    assert unseen["what"].tolist() == [synthetic_targets.WORDS["survival_five"]]
    assert unseen["note"].tolist() == ["the register has too few years to see it"]
    assert met["tolerance"].max() < 0.35  # the use of AI in real estate, where few firms have 10 persons
    both = met.merge(table, on=["target", "what", "group", "year", "register_year"], suffixes=("", "_small"))
    assert len(both) > 50
    assert (both["tolerance"] <= both["tolerance_small"]).all()
    counted = both["tolerance_small"].gt(0.01)
    assert counted.sum() > 15
    assert (both["tolerance"] < 0.7 * both["tolerance_small"])[counted].mean() > 0.7


def test_margins_hold_when_they_are_added_up_by_hand(register):
    sme = catalogue.load("sme_statistics")
    whole = sme[sme["industry"].eq("all")].set_index("size_class")
    in_2020 = register[register["year"].eq(2020)].groupby("legal_size", observed=True)["persons"].agg(["size", "sum"])
    for name in LEGAL:
        firms = whole.at[name, "enterprises"] / whole["enterprises"].sum()
        number = in_2020["size"].sum()
        assert in_2020.at[name, "size"] / number == pytest.approx(firms, abs=1.01 / number)
        persons = whole.at[name, "persons_engaged"] / whole["persons_engaged"].sum()
        assert in_2020.at[name, "sum"] / in_2020["sum"].sum() == pytest.approx(persons, rel=1e-3)
    construction = sme[sme["industry"].eq("F")].set_index("size_class")["persons_engaged"]
    rows = register[register["year"].eq(2023) & register["industry"].eq("F")]
    shares = rows.groupby("legal_size", observed=True)["persons"].sum() / rows["persons"].sum()
    for name in LEGAL:
        assert shares[name] == pytest.approx(construction[name] / construction.sum(), rel=5e-3)


def per_person(rows):
    return rows["value_added"].sum() / rows["persons"].sum()


def test_productivity_of_smes_over_others_is_as_published(register):
    other = register["legal_size"].eq("non-SME")
    for year, ratio in {2018: 0.243, 2019: 0.272, 2021: 0.253}.items():  # KBIZ, as in size_productivity
        rows = register["year"].eq(year) & register["industry"].eq("C")
        assert per_person(register[rows & ~other]) / per_person(register[rows & other]) == pytest.approx(ratio)
        share = register[rows & ~other]["value_added"].sum() / register[rows]["value_added"].sum()
        assert share == pytest.approx({2018: 0.378, 2019: 0.391, 2021: 0.365}[year], rel=0.01)
    rows = register["year"].eq(2021) & register["industry"].isin(SERVICES)
    assert per_person(register[rows & ~other]) / per_person(register[rows & other]) == pytest.approx(0.448)
    accounts = catalogue.load("sector_accounts")
    cell = accounts.query("country == 'KOR' and source == 'APO' and year == 2022 and sector == 'G+I'").iloc[0]
    rows = register["year"].eq(2022) & register["industry"].isin(["G", "I"])
    assert per_person(register[rows]) == pytest.approx(cell["value_added"] / cell["employment"] / 1000)


def test_firms_are_born_and_die_at_the_published_rates(register):
    born = register[register["birth_year"].eq(register["year"])].groupby("year").size()
    alive = register.groupby("year").size()
    assert (born / alive)[2017] == pytest.approx(0.151, abs=1e-4)
    assert (born / alive)[2023] == pytest.approx(0.127, abs=1e-4)
    firms = {year: set(rows) for year, rows in register.groupby("year")["firm"]}
    assert len(firms[2022] - firms[2023]) / len(firms[2022]) == pytest.approx(0.102, abs=1e-4)
    entrants = register[register["birth_year"].eq(register["year"])]
    cohort = {year: set(rows) for year, rows in entrants.groupby("year")["firm"]}
    assert len(cohort[2021] & firms[2022]) / len(cohort[2021]) == pytest.approx(0.649, abs=1e-3)
    assert len(cohort[2017] & firms[2022]) / len(cohort[2017]) == pytest.approx(0.347, abs=3e-3)


def test_use_of_ai_respects_its_base_and_its_break(register):
    asked = register["ai_use"].notna()
    assert asked.equals(register["persons"].ge(10) & register["year"].ge(2022))
    rates = register[register["year"].eq(2022)].groupby("size_class", observed=True)["ai_use"].agg(["mean", "count"])
    for name, rate in {"10-49": 0.288, "50-249": 0.212, "250+": 0.364}.items():
        assert rates.at[name, "mean"] == pytest.approx(rate, abs=0.51 / rates.at[name, "count"])
    everyone = register[register["year"].eq(2024)]["ai_use"]
    assert everyone.mean() == pytest.approx(0.329, abs=2 / everyone.count())
    finance = register[register["year"].eq(2024) & register["industry"].eq("K")]["ai_use"]
    assert finance.mean() == pytest.approx(0.631, abs=2 / finance.count())


def test_figures_that_are_not_imposed_are_shown_with_a_reason(table):
    shown = table[table["status"].eq(NOT_IMPOSED)]
    assert (shown["note"].str.len() > 0).all()
    assert shown["tolerance"].isna().all() and shown["within"].isna().all()
    old_question = shown.set_index("target").loc["AI-003"]
    assert np.isnan(old_question["achieved"]) and "does not compare" in old_question["note"]
    assumed = table[table["status"].eq(ASSUMED)]
    assert {"persistence", "dispersion", "ratio_F", "section_persons_H"} <= set(assumed["target"])
    assert assumed["within"].dropna().all()


def test_secondary_figures_are_marked_as_their_table_marks_them(table):
    source = catalogue.load("published_figures").set_index("id")["secondary"]
    single = table[table["target"].isin(source.index)]
    assert len(single) > 30
    assert (single["secondary"].to_numpy() == source.loc[single["target"]].to_numpy()).all()


# where it comes from


@pytest.mark.parametrize(
    ("name", "change", "what", "group", "year", "expected"),
    [
        ("published_figures", figure(31.0, "SIZ-110"), "manufacturing_ratio", "all", 2021, 0.31),
        ("published_figures", figure(60.0, "SIZ-118"), "services_ratio", "all", 2021, 0.60),
        ("published_figures", figure(11.5, "POL-076"), "birth_rate", "all", 2023, 0.115),
        ("published_figures", figure(11.0, "POL-077"), "death_rate", "all", 2022, 0.11),
        ("published_figures", figure(40.0, "AI-005"), "ai_class", "10-49", 2022, 0.40),
        ("published_figures", figure(81.0, "SIZ-041"), "persons_sme", "all", 2023, 0.81),
        ("published_figures", figure(40.0, "SIZ-043"), "sales_sme", "all", 2023, 0.40),
        ("hours_worked", lambda t: t.assign(hours=t["hours"] / 2), "hours_per_person", "all", 2022, 950.0),
        ("sector_accounts", lambda t: t.assign(value_added=t["value_added"] * 2), "value_per_person", "C", 2021, None),
        ("sme_statistics", lambda t: t.assign(enterprises=t["enterprises"].where(t["size_class"].ne("non-SME"), 2e4)),
         "firms_non_sme", "all", 2020, None),
        ("size_employment", lambda t: t.assign(persons_employed=t["persons_employed"].where(
            t["size_class"].ne("10-49"), t["persons_employed"] * 1.1)), "persons_10_49", "all", 2022, None),
    ],
)  # fmt: skip
def test_a_figure_that_changes_in_its_table_changes_the_register(
    name, change, what, group, year, expected, table, monkeypatch
):
    def row_of(rows):
        chosen = rows["what"].eq(synthetic_targets.WORDS[what]) & rows["group"].eq(group) & rows["year"].eq(year)
        return rows[chosen & rows["status"].eq(PUBLISHED)].iloc[0]

    load_with(monkeypatch, name, change)
    row = row_of(targets(synthetic_register(firms=10_000, years=range(2020, 2024), seed=3)))
    if expected is not None:
        assert row["value"] == pytest.approx(expected)
    assert row["within"]
    assert abs(row["achieved"] / row_of(table)["achieved"] - 1) > 0.005


def test_figures_that_contradict_each_other_are_refused(monkeypatch):
    load_with(monkeypatch, "published_figures", figure(5.0, "POL-077"))
    with pytest.raises(ValueError, match="birth rate 0.151, death rate 0.050 and survival .* contradict"):
        synthetic_register(firms=5_000)
    monkeypatch.undo()
    load_with(monkeypatch, "published_figures", figure(60.0, "SIZ-041"))
    with pytest.raises(ValueError, match="cannot be met together"):
        synthetic_register(firms=5_000, years=[2023])
    monkeypatch.undo()
    load_with(monkeypatch, "published_figures", lambda t: t[t["id"].ne("SIZ-118")])
    with pytest.raises(ValueError, match="lacks 'SIZ-118'"):
        synthetic_register(firms=5_000)


def test_a_year_without_a_figure_takes_that_of_the_nearest_year_and_says_so(table):
    rows = table[table["what"].eq(synthetic_targets.WORDS["birth_rate"])].set_index("year")["stands_for"]
    assert rows.to_dict() == {2017: "2015, 2016, 2017, 2018, 2019, 2020", 2023: "2021, 2022, 2023, 2024"}
    figures = published()
    assert figures.nearest("birth_rate", 2020)[0] == 2017  # of two equally near, the earlier
    with pytest.raises(ValueError, match="no figure of 'birth_rate' for 'C'"):
        figures.value("birth_rate", 2020, "C")


# what kind of register it is


def test_rows_are_firm_years_of_firms_that_live_without_gaps(register):
    assert len(register) == 20_000 * len(YEARS)
    assert not register.duplicated(["firm", "year"]).any()
    lives = register.groupby("firm").agg(
        first=("year", "min"), last=("year", "max"), rows=("year", "size"), sections=("industry", "nunique"),
        births=("birth_year", "nunique"), born=("birth_year", "min"),
    )  # fmt: skip
    assert (lives["last"] - lives["first"] + 1 == lives["rows"]).all()
    assert lives["sections"].eq(1).all() and lives["births"].eq(1).all()
    assert (lives["born"].le(lives["first"])).all()
    later = lives[lives["first"].gt(2015)]
    assert later["born"].eq(later["first"]).all()
    assert register["year"].is_monotonic_increasing
    assert set(register["industry"].cat.categories) == set(SECTIONS)


def test_values_are_those_a_register_can_have(register):
    assert register[["persons", "hours", "value_added", "sales"]].gt(0).all(axis=None)
    assert register["sales"].ge(register["value_added"]).all()
    assert np.isfinite(register[["hours", "value_added", "sales"]]).all(axis=None)
    assert (register["hours"] / register["persons"]).between(1000, 3500).all()
    bounds = pd.cut(register["persons"], [0, 9, 49, 249, np.inf], labels=["1-9", "10-49", "50-249", "250+"])
    assert bounds.astype(str).equals(register["size_class"].astype(str))
    assert register.drop(columns="ai_use").notna().all(axis=None)
    assert register.groupby("year")["persons"].max().gt(1000).all()


def test_sizes_fall_off_smoothly_and_firms_keep_their_place(register):
    at = register["persons"].value_counts() / len(register)
    assert at[1] > at[2] > at[3] > at[5] > at[9]
    assert 0.5 < at[10] / at[9] < 1.6 and 0.5 < at[48:52].sum() / at[44:48].sum() < 1.6
    now = register[["firm", "year", "persons", "legal_size", "value_added", "industry"]]
    pair = now.merge(now.assign(year=now["year"] + 1), on=["firm", "year"], suffixes=("", "_before"))
    larger = pair[pair["persons_before"].ge(10)]
    assert np.corrcoef(np.log(larger["persons"]), np.log(larger["persons_before"]))[0, 1] > 0.95
    assert (larger["legal_size"] == larger["legal_size_before"]).mean() > 0.9
    log = [np.log(pair[f"value_added{end}"] / pair[f"persons{end}"]) for end in ("", "_before")]
    assert 0.6 < np.corrcoef(*log)[0, 1] < 0.95
    stays = register["firm"].isin(register.loc[register["year"].eq(2024), "firm"])
    early = register["year"].eq(2016)
    assert stays[early & register["persons"].ge(50)].mean() > stays[early & register["persons"].eq(1)].mean() + 0.2
    young = register["birth_year"].eq(register["year"])
    assert register.loc[young, "persons"].mean() < 0.6 * register["persons"].mean()


def test_the_same_arguments_give_the_same_register_and_other_seeds_another(tmp_path):
    first, again = (synthetic_register(firms=5_000, years=[2020, 2021], seed=7) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    bytes_of = [
        write_synthetic(tmp_path / f"synthetic_{place}.parquet", frame).read_bytes()
        for place, frame in enumerate((first, again))
    ]
    assert bytes_of[0] == bytes_of[1]
    other = synthetic_register(firms=5_000, years=[2020, 2021], seed=8)
    assert not other["value_added"].equals(first["value_added"])
    by = ["year", "industry", "legal_size"]
    counts = [frame.groupby(by, observed=False).size() for frame in (first, other)]
    assert counts[0][2020].equals(counts[1][2020])  # margins do not depend on the seed
    assert synthetic_register(5_000, range(2020, 2022), 7)["sales"].equals(first["sales"])


def test_the_mean_number_of_firms_is_the_one_asked_for_and_it_grows_by_births_less_deaths():
    register = synthetic_register(firms=5_001, years=range(2020, 2024))
    alive = register.groupby("year").size()
    assert len(register) == 4 * 5_001
    assert (alive / alive.shift())[2022] == pytest.approx((1 - 0.102) / (1 - 0.127), rel=1e-3)


# labels


def test_it_is_labelled_synthetic_in_the_frame_in_each_row_and_in_files(register, tmp_path):
    small = register[register["year"].eq(2022)]
    assert small.attrs["synthetic"] is True and small.attrs["title"].startswith("Synthetic")
    assert "2015-2024" in small.attrs["title"]
    assert set(small.attrs["unit"]) == set(small.columns)
    assert small["synthetic"].all()
    path = write_synthetic(tmp_path / "synthetic_firms.parquet", small)
    metadata = pq.read_schema(path).metadata
    assert metadata[b"synthetic"] == b"true" and metadata[b"title"].startswith(b"Synthetic")
    back = pd.read_parquet(path)
    assert back.attrs["synthetic"] is True
    pd.testing.assert_frame_equal(back, small.reset_index(drop=True), check_dtype=False)
    text = write_synthetic(tmp_path / "synthetic_firms.csv", small)
    assert pd.read_csv(text)["synthetic"].all()
    assert targets(path).attrs["synthetic"] is True


def test_a_label_is_found_wherever_it_is(register, tmp_path):
    small = register[register["year"].eq(2022)].head(100)
    bare = small.drop(columns="synthetic")
    bare.attrs = {}
    plain = small.copy()
    plain.attrs = {}
    assert is_synthetic(small) and is_synthetic(plain) and not is_synthetic(bare)
    assert is_synthetic(pa.Table.from_pandas(plain)) and not is_synthetic(pa.Table.from_pandas(bare))
    path = write_synthetic(tmp_path / "synthetic_firms.parquet", small)
    renamed = tmp_path / "firms.parquet"
    renamed.write_bytes(path.read_bytes())
    assert is_synthetic(path) and is_synthetic(renamed)
    bare.to_csv(tmp_path / "firms.csv", index=False)
    assert not is_synthetic(tmp_path / "firms.csv")
    with pytest.raises(ValueError, match="not labelled synthetic"):
        write_synthetic(tmp_path / "synthetic_firms.parquet", bare)
    for name in ("firms.parquet", "synthetic_firms.xlsx"):
        with pytest.raises(ValueError, match="has to begin with 'synthetic_' and end in"):
            write_synthetic(tmp_path / name, small)


# arguments


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"firms": 4_999}, ValueError, "at least 5,000"),
        ({"firms": 1e6}, TypeError, "whole number"),
        ({"firms": True}, TypeError, "whole number"),
        ({"seed": -1}, ValueError, "seed=-1"),
        ({"seed": "a"}, TypeError, "seed='a'"),
        ({"years": []}, ValueError, f"{FIRST_YEAR}-{LAST_YEAR}"),
        ({"years": 2020}, TypeError, "consecutive years"),
        ({"years": "2020"}, TypeError, "consecutive years"),
        ({"years": [2020.5]}, TypeError, "whole number"),
        ({"years": [2020, 2022]}, ValueError, "not consecutive"),
        ({"years": [2021, 2020]}, ValueError, "in order"),
        ({"years": [2020, 2020]}, ValueError, "not consecutive"),
        ({"years": range(2013, 2017)}, ValueError, "2013, 2014 lie outside; legal: consecutive years within 2015-2024"),
        ({"years": [2024, 2025]}, ValueError, "2025 lie outside"),
    ],
)
def test_bad_arguments_are_named_with_the_legal_ones(arguments, error, words):
    with pytest.raises(error, match=words):
        synthetic_register(**{"firms": 5_000, **arguments})


def test_targets_without_a_register_are_a_list_and_a_lacking_column_is_named(register):
    listed = targets()
    assert "achieved" not in listed and "within" not in listed
    assert set(listed["status"]) == {PUBLISHED, NOT_IMPOSED, ASSUMED}
    assert len(listed) > 100
    with pytest.raises(ValueError, match="lacks sales, ai_use"):
        targets(register.drop(columns=["sales", "ai_use"]))
