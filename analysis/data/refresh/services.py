"""What to ask of which service for each series that has one, and how to refresh by hand what has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from analysis.data.ingest import answers, eurostat, eurostat_purposes, oecd_size
from analysis.data.ingest.tables_macro import WDI, WDI_SOURCE
from analysis.data.refresh import eurostat_service, sdmx_service, world_bank_service
from analysis.data.refresh.sdmx_service import Flow
from analysis.data.refresh.session import Session

ADDRESSES = {
    "oecd": "https://sdmx.oecd.org/public/rest",
    "ilo": "https://sdmx.ilo.org/rest",
    "world-bank": "https://api.worldbank.org/v2",
    "eurostat": "https://ec.europa.eu/eurostat/api/dissemination/sdmx/2.1",
}
"""Service to its public address."""


@dataclass(frozen=True)
class Answer:
    """What a service gave: a table of text, and the vintage where the service states one."""

    table: pd.DataFrame
    vintage: str | None = None


@dataclass(frozen=True)
class Question:
    """What to ask for one series.

    Parameters
    ----------
    series : str
        Id of the series in `analysis.data.ingest.answers`.
    service : str
        A key of `ADDRESSES`.
    dataset : str
        What the publisher calls the data, for the description of the source.
    ask : callable
        From the address of the service and a session to the answer.
    kinds : tuple of str
        Kinds of answer that the service gives.
    """

    series: str
    service: str
    dataset: str
    ask: Callable[[str, Session], Answer]
    kinds: tuple[str, ...] = field(default=sdmx_service.KINDS)


def _flow(agency: str, flow: str, version: str, **key: tuple[str, ...]) -> Callable[[str, Session], Answer]:
    wanted = Flow(agency, flow, version, key)
    return lambda base, session: Answer(sdmx_service.fetch(wanted, base, session))


def _indicators(base: str, session: Session) -> Answer:
    parts = [world_bank_service.fetch(code, base, session) for code, _, _ in WDI.values()]
    return Answer(pd.concat([table for table, _ in parts], ignore_index=True), max(updated for _, updated in parts))


def _part(dataset: str, *parts_of: tuple[Mapping, Mapping]) -> Callable[[str, Session], Answer]:
    """Return what asks for parts of a dataset, each a key to ask for and the codes to keep."""

    def ask(base: str, session: Session) -> Answer:
        parts = [eurostat_service.fetch(dataset, key, base, session, only) for key, only in parts_of]
        return Answer(pd.concat([table for table, _ in parts], ignore_index=True), max(updated for _, updated in parts))

    return ask


_PRODUCTIVITY = {
    "FREQ": ("A",), "MEASURE": ("GDPHRS",), "ACTIVITY": ("_T",), "UNIT_MEASURE": ("USD_PPP_H",),
    "TRANSFORMATION": ("N",), "CONVERSION_TYPE": ("PPP",),
}  # fmt: skip
_PDB = ("OECD.SDD.TPS", "DSD_PDB@DF_PDB", "2.0")
_SIZES, _EU = tuple(eurostat.SIZES), ("EU27_2020",)
_SHARE = {"indic_is": ("E_AI_TANY",), "unit": ("PC_ENT",)}
_PURPOSES = tuple(name.split()[0] for name in eurostat_purposes.PURPOSES if name != "E_AI_TANY")
_ESTAT = {"service": "eurostat", "kinds": eurostat_service.KINDS}

QUESTIONS = (
    Question(
        "oecd-pdb-2026-09", "oecd", "Productivity Database, DSD_PDB@DF_PDB v2.0, GDPHRS, constant prices, 2020 PPPs",
        _flow(*_PDB, **_PRODUCTIVITY, PRICE_BASE=("LR",)),
    ),
    Question(
        "oecd-pdb-2026-kor", "oecd",
        "Productivity Database, DSD_PDB@DF_PDB v2.0, GDPHRS, current prices and PPPs, Korea",
        _flow(*_PDB, **_PRODUCTIVITY, PRICE_BASE=("V",), REF_AREA=("KOR",)),
    ),
    Question(
        "ilo-2026-03", "ilo", "ILO modelled estimates, output per hour worked (constant 2021 international USD at PPP)",
        _flow("ILO", "DF_GDP_2HRW_NOC_NB", "1.0", FREQ=("A",), MEASURE=("GDP_2HRW_NB",)),
    ),
    Question(
        "oecd-hours-2025", "oecd", "Average annual hours actually worked per worker, DSD_HW@DF_AVG_ANN_HRS_WKD v1.0",
        _flow(
            "OECD.ELS.SAE", "DSD_HW@DF_AVG_ANN_HRS_WKD", "1.0", FREQ=("A",), MEASURE=("HW",),
            UNIT_MEASURE=("H_Y_PS",), WORKER_STATUS=("_T",),
        ),
    ),
    Question(
        "oecd-national-accounts-2025", "oecd",
        "Annual national accounts, employment by activity (domestic concept), DSD_NAMAIN10@DF_TABLE3_EMPDC v2.0",
        _flow(
            "OECD.SDD.NAD", "DSD_NAMAIN10@DF_TABLE3_EMPDC", "2.0", FREQ=("A",), SECTOR=("S1",), TRANSACTION=("EMP",),
            ACTIVITY=("_T",), UNIT_MEASURE=("PS", "H"),
        ),
    ),
    Question(
        WDI_SOURCE, "world-bank",
        "World Development Indicators, " + " and ".join(code for code, _, _ in WDI.values())
        + " (from the UNESCO Institute for Statistics and the OECD)",
        _indicators, world_bank_service.KINDS,
    ),
    Question(
        oecd_size.SDBS_YEARS, "oecd",
        "Structural business statistics by size class, DSD_SDBSBSC_ISIC4@DF_SDBS_ISIC4, Korea and Japan with years",
        _flow(
            "OECD.SDD.TPS", "DSD_SDBSBSC_ISIC4@DF_SDBS_ISIC4", "1.0", FREQ=("A",), REF_AREA=("KOR", "JPN"),
            MEASURE=("EMPN", "ENTR"), SIZE_CLASS=("S1T9", "S10T49", "S50T249", "S_GE250", "_T"),
        ),
    ),
    Question(
        eurostat.BY_SIZE,
        dataset="Artificial intelligence by size class of enterprise, isoc_eb_ai, indicator E_AI_TANY",
        ask=_part("isoc_eb_ai", ({**_SHARE, "nace_r2": (eurostat.ACTIVITIES,)}, {"size_emp": _SIZES})), **_ESTAT,
    ),
    Question(
        eurostat.BY_INDUSTRY, dataset="Artificial intelligence by NACE activity, isoc_eb_ain2, EU, from 2025",
        ask=_part("isoc_eb_ain2", ({**_SHARE, "geo": _EU, "size_emp": ("GE10",)}, {})), **_ESTAT,
    ),
    Question(
        eurostat_purposes.SOURCE,
        dataset="Artificial intelligence by size class of enterprise, isoc_eb_ai, selected purposes",
        ask=_part(
            "isoc_eb_ai",
            ({"geo": _EU, "indic_is": _PURPOSES}, {"unit": tuple(eurostat_purposes.BASES), "size_emp": _SIZES}),
            ({"geo": _EU, "indic_is": ("E_AI_TANY",), "unit": ("PC_ENT_IUSE",)}, {"size_emp": _SIZES}),
        ), **_ESTAT,
    ),
)  # fmt: skip
"""One question per series of `answers.SERIES`, in its order."""

BY_FILE = "Download the publisher's file, give it the name below and run python -m analysis.data.ingest"
TRANSCRIBED = "Figures read from publications: read the newer one and change the transcription (each row names its own)"
COMPUTED = "Computed by analysis/policy_lab from the other tables; its modules have command lines of their own"
SELECTION = f"A carrier's selection from a service (the latest year of each cell). {BY_FILE}"
CLOSED = "Nothing to do: an edition that stays as it was"
_FIGURES = ("published_figures.csv", "effect_estimates.csv")
_ALONE = {"oecd-sdbs-2026-03": SELECTION, "oecd-pdb-2024-06": CLOSED, "pwt-10.01": CLOSED}


def by_hand(descriptors: Mapping[str, dict]) -> pd.DataFrame:
    """List the sources that no service answers: `table`, `source`, `publisher`, `address`, `files`, `how`.

    Parameters
    ----------
    descriptors : mapping
        Table to its resource in `datapackage.json`, with `sources`.
    """
    asked = {series.id for series in answers.SERIES}
    rows = []
    for name, resource in descriptors.items():
        for source in resource["sources"]:
            if source["id"] in asked:
                continue
            files = [file for file in source.get("files") or [] if file not in _FIGURES]
            how = COMPUTED if name.startswith("lab_") else BY_FILE if files else TRANSCRIBED
            how = _ALONE.get(source["id"], how)
            rows.append((name, source["id"], source["publisher"], source["address"], ", ".join(files), how))
    return pd.DataFrame(rows, columns=["table", "source", "publisher", "address", "files", "how"])
