"""Every reader against a local server of its protocol: the same data come back, and failures are named and harmless."""

import gzip
from dataclasses import replace
from functools import partial

import pytest

from analysis.data import catalogue, vintages
from analysis.data.ingest import answers
from analysis.data.refresh import prepare, sdmx_service, swap
from analysis.data.refresh import services as asking
from analysis.data.refresh.session import NoAnswer, Session
from tests.data.servers.local import Reply
from tests.data.servers.publishers import flow_of

SERIES = [series.id for series in answers.SERIES]
ONE_OF = {"oecd": "oecd-pdb-2026-kor", "ilo": "ilo-2026-03", "world-bank": "wdi-2026-07",
          "eurostat": "eurostat-isoc-eb-ai-2026-02"}  # fmt: skip
TABLE = {series.id: series.table for series in answers.SERIES}
FAST = partial(Session, timeout=5, tries=2, pause=0.001)


def refreshed(home, addresses, *series, session=FAST):
    return prepare.prepare(home, prepare.chosen(series, home), addresses, session=session)


def refused(home, addresses, *series, session=FAST):
    """Refresh in vain: return the error, after a look at what was left."""
    before = swap.fingerprint(home)
    swap.incoming(home).parent.mkdir(exist_ok=True)
    with pytest.raises(prepare.RefreshError) as failed:
        refreshed(home, addresses, *series, session=session)
    assert swap.fingerprint(home) == before
    assert list(swap.incoming(home).parent.iterdir()) == []
    assert failed.value.table == TABLE[series[0]]
    message = str(failed.value)
    assert TABLE[series[0]] in message and series[0] in message and "http://127.0.0.1:" in message
    assert "expected" in message
    return message


def test_every_series_with_a_service_has_a_question_and_a_source():
    assert [question.series for question in asking.QUESTIONS] == SERIES
    for series in answers.SERIES:
        assert series.id in {source["id"] for source in catalogue.load(series.table).attrs["source"]}


@pytest.mark.parametrize("series", SERIES)
def test_the_same_data_come_back(series, home, services):
    with services.running() as addresses:
        new = refreshed(home, addresses, series)
    found = new.changes[TABLE[series]]
    if series == "eurostat-isoc-eb-ai-purposes-2026-02":  # the service has cells that the file lacks
        assert set(found["change"]) == {"added"}
    else:
        assert vintages.counted(found) == "no value changes"
    assert list(new.sources["series"]) == [series]
    source = next(one for one in new.load(TABLE[series]).attrs["source"] if one["id"] == series)
    assert source["retrieved"] and source["files"] == [f"retrieved/{series}.csv"]
    assert source["vintage"] == {"world-bank": "2026-07-13", "eurostat": "2026-02-27"}.get(
        next(question.service for question in asking.QUESTIONS if question.series == series),
        f"as retrieved on {source['retrieved']}",
    )


@pytest.mark.parametrize("form", ["generic", "structurespecific"])
def test_both_forms_of_sdmx_data_give_the_same(form, services, monkeypatch):
    monkeypatch.setattr(sdmx_service, "ACCEPT", f"application/vnd.sdmx.{form}data+xml;version=2.1")
    flow = sdmx_service.Flow("ILO", "DF_GDP_2HRW_NOC_NB", "1.0", {"FREQ": ("A",)})
    with services.running() as addresses:
        table = sdmx_service.fetch(flow, addresses["ilo"], FAST(("xml",)))
    rows = services.ilo.flows["DF_GDP_2HRW_NOC_NB"].rows
    assert len(table) == len(rows)
    assert set(table["OBS_VALUE"].astype(float)) == {row["OBS_VALUE"] for row in rows}
    assert list(table.columns[:5]) == ["REF_AREA", "FREQ", "MEASURE", "TIME_PERIOD", "OBS_VALUE"]


def test_a_form_that_the_service_does_not_have_is_named(home, services, monkeypatch):
    monkeypatch.setattr(sdmx_service, "ACCEPT", "application/vnd.sdmx.data+json;version=1.0.0")
    with services.running() as addresses:
        assert "came status 406 Not Acceptable" in refused(home, addresses, "ilo-2026-03")


def test_the_world_bank_is_read_page_by_page(home, services):
    services.world_bank.page_limit = 20
    with services.running() as addresses:
        new = refreshed(home, addresses, "wdi-2026-07")
        pages = [address for address in services.servers["world-bank"].asked if "page=3" in address]
    assert len(pages) == 2 and new.changes["inputs"].empty


