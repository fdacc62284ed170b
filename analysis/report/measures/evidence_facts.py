"""The numbers of the page on what studies find, by name."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.report.measures import evidence
from analysis.report.measures import evidence_tables as tables

Load = Callable[[str], pd.DataFrame]


def facts(load: Load) -> dict:
    """Return the numbers of the page on what studies find, by name: all are counts of studies, but names and sets."""
    return {**_firms(load), **_korea(load), **_people(load), **_shown(load)}


def _firms(load: Load) -> dict:
    found, needed = evidence.studies(load), evidence.complements(load)
    abroad = found[found["country"] != "KOR"]
    causal = evidence.studies(load, designs=evidence.CAUSAL)
    journals = evidence.studies(load, treatments=(evidence.USE, evidence.INVESTMENT), refereed=True)
    named, named_needed = evidence.studies(load, named=True), evidence.complements(load, named=True)
    return {
        "studies": len(found), "no_gain": _none(found), "gain": len(found) - _none(found),
        "abroad": len(abroad), "abroad_gain": len(abroad) - _none(abroad), "abroad_none": _none(abroad),
        "causal": len(causal), "causal_gain": len(causal) - _none(causal),
        "refereed": len(journals), "refereed_none": _none(journals),
        "refereed_names": _authors(journals[journals["finds"] == evidence.NO_GAIN]),
        "named": len(named), "named_none": _none(named), "unnamed": len(found) - len(named),
        "tested": len(needed), "needed": _needed(needed), "named_tested": len(named_needed),
        "named_needed": _needed(named_needed), "against_names": _authors(needed[needed["finds"] == "not needed"]),
    }  # fmt: skip


def _korea(load: Load) -> dict:
    korea, own = evidence.studies(load, country="KOR"), evidence.studies(load, country="KOR", primary=True)
    none = korea[korea["finds"] == evidence.NO_GAIN]
    table, together = load("effect_estimates"), evidence.studies(load, country="KOR", by_survey=True)
    unknown = table.loc[~table["authors_known"].astype(bool), "independent_group"]
    return {
        "korean": len(korea), "korean_none": len(none), "korean_press": int(none["secondary"].sum()),
        "korean_own": len(own), "korean_own_none": _none(own),
        "korean_one_survey": int((none["survey"] != "").sum()), "korean_surveys": len(together),
        "korean_surveys_none": _none(together),
        "korean_unconfirmed": int(none["group"].isin(unknown).sum()),
        "korean_no_design": int((none["design"] == "not stated").sum()),
    }  # fmt: skip


def _people(load: Load) -> dict:
    main, saved = tables.main_estimates(load), tables.hours_saved(load)
    lots = main[(main["level"] == "firm") & (main["design"] == "randomised")]
    workers, tasks = main[main["level"] == "worker"], main[main["level"] == "task"]
    null = workers[workers["direction"] != "positive"]
    return {
        "by_lot": len(lots), "by_lot_gain": int((lots["direction"] == "positive").sum()),
        "workers": len(workers), "workers_gain": int((workers["direction"] == "positive").sum()),
        "workers_null": _authors(null), "workers_no_gain": len(null), "tasks": len(tasks),
        "tasks_gain": int((tasks["direction"] == "positive").sum()), "hours_studies": len(saved),
        "main_studies": len(main), "main_errors": int(tables.has_error(main).sum()),
    }  # fmt: skip


def _shown(load: Load) -> dict:
    shown, sets = tables.estimate_rows(load, ("task", "worker", "firm")), tables.pools(load)
    broadest = sets.sort_values("studies", ascending=False, kind="stable").iloc[0]
    return {
        "shown": len(shown), "with_error": int(shown["has_error"].sum()), "hollow": int((~shown["has_error"]).sum()),
        "shown_low": float(shown["estimate"].min()), "shown_high": float(shown["estimate"].max()),
        "pooled": ", ".join(sets.loc[sets["qualifies"], "pool"]) or "none", "pool_needed": tables.NEEDED,
        "pool_name": broadest["pool"].replace("-", " "), "pool_studies": int(broadest["studies"]),
        "pool_errors": int(broadest["with_error"]), "pool_best": int(sets["primary"].max()),
    }  # fmt: skip


def _none(found: pd.DataFrame) -> int:
    return int((found["finds"] == evidence.NO_GAIN).sum())


def _needed(found: pd.DataFrame) -> int:
    return int((found["finds"] == "needed").sum())


def _authors(rows: pd.DataFrame) -> str:
    names = rows.sort_values("year")
    return "; ".join(names["study"].map(tables.short) + " " + names["year"].astype(str)) or "none"
