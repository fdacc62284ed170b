"""The ledger of claims: what was claimed, what the data say by every definition, and the verdict by rule.

A claim has one or more parts. Each part is measured by one headline reading, the definition nearest the claim's
wording, and by alternatives: other definitions, price bases, years, vintages. A rule of `data/claims.yml`, written in
the words of `WORDS`, says of each reading whether the claim holds there. `verdict` turns the answers into a verdict on
each part, `together` into one on the claim. Nothing here is typed by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import import_module

import pandas as pd
import yaml

from analysis.data import catalogue

SUPPORTED, LIMITS, CONTRADICTED = "supported", "supported with limits", "contradicted"
UNTESTABLE, UNEXAMINED = "not testable with public data", "not yet examined"
VERDICTS = (SUPPORTED, LIMITS, CONTRADICTED, UNTESTABLE, UNEXAMINED)
MODEL = "model"
"""The basis of a claim that rests on a model and not on data."""
AGREED = "nothing; every reading agrees"
SHARE_NEEDED = 0.75
"""The share of alternatives that must agree with the headline for a verdict without limits."""


@dataclass(frozen=True)
class Word:
    """What a word of a rule means, for all claims alike."""

    meaning: str
    holds: Callable[[float, float | None], bool]
    target: bool = False


WORDS = {
    "about": Word("within 20 % of the target", lambda value, target: abs(value / target - 1) <= 0.20, target=True),
    "over": Word("more than the target", lambda value, target: value > target, target=True),
    "under": Word("less than the target", lambda value, target: value < target, target=True),
    "most": Word("a share over one half", lambda value, _: value > 0.5),
    "many": Word("a share of at least one third", lambda value, _: value >= 1 / 3),
    "near parity": Word("a ratio of at least 0.9", lambda value, _: value >= 0.9),
    "a third": Word("a ratio from 0.28 to 0.39", lambda value, _: 0.28 <= value <= 0.39),
    "among the leaders": Word("rank within the top fifth", lambda value, _: value <= 0.2),
    "lower third": Word("rank below two thirds of the countries", lambda value, _: value > 2 / 3),
    "the highest": Word("no country ranks above", lambda value, _: value == 1),
}
"""The dictionary of the rules. Ranks are read as rank divided by the number of countries, "the highest" as the rank."""


@dataclass(frozen=True)
class Reading:
    """One measurement of one part of a claim, by one definition.

    Parameters
    ----------
    part : str
        The part of the claim, as the rule names it.
    label : str
        The definition, in words.
    value : float
        The measured value, in `unit`.
    unit : str
    table : str
        The table of the data package it was computed from.
    headline : bool
        Whether this is the definition nearest the claim's wording.
    turns_on : str
        What sets this definition apart from the headline: "year", "price basis", "definition", ...
    year : int or str
    vintage : str
    secondary : bool
        Whether the value rests on a figure quoted from a secondary source.
    shown : str, optional
        How to print the value; by default the number with its unit.
    """

    part: str
    label: str
    value: float
    unit: str
    table: str
    headline: bool = False
    turns_on: str = "definition"
    year: int | str = ""
    vintage: str = ""
    secondary: bool = False
    shown: str = ""

    def text(self) -> str:
        """Return the value as it is printed."""
        if self.shown:
            return self.shown
        number = f"{self.value:.2f}" if abs(self.value) < 10 else f"{self.value:,.1f}"
        return f"{number} {self.unit}".strip()


class Unmeasurable(ValueError):
    """The data do not hold what a claim needs; the message says what is missing."""


@dataclass(frozen=True)
class Judgement:
    """What the ledger says of one claim. `readings` has one row per reading with `holds`, the rule's answer."""

    id: str
    claim: str
    chapter: str
    quotation: str | None
    verdict: str
    measured: str
    depends_on: str
    basis: str
    evidence: str
    rule: str
    vintage: str
    readings: pd.DataFrame
    stronger: Judgement | None = None
    parts: dict[str, str] = field(default_factory=dict)
    """Verdict on each part, by its name."""

    def as_dict(self) -> dict:
        """Return the judgement as plain values, as `claims.json` carries it."""
        plain = {key: value for key, value in self.__dict__.items() if key not in {"readings", "stronger"}}
        plain["readings"] = self.readings.astype(object).to_dict("records")
        plain["stronger"] = self.stronger.as_dict() if self.stronger else None
        return plain


@cache
def _ledger() -> dict[str, dict]:
    entries = yaml.safe_load((catalogue.folder() / "claims.yml").read_text(encoding="utf-8"))["claims"]
    return {entry["id"]: entry for entry in entries}


def ids(examined: bool | None = None) -> list[str]:
    """Return the ids of the claims: all of them, or those that are (not) examined yet."""
    return [key for key, entry in _ledger().items() if examined is None or bool(entry.get("parts")) == examined]


