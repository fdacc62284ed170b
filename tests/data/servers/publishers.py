"""The services as they would answer if they held exactly the data that we hold."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pandas as pd

from analysis.data.ingest import eurostat, eurostat_purposes
from analysis.data.ingest.tables_macro import WDI, WDI_SOURCE
from tests.data.servers import eurostat_21, local, sdmx_21, world_bank_v2
from tests.data.servers.sdmx_21 import Flow

PDB = ("REF_AREA", "FREQ", "MEASURE", "ACTIVITY", "UNIT_MEASURE", "PRICE_BASE", "TRANSFORMATION", "ASSET_CODE",
       "CONVERSION_TYPE")  # fmt: skip
HOURS = ("REF_AREA", "MEASURE", "UNIT_MEASURE", "SEX", "AGE", "LABOUR_FORCE_STATUS", "FREQ", "HOURS_TYPE", "JOB",
         "WEEKLY", "AGGREGATION", "HORIZON", "WORKER_STATUS")  # fmt: skip
ACCOUNTS = ("FREQ", "REF_AREA", "SECTOR", "COUNTERPART_SECTOR", "TRANSACTION", "INSTR_ASSET", "ACTIVITY", "EXPENDITURE",
            "UNIT_MEASURE", "PRICE_BASE", "TRANSFORMATION", "TABLE_IDENTIFIER")  # fmt: skip
SIZES = ("FREQ", "REF_AREA", "MEASURE", "ACTIVITY", "SIZE_CLASS", "UNIT_MEASURE")
STATUS = ("OBS_STATUS", "UNIT_MULT", "BASE_PER")
EUROSTAT = ("freq", "size_emp", "nace_r2", "indic_is", "unit", "geo")
_COMMON = {"FREQ": "A", "OBS_STATUS": "A", "UNIT_MULT": "0"}


@dataclass
class Publishers:
    """The four services, to be altered before they are asked, and the addresses of the running ones."""

    oecd: sdmx_21.Service
    ilo: sdmx_21.Service
    world_bank: world_bank_v2.Service
    eurostat: eurostat_21.Service

    @contextmanager
    def running(self, **fault):
        """Run them; `fault` (service="...", fault, where, times) spoils one."""
        spoilt = fault.pop("service", None)
        paths = {"oecd": "/rest", "ilo": "/rest", "world-bank": "/v2", "eurostat": "/sdmx/2.1"}
        with ExitStack() as stack:
            servers = {
                name: stack.enter_context(
                    local.Local(getattr(self, name.replace("-", "_")), **(fault if name == spoilt else {}))
                )
                for name in paths
            }
            self.servers = servers
            yield {name: server.address + paths[name] for name, server in servers.items()}


def flow_of(service: sdmx_21.Service, part: str) -> Flow:
    """Return the flow whose id contains `part`."""
    return next(flow for id_, flow in service.flows.items() if part in id_)


def publishers(load: Callable[[str], pd.DataFrame]) -> Publishers:
    """Return services that hold what the tables hold that `load` gives."""
    per_hour, hours = load("gdp_per_hour"), load("hours_worked")
    productivity = [
        _productivity(row, "LR" if row.vintage == "oecd-pdb-2026-09" else "V")
        for row in per_hour[per_hour["vintage"].isin(["oecd-pdb-2026-09", "oecd-pdb-2026-kor"])].itertuples()
    ]
    productivity.append({**productivity[0], "REF_AREA": "OECD"})
    worked = [
        {**_COMMON, **dict.fromkeys(HOURS, "_Z"), "FREQ": "A", "REF_AREA": row.country, "MEASURE": "HW",
         "UNIT_MEASURE": "H_Y_PS", "WORKER_STATUS": "_T", "TIME_PERIOD": row.year, "OBS_VALUE": row.hours}
        for row in hours[hours["source"] == "oecd-hours-2025"].itertuples()
    ]  # fmt: skip
    accounts = [
        {**dict.fromkeys(ACCOUNTS, "_Z"), **_COMMON, "REF_AREA": row.country, "SECTOR": "S1", "TRANSACTION": "EMP",
         "ACTIVITY": "_T", "UNIT_MEASURE": unit, "TIME_PERIOD": row.year, "OBS_VALUE": value}
        for row in hours[hours["source"] == "oecd-national-accounts-2025"].itertuples()
        for unit, value in (("PS", 1), ("H", row.hours))
    ]  # fmt: skip
    modelled = [
        {**_COMMON, "REF_AREA": row.country, "MEASURE": "GDP_2HRW_NB", "TIME_PERIOD": row.year, "OBS_VALUE": row.value}
        for row in per_hour[per_hour["vintage"] == "ilo-2026-03"].itertuples()
    ]
    modelled += [{**modelled[0], "REF_AREA": code} for code in ("X92", "CHA")]
    return Publishers(
        sdmx_21.Service(
            Flow("OECD.SDD.TPS", "DSD_PDB@DF_PDB", "2.0", PDB, STATUS, tuple(productivity)),
            Flow("OECD.ELS.SAE", "DSD_HW@DF_AVG_ANN_HRS_WKD", "1.0", HOURS, STATUS[:2], tuple(worked)),
            Flow("OECD.SDD.NAD", "DSD_NAMAIN10@DF_TABLE3_EMPDC", "2.0", ACCOUNTS, STATUS[:2], tuple(accounts)),
            Flow("OECD.SDD.TPS", "DSD_SDBSBSC_ISIC4@DF_SDBS_ISIC4", "1.0", SIZES, STATUS[:2], tuple(_size_rows(load))),
        ),
        sdmx_21.Service(
            Flow("ILO", "DF_GDP_2HRW_NOC_NB", "1.0", ("REF_AREA", "FREQ", "MEASURE"), STATUS[:2], tuple(modelled))
        ),
        world_bank_v2.Service(_indicators(load)),
        eurostat_21.Service(
            {"isoc_eb_ai": (EUROSTAT, _ai_rows(load)), "isoc_eb_ain2": (EUROSTAT, _section_rows(load))}
        ),
    )


def _productivity(row, price_base: str) -> dict:
    return {
        **_COMMON, "REF_AREA": row.country, "MEASURE": "GDPHRS", "ACTIVITY": "_T", "UNIT_MEASURE": "USD_PPP_H",
        "PRICE_BASE": price_base, "TRANSFORMATION": "N", "ASSET_CODE": "_Z", "CONVERSION_TYPE": "PPP",
        "TIME_PERIOD": row.year, "OBS_VALUE": row.value, "BASE_PER": "2020" if price_base == "LR" else None,
    }  # fmt: skip


def _size_rows(load) -> list[dict]:
    table = load("size_employment")
    table = table[table["source"] == "oecd-sdbs-years-2026"]
    codes = {"1-9": "S1T9", "10-49": "S10T49", "50-249": "S50T249", "250+": "S_GE250"}
    rows = []
    for (country, year, section), cell in table.groupby(["country", "year", "industry"]):
        for measure, column in (("EMPN", "persons_employed"), ("ENTR", "units")):
            held = cell.dropna(subset=column)
            parts = [(codes[name], value) for name, value in zip(held["size_class"], held[column], strict=True)]
            if parts or measure == "EMPN":
                parts.append(("_T", held[column].sum() if parts else 1000))
            rows += [
                {**_COMMON, "REF_AREA": country, "MEASURE": measure, "ACTIVITY": section, "SIZE_CLASS": size,
                 "UNIT_MEASURE": {"EMPN": "PS", "ENTR": "ENT"}[measure], "TIME_PERIOD": year, "OBS_VALUE": value}
                for size, value in parts
            ]  # fmt: skip
    return rows


def _indicators(load) -> dict[str, list[tuple]]:
    table = load("inputs")
    table = table[table["source"] == WDI_SOURCE]
    rows = {
        code: [(row.country, row.year, row.value) for row in table[table["indicator"] == name].itertuples()]
        for name, (code, _, _) in WDI.items()
    }
    for part in rows.values():
        part += [("KOR", 1960, None), ("WLD", 2020, 2.1), ("", 2020, 1.0)]
    return rows


def _ai_rows(load) -> list[dict]:
    table = load("ai_adoption")
    geo = {ours: theirs for theirs, ours in eurostat.AREAS.items()}
    size = {ours: theirs for theirs, ours in eurostat.SIZES.items()}
    rows = [
        _cell(geo[row.country], size[row.size_class], "E_AI_TANY", "PC_ENT", row.year, row.value,
              {"b": "b", "C": "c"}.get(row.flag, ""))
        for row in table[table["source"] == eurostat.BY_SIZE].itertuples()
    ]  # fmt: skip
    purposes = load("ai_purposes")
    code = {ours: theirs.split()[0] for theirs, ours in eurostat_purposes.PURPOSES.items()}
    unit = {ours: theirs for theirs, ours in eurostat_purposes.BASES.items()}
    rows += [
        _cell("EU27_2020", size[row.size_class], code[row.purpose], unit[row.base], row.year, row.value)
        for row in purposes[~purposes["computed"]].itertuples()
    ]
    rows += [_cell("EU27_2020", name, "E_AI_TANY", "PC_ENT_IUSE", 2021, 8.0) for name in size.values()]
    return rows + [_cell("EU27_2020", "GE10", "E_AI_PPP", "PC_ENT", 2025, 4.0)]


def _section_rows(load) -> list[dict]:
    table = load("ai_adoption")
    table = table[table["source"] == eurostat.BY_INDUSTRY].replace({"industry": {"L": "L68"}})
    rows = [
        _cell("EU27_2020", "GE10", "E_AI_TANY", "PC_ENT", row.year, row.value, nace=row.industry)
        for row in table.itertuples()
    ]
    return rows + [{**rows[0], "time": "2024", "value": 9.0}, {**rows[0], "nace_r2": "C10-C12"}]


def _cell(geo, size, indicator, unit, year, value, flag="", nace=eurostat.ACTIVITIES) -> dict:
    return {
        "freq": "A", "size_emp": size, "nace_r2": nace, "indic_is": indicator, "unit": unit, "geo": geo,
        "time": str(year), "value": None if pd.isna(value) else value, "flag": flag,
    }  # fmt: skip
