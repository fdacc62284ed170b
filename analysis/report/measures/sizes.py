"""The claims about firms, jobs and the ratio of small to large firms: A3, A4 and A8, by every definition held."""

from __future__ import annotations

from analysis.report.claims import Reading, Unmeasurable
from analysis.report.measures import size_productivity as productivity
from analysis.report.measures import size_tables as tables
from analysis.report.measures.size_readings import percent, published
from analysis.report.measures.size_tables import Load, figure


def firms_and_jobs(load: Load) -> list[Reading]:
    """Return the readings of claim A3: the SME share of firms, jobs and sales.

    Raises
    ------
    Unmeasurable
        If a published Korean figure or the SME statistics are missing.
    """
    source = {"table": "published_figures"}
    readings = [published(load, "firms", "SIZ-039", "enterprises by law, 2023", headline=True)]
    readings += [
        published(load, "firms", key, f"enterprises by law, {year}", turns_on="year")
        for key, year in (("SIZ-017", 2018), ("SIZ-023", 2019), ("SIZ-029", 2020), ("SIZ-034", 2022))
    ]
    readings.append(published(load, "firms", "SIZ-159", "establishments, 2013", turns_on="unit"))
    counted = tables.legal_shares(load, 2020, value="enterprises")["non-SME"]
    readings.append(
        percent(
            "firms", "enterprises by law, counted, 2020", 1 - counted, "sme_statistics", turns_on="rounding", year=2020
        )
    )
    smes, others = figure(load, "SIZ-038"), figure(load, "SIZ-044")
    readings.append(
        percent(
            "firms",
            "enterprises by law, counted, 2023",
            smes["value"] / (smes["value"] + others["value"]),
            turns_on="rounding",
            year=2023,
            secondary=True,
            **source,
        )
    )

    readings.append(published(load, "jobs", "SIZ-041", "persons in enterprises by law, 2023", headline=True))
    for key, label, turns in (
        ("SIZ-002", "persons in enterprises by law, 2017", "year"),
        ("SIZ-019", "persons in enterprises by law, 2018", "year"),
        ("SIZ-025", "persons in enterprises by law, 2019", "year"),
        ("SIZ-031", "persons in enterprises by law, 2020, first release", "year"),
        ("SIZ2-041", "persons, probably in establishments, 1993", "unit"),
        ("SIZ2-042", "persons, probably in establishments, 2009", "unit"),
        ("SIZ-160", "persons in establishments, 2013", "unit"),
        ("SIZ-127", "OECD cut of 250 persons, 2015", "size cut"),
        ("SIZ-183", "employed persons in workplaces under 300, 2021", "unit"),
        ("SIZ-192", "employees of corporations, without sole proprietors, 2017", "sole proprietors left out"),
    ):
        readings.append(published(load, "jobs", key, label, turns_on=turns))
    for key, label, turns in (
        ("SIZ-167", "OECD cut of 250 persons, about 2021", "size cut"),
        ("SIZ-161", "persons in establishments under 300, 2021", "unit"),
        ("SIZ-162", "wage employees in establishments under 300, 2021", "employees only"),
    ):
        one = figure(load, key)
        readings.append(
            percent(
                "jobs",
                label,
                1 - one["value"] / 100,
                turns_on=turns,
                year=int(one["year"]),
                secondary=bool(one["secondary"]),
                **source,
            )
        )
    counted = tables.legal_shares(load, 2020)["non-SME"]
    readings.append(
        percent(
            "jobs",
            "persons in enterprises by law, 2020, revised",
            1 - counted,
            "sme_statistics",
            turns_on="year",
            year=2020,
        )
    )
    homes = tables.workplaces(load)
    last = homes[homes["size"] == "300+"].iloc[-1]
    readings.append(
        percent(
            "jobs",
            f"wage workers in workplaces under 300, {last['year']}",
            1 - last["share"],
            "workplace_size",
            turns_on="employees only",
            year=int(last["year"]),
        )
    )

    readings.append(published(load, "sales", "SIZ-043", "enterprises by law, 2023", headline=True))
    readings += [
        published(load, "sales", key, f"enterprises by law, {year}", turns_on="year")
        for key, year in (("SIZ-021", 2018), ("SIZ-027", 2019), ("SIZ-033", 2020), ("SIZ-037", 2022))
    ]
    readings.append(
        published(
            load,
            "sales",
            "SIZ-195",
            "corporations, without sole proprietors, 2017",
            turns_on="sole proprietors left out",
        )
    )
    return readings