def test_a_new_value_a_new_year_and_a_lost_year_are_reported(home, services):
    rows = services.world_bank.rows["GB.XPD.RSDV.GD.ZS"]
    place = next(i for i, row in enumerate(rows) if row[:2] == ("KOR", 2020))
    rows[place] = ("KOR", 2020, rows[place][2] * 2)
    rows.append(("KOR", 2025, 5.5))
    del rows[next(i for i, row in enumerate(rows) if row[:2] == ("KOR", 2001))]
    with services.running() as addresses:
        found = refreshed(home, addresses, "wdi-2026-07").changes["inputs"]
    assert vintages.counted(found) == "1 row added, 1 removed, 1 changed"
    changed = found[found["change"] == "changed"].iloc[0]
    assert changed["relative"] == pytest.approx(1) and "country KOR, year 2020" in changed["row"]
    added = found[(found["change"] == "added") & (found["field"] == "value")].iloc[0]
    assert added["new"] == 5.5 and added["unit"]


FAULTS = {
    "timeout": "nothing within 0.3 seconds (asked 2 times)",
    "500": "came status 500 Internal Server Error",
    "truncated": "came an answer that broke off (asked 2 times)",
    "cut": "bytes that are not",
    "nothing": "came an empty body",
    "page": "content of type 'text/html; charset=utf-8'",
    "refused": "came status 404 Not Found: no results found",
}


@pytest.mark.parametrize("service", ONE_OF)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_service_that_fails_is_named_and_nothing_is_written(service, fault, home, services):
    where = {"world-bank": "/indicator/"}.get(service, "/data/")
    session = partial(FAST, timeout=0.3) if fault == "timeout" else FAST
    with services.running(service=service, fault=fault, where=where) as addresses:
        message = refused(home, addresses, ONE_OF[service], session=session)
        asked = [address for address in services.servers[service].asked if where in address]
    assert FAULTS[fault] in message
    assert len(asked) == (1 if fault in ("page", "refused") else 2), asked


@pytest.mark.parametrize("service", ["oecd", "ilo", "eurostat"])
def test_a_structure_that_does_not_come_is_named(service, home, services):
    with services.running(service=service, fault="500", where="/dataflow/") as addresses:
        message = refused(home, addresses, ONE_OF[service])
    assert "came status 500" in message and "/dataflow/" in message


@pytest.mark.parametrize("service", ONE_OF)
def test_a_service_that_recovers_is_asked_again(service, home, services):
    with services.running(service=service, fault="500", times=1) as addresses:
        new = refreshed(home, addresses, ONE_OF[service])
    assert new.changes[TABLE[ONE_OF[service]]].empty


def test_a_service_that_is_not_there_is_named(home, services):
    with services.running() as addresses:
        pass
    assert "came no connection (asked 2 times)" in refused(home, addresses, "wdi-2026-07")


def test_one_bad_series_keeps_out_all_the_others(home, services):
    with services.running(service="eurostat", fault="cut", where="isoc_eb_ain2") as addresses:
        before = swap.fingerprint(home)
        with pytest.raises(prepare.RefreshError, match="eurostat-isoc-eb-ain2"):
            refreshed(home, addresses)
    assert swap.fingerprint(home) == before


def alter(service, part, change):
    flow = flow_of(service, part)
    service.flows[flow.id] = change(flow)


def without(**cells):
    return lambda flow: replace(
        flow, rows=tuple(row for row in flow.rows if any(row.get(name) != cell for name, cell in cells.items()))
    )


def scaled(factor):
    return lambda flow: replace(flow, rows=tuple({**row, "OBS_VALUE": row["OBS_VALUE"] * factor} for row in flow.rows))


