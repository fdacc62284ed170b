"""The ledger's machinery: words, rules, verdicts. What each claim measures is tested beside its measure."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from analysis.data import catalogue
from analysis.report import cards, claims
from analysis.report.claims import CONTRADICTED, LIMITS, SUPPORTED, UNEXAMINED, UNTESTABLE, Reading

LEDGER = yaml.safe_load((catalogue.folder() / "claims.yml").read_text(encoding="utf-8"))["claims"]
EXAMINED = [entry for entry in LEDGER if entry.get("parts")]


@pytest.mark.parametrize(
    ("word", "target", "inside", "outside"),
    [
        ("about", 44, [35.2, 44, 52.8], [35.1, 52.9]),
        ("over", 0.8, [0.8001], [0.8, 0.1]),
        ("under", 1, [0.99], [1, 1.2]),
        ("most", None, [0.51], [0.5]),
        ("many", None, [1 / 3, 0.5], [0.33]),
        ("near parity", None, [0.9, 1.3], [0.89]),
        ("a third", None, [0.28, 0.39], [0.27, 0.4]),
        ("among the leaders", None, [1 / 38, 0.2], [0.21]),
        ("lower third", None, [26 / 38], [2 / 3, 0.2]),
        ("the highest", None, [1], [2]),
    ],
)
def test_words_mean_what_the_dictionary_says(word, target, inside, outside):
    rule = {"word": word} if target is None else {"word": word, "target": target}
    assert all(claims.holds(rule, value) for value in inside)
    assert not any(claims.holds(rule, value) for value in outside)
    assert not any(claims.holds({**rule, "negate": True}, value) for value in inside)


def test_every_word_of_the_dictionary_is_tested_and_every_rule_uses_one():
    used = {
        part["word"] for entry in EXAMINED for part in [*entry["parts"], *entry.get("stronger", {}).get("parts", [])]
    }
    assert used <= set(claims.WORDS)


@pytest.mark.parametrize(
    ("rule", "value", "says"),
    [
        ({"word": "roughly"}, 1, "legal words: about"),
        ({"word": "about"}, 1, "needs a target"),
        ({"word": "most", "target": 1}, 1, "takes no target"),
        ({"word": "most"}, float("nan"), "missing"),
    ],
)
def test_a_bad_rule_is_named(rule, value, says):
    with pytest.raises(ValueError, match=says):
        claims.holds(rule, value)


@given(st.lists(st.booleans(), min_size=1, max_size=12), st.booleans())
def test_a_verdict_follows_from_the_headline_and_three_quarters(others, head):
    found = claims.verdict(pd.Series([True] + [False] * len(others)), pd.Series([head, *others]))
    share = sum(others) / len(others)
    if head:
        assert found == (SUPPORTED if share >= 0.75 else LIMITS)
    else:
        assert found == (CONTRADICTED if share <= 0.25 else LIMITS)


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ([SUPPORTED, SUPPORTED], SUPPORTED), ([CONTRADICTED], CONTRADICTED), ([SUPPORTED, CONTRADICTED], LIMITS),
        ([LIMITS, SUPPORTED], LIMITS), ([LIMITS, CONTRADICTED], LIMITS),
    ],
)  # fmt: skip
def test_no_part_outvotes_another(parts, found):
    assert claims.together(parts) == found


def test_a_verdict_needs_an_alternative():
    with pytest.raises(ValueError, match="at least one alternative"):
        claims.verdict(pd.Series([True]), pd.Series([True]))


def _entry(**changes):
    return {
        "id": "X1",
        "claim": "x",
        "chapter": "c",
        "would_decide": "w",
        "parts": [{"part": "p", "says": "s", "word": "most"}],
        **changes,
    }


def _readings(*values, **changes):
    return [Reading("p", f"d{i}", v, "", "gdp_per_hour", headline=i == 0, **changes) for i, v in enumerate(values)]


def test_a_judgement_names_what_it_turns_on():
    judged = claims._verdict_on(
        _entry(), [*_readings(0.6, 0.7), Reading("p", "other year", 0.2, "", "t", turns_on="year")]
    )
    assert judged.verdict == LIMITS
    assert judged.depends_on == "year"


def test_what_rests_on_a_model_is_at_most_supported_with_limits():
    for values, by_data, by_model in [
        ((0.6, 0.7), SUPPORTED, LIMITS), ((0.6, 0.2), LIMITS, LIMITS), ((0.1, 0.2), CONTRADICTED, CONTRADICTED)
    ]:  # fmt: skip
        assert claims._verdict_on(_entry(), _readings(*values)).verdict == by_data
        judged = claims._verdict_on(_entry(basis="model"), _readings(*values))
        assert judged.verdict == by_model and judged.basis == "model"
        assert judged.depends_on.startswith("the model, and where in its admissible region Korea lies")
        assert claims.AGREED not in judged.depends_on
        placed = claims._verdict_on(_entry(basis="model", map="fig-some-map"), _readings(*values))
        assert "Korea lies (map: fig-some-map)" in placed.depends_on
        assert '<a href="page.html#fig-some-map">' in cards._linked(placed.depends_on, "page.html")


def test_the_map_of_every_claim_that_rests_on_a_model_is_on_its_page():
    for name, entry in claims._ledger().items():
        if entry.get("basis") == claims.MODEL:
            page = Path(__file__).parents[2] / "book" / f"{entry['chapter']}.md"
            assert f'an.exhibit("{entry["map"]}"' in page.read_text(encoding="utf-8"), name


def test_a_part_needs_exactly_one_headline():
    with pytest.raises(ValueError, match="0 headline readings"):
        claims._verdict_on(_entry(), [Reading("p", "d", 0.4, "", "t")])


def test_a_headline_from_a_secondary_source_makes_the_evidence_secondary():
    assert claims._verdict_on(_entry(), _readings(0.6, 0.7)).evidence == "primary"
    assert claims._verdict_on(_entry(), _readings(0.6, 0.7, secondary=True)).evidence == "secondary"


def test_an_unknown_claim_is_named():
    with pytest.raises(ValueError, match="no claim 'Z9'; legal ids: A1"):
        claims.judge("Z9")


def test_the_ledger_holds_every_claim_with_its_parts():
    assert claims.ids() == [
        *(f"A{i}" for i in range(1, 10)),
        *(f"B{i}" for i in range(8)),
        *(f"C{i}" for i in range(1, 7)),
    ]
    for entry in EXAMINED:
        assert {"claim", "chapter", "measure", "quotation", "parts", "stronger", "would_decide"} <= set(entry), entry[
            "id"
        ]
        assert entry["quotation"] is None or len(entry["quotation"].split()) <= 25, entry["id"]


def test_claims_that_no_chapter_examines_say_so():
    for claim in claims.ids(examined=False):
        judged = claims.judge(claim)
        assert (judged.verdict, judged.measured) == (UNEXAMINED, "")


@pytest.mark.parametrize("claim", claims.ids(examined=True))
def test_a_claim_whose_data_are_missing_is_not_testable(claim):
    def without_korea(name):
        table = catalogue.load(name)
        column = "geography" if "geography" in table else "country" if "country" in table else None
        column = None if name == "effect_estimates" else column  # studies of all countries bear on B4: none is left
        kept = table[table[column] != "KOR"] if column else table.iloc[:0]
        kept.attrs = table.attrs
        return kept

    judged = claims.judge(claim, without_korea)
    assert judged.verdict == UNTESTABLE
    assert "Would decide" in judged.depends_on


def test_the_board_has_the_promised_columns_and_a_row_per_claim():
    board = claims.board()
    assert list(board) == [
        "id",
        "claim",
        "chapter",
        "measured",
        "verdict",
        "depends_on",
        "basis",
        "evidence",
        "rule",
        "vintage",
    ]
    assert list(board["id"]) == claims.ids()
    assert set(board["verdict"]) <= set(claims.VERDICTS)
    examined = board[~board["verdict"].isin([UNEXAMINED, UNTESTABLE])]
    assert (examined["measured"].str.len() > 0).all()
    assert set(examined["evidence"]) <= {"primary", "secondary"}


def test_cards_give_the_verdict_on_each_part_where_they_differ():
    from analysis.report import cards

    judged = claims.judge("A7")
    assert set(judged.parts) == {"sector_mix", "size_mix"} and len(set(judged.parts.values())) == 2
    words = cards.by_part(judged.parts)
    assert f"sector mix: {judged.parts['sector_mix']}" in words and words in cards.card("A7").html
    assert judged.as_dict()["parts"] == judged.parts
    alike = claims.judge("A3")
    assert len(set(alike.parts.values())) == 1 and cards.by_part(alike.parts) == ""