def judge(claim: str, load: Callable[[str], pd.DataFrame] = catalogue.load) -> Judgement:
    """Measure a claim and apply its rule.

    Parameters
    ----------
    claim : str
        Claim id, such as "A1".
    load : callable
        Where tables come from; tests pass one that alters them.

    Raises
    ------
    ValueError
        If there is no such claim, or its measure and its rule do not fit together.

    Examples
    --------
    >>> judge("A1").verdict in VERDICTS
    True
    """
    if claim not in _ledger():
        raise ValueError(f"no claim {claim!r}; legal ids: {', '.join(_ledger())}")
    entry = _ledger()[claim]
    if not entry.get("parts"):
        return _judgement(entry, [], UNEXAMINED, pd.DataFrame(), "")
    try:
        readings = _measure(entry["measure"])(load)
    except Unmeasurable as missing:
        return _judgement(
            entry, entry["parts"], UNTESTABLE, pd.DataFrame(), f"{missing}. Would decide: {entry['would_decide']}"
        )
    stronger = entry.get("stronger")
    other = _verdict_on({**entry, **stronger}, readings) if stronger else None
    known = {part["part"] for part in [*entry["parts"], *(stronger or {}).get("parts", [])]}
    stray = sorted({one.part for one in readings} - known)
    if stray:
        raise ValueError(
            f"claim {claim}: no rule for parts {', '.join(stray)}; rules exist for {', '.join(sorted(known))}"
        )
    return _verdict_on(entry, readings, other)


def _measure(name: str) -> Callable:
    room, function = name.split(".")
    return getattr(import_module(f"analysis.report.measures.{room}"), function)


def _verdict_on(entry: dict, readings: list[Reading], stronger: Judgement | None = None) -> Judgement:
    rules = {part["part"]: part for part in entry["parts"]}
    frame = pd.DataFrame([{**asdict(one), "shown": one.text()} for one in readings if one.part in rules])
    for name in rules:
        heads = int(frame.loc[frame["part"] == name, "headline"].sum()) if len(frame) else 0
        if heads != 1:
            raise ValueError(f"claim {entry['id']}, part {name!r}: {heads} headline readings; exactly one is needed")
    frame["holds"] = [holds(rules[part], value) for part, value in zip(frame["part"], frame["value"], strict=True)]
    basis = entry.get("basis", "data")
    groups = frame.groupby("part", sort=False)
    found = {name: capped(verdict(rows["headline"], rows["holds"]), basis) for name, rows in groups}
    turns = _depends_on(frame, found)
    if basis == MODEL:
        place = f" (map: {entry['map']})" if "map" in entry else ""
        turns = f"the model, and where in its admissible region Korea lies{place}; {turns}".removesuffix(f"; {AGREED}")
    return _judgement(entry, entry["parts"], together(found.values()), frame, turns, stronger, found)


def holds(rule: dict, value: float) -> bool:
    """Apply one rule to one value.

    Parameters
    ----------
    rule : dict
        ``word`` (a key of `WORDS`) and, where the word needs one, ``target``; ``negate: true`` turns it round.
    value : float

    Examples
    --------
    >>> holds({"word": "about", "target": 44}, 51.0), holds({"word": "most"}, 0.42)
    (True, False)
    """
    if rule["word"] not in WORDS:
        raise ValueError(f"rule word {rule['word']!r}; legal words: {', '.join(WORDS)}")
    word = WORDS[rule["word"]]
    if word.target != ("target" in rule):
        raise ValueError(f"rule word {rule['word']!r} {'needs a' if word.target else 'takes no'} target")
    if pd.isna(value):
        raise ValueError(f"rule word {rule['word']!r}: the value is missing")
    return bool(word.holds(value, rule.get("target"))) != bool(rule.get("negate", False))


def verdict(headline: pd.Series, holding: pd.Series) -> str:
    """Turn the answers of all readings of one part into a verdict on that part.

    Parameters
    ----------
    headline : Series of bool
        Which reading is the headline one.
    holding : Series of bool
        Of which readings the rule says that the claim holds.

    Returns
    -------
    str
        "supported" if the headline and at least three quarters of the alternatives hold, "contradicted" if the
        headline and at least three quarters fail, "supported with limits" for anything between.

    Raises
    ------
    ValueError
        If there is no alternative beside the headline.

    Examples
    --------
    >>> verdict(pd.Series([True, False, False]), pd.Series([True, True, False]))
    'supported with limits'
    """
    headline, holding = headline.astype(bool), holding.astype(bool)
    others = holding[~headline]
    if len(others) == 0:
        raise ValueError("a claim needs at least one alternative reading beside the headline")
    head, share = bool(holding[headline].all()), float(others.mean())
    if head and share >= SHARE_NEEDED:
        return SUPPORTED
    return CONTRADICTED if not head and 1 - share >= SHARE_NEEDED else LIMITS