def small_over_large(load: Load) -> list[Reading]:
    """Return the readings of claim A4: every comparable Korean ratio of SMEs over large firms since 2009.

    Ratios of one class (10-49 over large), of sales per worker, of total factor productivity and from samples of firms
    are other questions; they are shown beside these, never among them.
    """
    table = productivity.korean_ratios(load)
    table = table[table["comparable"]]
    made = table["industry"].isin(["C", "B-C"])
    readings = []
    for row in table.itertuples():
        turns = "year" if row.industry == "all" else "sector" if row.industry == "services" else "sector and definition"
        readings.append(_ratio("ratio", row, headline=row.id == "SIZ-122", turns_on=turns))
    for row in table[made].itertuples():
        readings.append(_ratio("manufacturing", row, headline=row.id == "SIZ-111", turns_on="definition"))
    _need_headlines(readings, ("ratio", "manufacturing"), "size_productivity")
    return readings


def ten_to_fortynine(load: Load) -> list[Reading]:
    """Return the readings of claim A8: the share of workers in units with 10-49 persons, and with fewer than 50."""
    persons, employees = tables.all_sections(load).sum(), tables.employees_by_class(load).sum()
    early = tables.all_sections(load, 2015).sum()
    views = [
        ("all sections held, persons, last year of each", persons / persons.sum(), "", "2020-22", True),
        ("all sections held, employees", employees / employees.sum(), "employees only", "latest", False),
        ("sections held in 2015, persons", early / early.sum(), "year", 2015, False),
        ("manufacturing 2015, all sizes", tables.class_shares(load, "KOR", 2015), "sector", 2015, False),
        (
            "manufacturing 2022, completed from the census total",
            tables.completed_manufacturing(load),
            "sector",
            2022,
            False,
        ),
        *(
            (
                f"manufacturing {year}, units under 10 missing",
                tables.class_shares(load, "KOR", year),
                "base without small units",
                year,
                False,
            )
            for year in (2016, 2021, 2022)
        ),
    ]
    readings = []
    for label, share, turns, year, head in views:
        how = {"headline": head, "turns_on": turns or "definition", "year": year, "secondary": "census" in label}
        readings.append(percent("share", label, share["10-49"], "size_employment", **how))
        if "missing" not in label:  # a base without units under 10 cannot say how many work below 50
            readings.append(percent("under_50", label, share["1-9"] + share["10-49"], "size_employment", **how))
    readings.append(
        published(
            load, "share", "SIZ-165", "persons in establishments of 10-299, 2021: an upper bound", turns_on="unit"
        )
    )
    readings.append(
        published(load, "share", "SIZ-174", "manufacturing, quoted by SGI", turns_on="base without small units")
    )
    legal = tables.legal_shares(load, 2020)
    readings.append(
        percent(
            "under_50",
            "micro and small enterprises by law, 2020",
            legal["micro"] + legal["small"],
            "sme_statistics",
            turns_on="unit",
            year=2020,
        )
    )
    legal = tables.legal_shares(load, 2023, "C")
    readings.append(
        percent(
            "under_50",
            "manufacturing, micro and small enterprises by law, 2023",
            legal["micro"] + legal["small"],
            "sme_statistics",
            turns_on="sector",
            year=2023,
        )
    )
    return readings


def _ratio(part: str, row, **how) -> Reading:
    return Reading(
        part,
        row.label,
        float(row.ratio),
        "of large firms",
        "size_productivity",
        year=int(row.year),
        secondary=bool(row.secondary),
        vintage="as published",
        shown=f"{100 * row.ratio:.1f} %",
        **how,
    )


def _need_headlines(readings: list[Reading], parts: tuple[str, ...], table: str) -> None:
    for part in parts:
        if not any(one.headline for one in readings if one.part == part):
            raise Unmeasurable(f"{table} holds no headline figure for {part}")
