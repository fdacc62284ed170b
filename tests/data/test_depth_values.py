"""Depth of use as published: spot values, and what must hold between the cells."""

import pytest

import analysis as an
from analysis.data.ingest import own_transcriptions


@pytest.fixture(scope="module")
def depth():
    return an.load("technology_depth")


def test_computed_shares_of_users_agree_with_the_published_ones_where_both_exist():
    held, use = an.load("ai_purposes"), an.load("ai_adoption")
    users = held[~held["computed"] & (held["base"] == "enterprises that use AI")]
    both = users.merge(held[held["base"] == "all enterprises"], on=["year", "size_class", "purpose"])
    use = use[(use["country"] == "EU") & (use["industry"] == "all")][["year", "size_class", "value"]]
    both = both.merge(use.rename(columns={"value": "use"}), on=["year", "size_class"])
    assert len(both) == 3
    assert (both["value_x"] - 100 * both["value_y"] / both["use"]).abs().max() < 0.1


def test_spot_values_of_purposes():
    held = an.load("ai_purposes").set_index(["year", "size_class", "purpose", "base"])["value"]
    users = "enterprises that use AI"
    assert held[2025, "10-49", "research and innovation", users] == 17.33
    assert held[2025, "250+", "research and innovation", users] == pytest.approx(100 * 16.35 / 55.1, abs=0.005)
    assert (2025, "50-249", "marketing and sales", users) not in held.index


def test_smart_factories(depth):
    rows = depth[depth["survey"] == "mss-smart-manufacturing"].set_index(["size_class", "topic", "answer"])["value"]
    assert rows["all", "level", "basic"] == 75.5 and rows["all", "level", "advanced"] == 0.6
    above = [rows[size, "level", "intermediate or above"] for size in ("micro", "small", "medium", "mid-sized")]
    adopted = [rows[size, "adoption", "adopted"] for size in ("micro", "small", "medium", "mid-sized")]
    assert above == sorted(above) == [19.6, 22.6, 29.0, 40.3] and adopted == sorted(adopted)
    assert adopted[0] < rows["SME", "adoption", "adopted"] < rows["all", "adoption", "adopted"] < adopted[-1]


def test_every_transcribed_row_names_its_figure_and_agrees_with_it(depth):
    figures = an.load("published_figures").set_index("id")
    rows = depth[depth["source"] == "figures-transcribed"]
    assert (rows["figure"] != "").all() and rows["secondary"].all()
    assert (figures.loc[rows["figure"], "value"].to_numpy() == rows["value"].to_numpy()).all()


def test_us_effects_and_barriers(depth):
    rows = depth[(depth["country"] == "USA") & (depth["topic"] == "workforce")]
    assert set(rows["industry"]) == {"all", "manufacturing", "outside manufacturing"}
    assert (rows.groupby(["industry", "item"])["value"].sum() - 100).abs().max() <= 0.3
    skill = rows.set_index(["industry", "item", "answer"])["value"]["all", "skill level of workers"]
    assert skill["increase"] == 26.7 and skill["decrease"] == 4.4
    talent = depth[depth["item"] == "no access to talent"].set_index("size_class")["value"]
    assert talent["25000+"] == 10.3 and talent["1-4"] == 0.7 and len(talent) == 12


def test_ambition_is_the_transcription():
    table, read = an.load("ai_ambition"), own_transcriptions.read_ai_ambition()
    assert list(table["id"]) == sorted(read["id"]) and len(table) == 11
    budget = table.set_index("id").loc["AMB-03"]
    parts = table[table["part_of"] == "AMB-03"]["amount"].sum()
    assert budget["amount"] == 10.1 == pytest.approx(parts) and not budget["secondary"]
    assert "SMEs" in set(table["reaches"])