def together(parts: Iterable[str]) -> str:
    """Combine the verdicts on the parts of a claim: a claim says all its parts, so no part may outvote another.

    Returns
    -------
    str
        "supported" or "contradicted" if every part is, "supported with limits" for anything between.

    Examples
    --------
    >>> together(["supported", "contradicted"])
    'supported with limits'
    """
    parts = set(parts)
    return parts.pop() if parts in ({SUPPORTED}, {CONTRADICTED}) else LIMITS


def part_name(name: str) -> str:
    """Return the name of a part as it is printed.

    Examples
    --------
    >>> part_name("korea_size_mix")
    'Korea size mix'
    """
    return str(name).replace("_", " ").replace("korea", "Korea")


def capped(found: str, basis: str) -> str:
    """Return the verdict that the basis of a claim allows: what rests on a model is at most supported with limits.

    Examples
    --------
    >>> capped("supported", "model"), capped("supported", "data"), capped("contradicted", "model")
    ('supported with limits', 'supported', 'contradicted')
    """
    return LIMITS if basis == MODEL and found == SUPPORTED else found


def agreement(readings: pd.DataFrame) -> str:
    """Return in words on how many readings a claim holds, and on how many of each part where it has several.

    Examples
    --------
    >>> agreement(pd.DataFrame({"part": ["gap", "gap", "pace"], "holds": [True, True, False]}))
    '2 of 3 readings: gap 2 of 2, pace 0 of 1'
    """
    whole = f"{int(readings['holds'].sum())} of {len(readings)} readings"
    parts = [f"{part_name(name)} {int(rows['holds'].sum())} of {len(rows)}"
             for name, rows in readings.groupby("part", sort=False)]  # fmt: skip
    return f"{whole}: {', '.join(parts)}" if len(parts) > 1 else whole


def _depends_on(frame: pd.DataFrame, found: dict[str, str]) -> str:
    """Name the parts that fail and, for the others, the readings that disagree with the headline of their part."""
    words = []
    for part, rows in frame.groupby("part", sort=False):
        head = bool(rows.loc[rows["headline"], "holds"].iloc[0])
        others = rows[~rows["headline"]]
        odd = others.loc[others["holds"] != head, "turns_on"].unique()
        name = part_name(part) + ": " if len(found) > 1 else ""
        failing = int((~others["holds"]).sum())
        if not head and failing:
            words.append(f"{name}fails on the headline and on {failing} of {len(others)} alternatives")
        elif not head:
            words.append(f"{name}fails on the headline, holds on every alternative")
        elif len(odd):
            words.append(f"{name}{', '.join(odd)}")
    return "; ".join(words) or AGREED


def _judgement(entry, parts, found, frame, depends_on, stronger=None, by_part=None) -> Judgement:
    heads = frame[frame["headline"]] if len(frame) else frame
    return Judgement(
        id=entry["id"], claim=entry["claim"], chapter=entry["chapter"], quotation=entry.get("quotation"), verdict=found,
        measured=_measured(heads, parts) if len(frame) else "", depends_on=depends_on,
        basis=entry.get("basis", "data"),
        evidence=("secondary" if heads["secondary"].any() else "primary") if len(frame) else "",
        rule="; ".join(_rule_in_words(part) for part in parts),
        vintage="; ".join(dict.fromkeys(heads["vintage"])) if len(frame) else "", readings=frame, stronger=stronger,
        parts=dict(by_part or {}),
    )  # fmt: skip


def _measured(heads: pd.DataFrame, parts: list[dict]) -> str:
    """Say what was measured: the words of each rule, the headline value and its year."""
    says = {part["part"]: part["says"] for part in parts}
    words = []
    for row in heads.itertuples():
        year = f" ({row.year})" if str(row.year) and str(row.year) not in row.shown else ""
        words.append(f"{says[row.part]}: {row.shown}{year}")
    return "; ".join(words)


def _rule_in_words(part: dict) -> str:
    target = f" {part['target']}" if "target" in part else ""
    return f"{part['says']}: {'not ' if part.get('negate') else ''}{part['word']}{target}"


@cache
def _judged() -> tuple[Judgement, ...]:
    return tuple(judge(claim) for claim in ids())


def board() -> pd.DataFrame:
    """Return the claim board: one row per claim.

    Returns
    -------
    DataFrame
        Columns `id`, `claim`, `chapter`, `measured`, `verdict`, `depends_on`, `basis`, `evidence`, `rule`, `vintage`.

    Examples
    --------
    >>> import analysis as an
    >>> set(an.claims.board()["verdict"]) <= set(an.claims.VERDICTS)
    True
    """
    columns = ["id", "claim", "chapter", "measured", "verdict", "depends_on", "basis", "evidence", "rule", "vintage"]
    return pd.DataFrame([{name: getattr(one, name) for name in columns} for one in _judged()], columns=columns)