SDMX = {
    "a dimension has another name": (
        "oecd-pdb-2026-kor", "oecd", "DF_PDB", lambda flow: flow.renamed("MEASURE", "INDICATOR"),
        "expected a dimension MEASURE", "came dimensions REF_AREA, FREQ, INDICATOR",
    ),
    "an attribute has another name": (
        "oecd-pdb-2026-kor", "oecd", "DF_PDB", lambda flow: flow.renamed("OBS_STATUS", "STATUS"),
        "column 'OBS_STATUS'", "the column is missing; columns in the file",
    ),
    "another unit": (
        "oecd-pdb-2026-kor", "oecd", "DF_PDB", lambda flow: flow.changed(UNIT_MEASURE="EUR_PPP_H"),
        "expected status 200", "came status 404",
    ),
    "another base year": (
        "oecd-pdb-2026-09", "oecd", "DF_PDB", lambda flow: flow.changed(BASE_PER="2021"),
        "base year '2021' is not expected here; legal: 2020", "oecd-pdb-2026-09.csv",
    ),
    "another power of ten": (
        "oecd-sdbs-years-2026", "oecd", "SDBS", lambda flow: flow.changed(UNIT_MULT="3"),
        "power of ten '3' is not expected here; legal: 0", "UNIT_MULT",
    ),
    "persons in millions": (
        "oecd-national-accounts-2025", "oecd", "NAMAIN10", lambda flow: replace(flow, rows=tuple(
            {**row, "UNIT_MULT": "6"} if row["UNIT_MEASURE"] == "PS" else row for row in flow.rows)),
        "is outside 500 to 4000", "is the unit hours per worker per year?",
    ),
    "hours per week": (
        "oecd-hours-2025", "oecd", "DSD_HW", scaled(1 / 52), "is outside 500 to 4000", "hours per worker per year",
    ),
    "a new breakdown": (
        "oecd-hours-2025", "oecd", "DSD_HW",
        lambda flow: replace(flow, rows=(*flow.rows, *({**row, "SEX": "F"} for row in flow.rows))),
        "stands twice", "new breakdown",
    ),
    "a size class has another code": (
        "oecd-sdbs-years-2026", "oecd", "SDBS", lambda flow: replace(flow, rows=tuple(
            {**row, "SIZE_CLASS": "GE250"} if row["SIZE_CLASS"] == "S_GE250" else row for row in flow.rows)),
        "expected SIZE_CLASS S1T9, S10T49", "came no observation of S_GE250",
    ),
    "classes do not add up": (
        "oecd-sdbs-years-2026", "oecd", "SDBS", lambda flow: replace(flow, rows=tuple(
            {**row, "OBS_VALUE": 2 * row["OBS_VALUE"]} if row["SIZE_CLASS"] == "_T" else row for row in flow.rows)),
        "size classes do not add up", "came another",
    ),
    "a country code of another kind": (
        "ilo-2026-03", "ilo", "2HRW", lambda flow: replace(flow, rows=tuple(
            {**row, "REF_AREA": row["REF_AREA"][:2]} for row in flow.rows)),
        "is not an ISO 3166 alpha-3 code", "REF_AREA",
    ),
    "the flow is empty": (
        "ilo-2026-03", "ilo", "2HRW", lambda flow: replace(flow, rows=()), "expected status 200", "came status 404",
    ),
    "an observation stands twice": (
        "ilo-2026-03", "ilo", "2HRW", lambda flow: replace(flow, rows=(*flow.rows, flow.rows[0])),
        "expected every observation once", "more than once",
    ),
    "another version of the flow": (
        "ilo-2026-03", "ilo", "2HRW", lambda flow: replace(flow, version="2.0"),
        "expected status 200", "came status 404",
    ),
    "values in another unit": (
        "ilo-2026-03", "ilo", "2HRW", scaled(1000), "is outside 0.1 to 500: is the unit USD per hour?", "OBS_VALUE",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SDMX)
def test_a_changed_sdmx_flow_is_named_and_nothing_is_written(case, home, services):
    series, service, part, change, *words = SDMX[case]
    alter(getattr(services, service), part, change)
    with services.running() as addresses:
        message = refused(home, addresses, series)
    for word in words:
        assert word in message, message


def _rows(change):
    def alter(service):
        for code in service.rows:
            service.rows[code] = [change(row) for row in service.rows[code]]
    return alter


WORLD_BANK = {
    "a field has another name": (
        lambda service: service.names.update(countryiso3code="iso3"), "came a row without 'countryiso3code'",
    ),
    "the indicator is gone": (lambda service: service.rows.pop("GB.XPD.RSDV.GD.ZS"), "Invalid value"),
    "rows are lost": (lambda service: setattr(service, "short_by", 3), "rows of GB.XPD.RSDV.GD.ZS, came"),
    "a cell stands twice": (
        lambda service: service.rows["GB.XPD.RSDV.GD.ZS"].append(service.rows["GB.XPD.RSDV.GD.ZS"][0]), "stands twice",
    ),
    "there is nothing": (lambda service: service.rows["GB.XPD.RSDV.GD.ZS"].clear(), "0 rows"),
    "years are periods": (_rows(lambda row: (row[0], f"YR{row[1]}", row[2])), "expected a number, found 'YR"),
    "another kind of country code": (_rows(lambda row: (row[0][:2], *row[1:])), "is not an ISO 3166 alpha-3 code"),
    "no day of the last update": (lambda service: setattr(service, "updated", ""), "the day of the last update"),
}  # fmt: skip


@pytest.mark.parametrize("case", WORLD_BANK)
def test_a_changed_indicator_is_named_and_nothing_is_written(case, home, services):
    change, words = WORLD_BANK[case]
    change(services.world_bank)
    with services.running() as addresses:
        message = refused(home, addresses, "wdi-2026-07")
    assert words in message, message


def _cells(change):
    def alter(service):
        dimensions, rows = service.datasets["isoc_eb_ai"]
        service.datasets["isoc_eb_ai"] = dimensions, [change(row) for row in rows]
    return alter


def _renamed_dimension(service):
    dimensions, rows = service.datasets["isoc_eb_ai"]
    rows = [{"indicator" if name == "indic_is" else name: cell for name, cell in row.items()} for row in rows]
    service.datasets["isoc_eb_ai"] = tuple(
        "indicator" if name == "indic_is" else name for name in dimensions
    ), rows  # fmt: skip


def _doubled(service):
    service._data = lambda code, key, found=service._data: _with_last_line_twice(found(code, key))


def _with_last_line_twice(reply):
    text = gzip.decompress(reply.body)
    return replace(reply, body=gzip.compress(text + text.split(b"\r\n")[-2] + b"\r\n"))


def _ragged(service):
    service._data = lambda code, key, found=service._data: _without_last_cell(found(code, key))


def _without_last_cell(reply):
    text = gzip.decompress(reply.body).rstrip(b"\r\n")
    return replace(reply, body=gzip.compress(text.rpartition(b"\t")[0] + b"\r\n"))


EUROSTAT = {
    "a dimension has another name": (
        _renamed_dimension, "expected a dimension indic_is", "came dimensions freq, size_emp, nace_r2, indicator",
    ),
    "a size class has another code": (
        _cells(lambda row: {**row, "size_emp": row["size_emp"].replace("GE250", "GT249")}),
        "expected size_emp 10-49, 50-249, GE250, GE10", "came no cell of GE250",
    ),
    "an unknown area": (
        _cells(lambda row: {**row, "geo": row["geo"].replace("DE", "XX")}),
        "area 'XX' is not expected here", "legal: AL",
    ),
    "an unknown flag": (_cells(lambda row: {**row, "flag": "u"}), "flag 'u' is not expected here", "legal: , b, c"),
    "the industries have another code": (
        _cells(lambda row: {**row, "nace_r2": "B-S_X_K"}), "expected cells", "came none",
    ),
    "shares of another size": (
        _cells(lambda row: {**row, "value": row["value"] and row["value"] * 1000}), "is outside 0 to 100",
        "% of enterprises",
    ),
    "the column of time has another name": (
        lambda service: setattr(service, "time", "time"), "expected columns freq", "geo\\time",
    ),
    "a cell stands twice": (_doubled, "expected every cell once", "more than once"),
    "a line is short": (_ragged, "cells in every line", "cells in line"),
    "the dataset is gone": (
        lambda service: service.datasets.pop("isoc_eb_ai"), "expected status 200", "came status 404",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", EUROSTAT)
def test_a_changed_dataset_is_named_and_nothing_is_written(case, home, services):
    change, *words = EUROSTAT[case]
    change(services.eurostat)
    with services.running() as addresses:
        message = refused(home, addresses, "eurostat-isoc-eb-ai-2026-02")
    for word in words:
        assert word in message, message


def test_a_missing_section_is_named(home, services):
    dimensions, rows = services.eurostat.datasets["isoc_eb_ain2"]
    services.eurostat.datasets["isoc_eb_ain2"] = dimensions, [row for row in rows if row["nace_r2"] != "J"]
    with services.running() as addresses:
        assert "no row of section J since 2025" in refused(home, addresses, "eurostat-isoc-eb-ain2")


def test_the_pauses_between_tries_double_and_end(services, monkeypatch):
    pauses = []
    monkeypatch.setattr("analysis.data.refresh.session.time.sleep", pauses.append)
    with services.running(service="world-bank", fault="500") as addresses:
        with pytest.raises(NoAnswer, match=r"\(asked 4 times\)"):
            Session(("json",)).get(addresses["world-bank"] + "/en/x")
        assert len(services.servers["world-bank"].asked) == 4
    assert pauses == [2, 4, 8]


def test_a_queue_for_large_requests_is_named(home, services):
    queued = b"<s:Body xmlns:s='s'><s:status><s:key>k</s:key><s:status>SUBMITTED</s:status></s:status></s:Body>"
    services.eurostat._data = lambda code, key: Reply(queued, "application/xml")
    with services.running() as addresses:
        message = refused(home, addresses, "eurostat-isoc-eb-ai-2026-02")
    assert "came a place in a queue for large requests" in message


def test_options_are_checked():
    with pytest.raises(ValueError, match="kind of answer csv; legal: json, xml, gzip"):
        Session(("csv",))
    with pytest.raises(ValueError, match="no service for the series pwt-11.0; series with one: oecd-pdb-2026-09"):
        prepare.chosen(["pwt-11.0"], catalogue.folder())


def test_an_address_that_failed_is_not_asked_again(services):
    session = FAST(("json",))
    with services.running(service="world-bank", fault="500") as addresses:
        for _ in range(3):
            with pytest.raises(NoAnswer, match="status 500"):
                session.get(addresses["world-bank"] + "/en/x")
        assert len(services.servers["world-bank"].asked) == 2
