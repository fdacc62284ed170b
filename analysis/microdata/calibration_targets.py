"""The published figures that the synthetic register is made to meet, read from the tables in ``data/``.

Nothing is typed here: each figure is the value of a row of `published_figures`, `sme_statistics`, `size_employment`,
`sector_accounts` or `hours_worked`, or a quotient of such values, and says which.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import pandas as pd

from analysis.data import catalogue, sizes

LEGAL = tuple(sizes.KOREA_LEGAL)
"""Legal size classes, from small to large: micro, small, medium, non-SME."""

SECTIONS = ("A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "P", "Q", "R", "S")
"""Sections of the register. Public administration, households and extraterritorial bodies have no firms."""

SERVICES = tuple("GHIJKLMNPQRS")
ACCOUNTS = {
    "A": "A", "B": "B", "C": "C", "D+E": "DE", "F": "F", "G+I": "GI", "H+J": "HJ", "K+L+M+N": "KLMN",
    "O+P+Q+R+S+T+U": "PQRS",
}  # fmt: skip
"""Sector of the accounts (APO) to the sections of the register that take its value added per person."""

AI_SECTIONS = {
    "financial and insurance": "K", "information and communication": "J", "education services": "P",
    "construction": "F", "real estate": "L", "business facilities mgmt, support and rental": "N",
}  # fmt: skip
COLUMNS = ["margin", "group", "year", "value", "unit", "figures", "source", "secondary", "note"]
_SME = ("micro", "small", "medium")


def load_table(name: str) -> pd.DataFrame:
    """Load a table without its attributes, which pandas would copy at every step."""
    table = catalogue.load(name)
    table.attrs = {}
    return table


class _Book:
    """Collects figures; knows the table of published figures by id."""

    def __init__(self) -> None:
        table = load_table("published_figures")
        self.published = table.set_index("id")
        self.rows: list[tuple] = []

    def value(self, figure: str) -> float:
        """Return the value of a published figure."""
        if figure not in self.published.index:
            raise ValueError(f"table 'published_figures' lacks {figure!r}, on which the synthetic register rests")
        return float(self.published.at[figure, "value"])

    def add(
        self, margin: str, year: int, value: float, figures: Iterable[str], unit: str = "fraction", group: str = "all",
        source: str | None = None, secondary: bool | None = None, note: str = "",
    ) -> None:  # fmt: skip
        """Add a figure; source and mark of secondary figures are those of the published figures it rests on."""
        figures = list(figures)
        cited = [name for name in figures if name in self.published.index]
        if source is None:
            source = "; ".join(dict.fromkeys(str(self.published.at[name, "source_title"]) for name in cited))
        if secondary is None:
            secondary = any(bool(self.published.at[name, "secondary"]) for name in cited)
        self.rows.append((margin, group, int(year), float(value), unit, " ".join(figures), source, secondary, note))


class Figures:
    """The published figures that the register is made to meet, and the rule of the nearest year.

    Parameters
    ----------
    table : DataFrame
        One row per margin, group and year: margin (key), group, year (reference year), value, unit (shares are
        fractions), figures (ids in `published_figures`, or table and cell), source, secondary (True where one of the
        figures was read in a press report), note.
    profile : DataFrame
        As `class_profile` returns it.
    """

    def __init__(self, table: pd.DataFrame, profile: pd.DataFrame) -> None:
        self.table = table
        self.profile = profile

    @cached_property
    def _years(self) -> dict[tuple[str, str], list[tuple[int, float]]]:
        rows: dict[tuple[str, str], list[tuple[int, float]]] = {}
        for row in self.table.sort_values("year").itertuples():
            rows.setdefault((row.margin, row.group), []).append((int(row.year), float(row.value)))
        return rows

    @property
    def keys(self) -> set[tuple[str, str]]:
        """Margins and groups that have a figure."""
        return set(self._years)

    def nearest(self, margin: str, year: int, group: str = "all") -> tuple[int, float]:
        """Return year and value of the figure of a year, or of the nearest year (of two, the earlier).

        Raises
        ------
        ValueError
            If the margin has no figure for the group.
        """
        if (margin, group) not in self._years:
            raise ValueError(f"no figure of {margin!r} for {group!r}")
        return min(self._years[margin, group], key=lambda pair: (abs(pair[0] - year), pair[0]))

    def value(self, margin: str, year: int, group: str = "all") -> float:
        """Return the value of `nearest`."""
        return self.nearest(margin, year, group)[1]

    def of_year(self, margin: str, year: int) -> dict[str, float]:
        """Return group to value of the figures of a margin for exactly this year."""
        return {
            group: value
            for (name, group), pairs in self._years.items()
            if name == margin
            for held, value in pairs
            if held == year
        }


def published() -> Figures:
    """Read every published figure that the register is made to meet.

    Raises
    ------
    ValueError
        If a figure that the register rests on is not in the tables.

    Examples
    --------
    >>> figures = published()
    >>> figures.nearest("death_rate", 2016)
    (2022, 0.102)
    """
    book = _Book()
    profile = class_profile()
    _firms_and_persons(book)
    _sections(book)
    _size_classes(book, profile)
    _productivity(book)
    _sales_and_hours(book)
    _births_and_deaths(book)
    _ai_use(book)
    return Figures(pd.DataFrame(book.rows, columns=COLUMNS), profile)


def _legal_cells(book: _Book) -> dict[int, dict[str, dict[str, tuple[float, list[str]]]]]:
    """Return firms and persons by legal class and year, each with the figures it rests on; SME is the sum of three."""
    table = load_table("sme_statistics")
    whole = table[table["industry"].eq("all")]
    cells: dict[int, dict[str, dict[str, tuple[float, list[str]]]]] = {}
    for row in whole.itertuples():
        cite = [f"sme_statistics/{row.year}/all/{row.size_class}"]
        year = cells.setdefault(int(row.year), {"firms": {}, "persons": {}})
        year["firms"][row.size_class] = (row.enterprises, cite)
        year["persons"][row.size_class] = (row.persons_engaged, cite)
    read = {
        2017: {"firms": {"micro": "SIZ-009", "small": "SIZ-011", "medium": "SIZ-013"},
               "persons": {"micro": "SIZ-003", "small": "SIZ-005", "medium": "SIZ-007"}},
        2018: {"firms": {"micro": "SIZ-053", "SME": "SIZ-045"}, "persons": {"micro": "SIZ-054", "SME": "SIZ-046"}},
        2019: {"firms": {"micro": "SIZ-055", "SME": "SIZ-047"}, "persons": {"micro": "SIZ-056", "SME": "SIZ-048"}},
        2021: {"firms": {"micro": "SIZ-059", "SME": "SIZ-051"}, "persons": {"micro": "SIZ-060", "SME": "SIZ-052"}},
        2022: {"firms": {}, "persons": {"SME": "SIZ-035"}},
        2023: {"firms": {"SME": "SIZ-038", "non-SME": "SIZ-044"}, "persons": {"SME": "SIZ-040"}},
    }  # fmt: skip
    for year, items in read.items():
        held = cells.setdefault(year, {"firms": {}, "persons": {}})
        for item, classes in items.items():
            held[item] |= {name: (book.value(figure), [figure]) for name, figure in classes.items()}
    for held in cells.values():
        for item in held.values():
            if "SME" not in item and all(name in item for name in _SME):
                parts = [item[name] for name in _SME]
                figures = list(dict.fromkeys(figure for _, cited in parts for figure in cited))
                item["SME"] = (sum(value for value, _ in parts), figures)
    return cells


def _firms_and_persons(book: _Book) -> None:
    """Add shares of legal size classes among firms and persons, and persons per SME."""
    cells = _legal_cells(book)
    statistics = "Ministry of SMEs and Startups (Korea), SME Basic Statistics"

    def quotient(margin: str, year: int, above: tuple, below: tuple, unit: str = "fraction", note: str = "") -> None:
        figures = list(dict.fromkeys([*above[1], *below[1]]))
        from_table = all(figure.startswith("sme_statistics") for figure in figures)
        book.add(
            margin, year, above[0] / below[0], figures, unit, source=statistics if from_table else None, note=note
        )

    shares = {2017: "SIZ-002", 2018: "SIZ-019", 2019: "SIZ-025", 2023: "SIZ-041"}
    for year, held in sorted(cells.items()):
        firms, persons = held["firms"], held["persons"]
        for item, values in (("firms", firms), ("persons", persons)):
            if "micro" in values and "SME" in values:
                note = "first release; from 2020 the micro class is revised" if year < 2020 else ""
                quotient(f"{item}_micro", year, values["micro"], values["SME"], note=note)
            if "small" in values and "medium" in values:
                both = (values["small"][0] + values["medium"][0], values["small"][1] + values["medium"][1])
                quotient(f"{item}_medium", year, values["medium"], both)
        if "non-SME" in firms and "SME" in firms:
            whole = (firms["SME"][0] + firms["non-SME"][0], firms["SME"][1] + firms["non-SME"][1])
            quotient("firms_non_sme", year, firms["non-SME"], whole)
        if "SME" in firms and "SME" in persons:
            quotient("persons_per_sme", year, persons["SME"], firms["SME"], "persons per firm")
        if "non-SME" in persons:
            whole = (persons["SME"][0] + persons["non-SME"][0], persons["SME"][1] + persons["non-SME"][1])
            quotient("persons_sme", year, persons["SME"], whole)
        elif year in shares:
            book.add("persons_sme", year, book.value(shares[year]) / 100, [shares[year]])


def _sections(book: _Book) -> None:
    """Add the sections whose persons are published by legal size: share of all persons, and classes within."""
    table = load_table("sme_statistics")
    parts = table[table["industry"].ne("all")]
    total = {2023: (["SIZ-040", "SIZ-041"], book.value("SIZ-040") / (book.value("SIZ-041") / 100))}
    for (year, section), rows in parts.groupby(["year", "industry"]):
        if year not in total:
            raise ValueError(f"no total of persons for {year}, the year of section {section} in 'sme_statistics'")
        cited, whole = total[year]
        persons = rows.set_index("size_class")["persons_engaged"]
        source = "Ministry of SMEs and Startups (Korea), SME Basic Statistics"
        cell = f"sme_statistics/{year}/{section}"
        book.add(
            "section_persons", year, persons.sum() / whole, [cell, *cited], group=section, source=source,
            secondary=bool(book.published.loc[cited, "secondary"].any()),
            note="the total is persons in SMEs over the SME share of persons",
        )  # fmt: skip
        for name in LEGAL:
            book.add(
                "section_legal", year, persons[name] / persons.sum(), [f"{cell}/{name}"], group=f"{section} {name}",
                source=source, secondary=False,
            )  # fmt: skip
    note = "published for establishments with 10 or more persons; here of all persons in section C"
    for year, figure in {2018: "SIZ-073", 2019: "SIZ-079", 2020: "SIZ-085", 2021: "SIZ-091"}.items():
        book.add("manufacturing_persons_sme", year, book.value(figure) / 100, [figure], note=note)
    manufacturing = parts[parts["industry"].eq("C")].set_index("size_class")["persons_engaged"]
    book.add(
        "manufacturing_persons_sme", 2023, manufacturing[list(_SME)].sum() / manufacturing.sum(),
        ["sme_statistics/2023/C"], source="Ministry of SMEs and Startups (Korea), SME Basic Statistics",
        secondary=False,
    )  # fmt: skip


def class_profile() -> pd.DataFrame:
    """Return persons by section and head-count class as published: latest year with all four classes.

    Returns
    -------
    DataFrame
        Sections as rows, `sizes.STANDARD` as columns. The unit is the establishment. Sections A, H, K and S have
        employees only, without the self-employed; all others persons.

    Raises
    ------
    ValueError
        If a section of the register has no row in `size_employment`.
    """
    table = load_table("size_employment")
    korea = table[table["country"].eq("KOR") & table["base"].eq("all sizes")].copy()
    korea["size_class"] = korea["size_class"].replace({"10-19": "10-49", "20-49": "10-49"})
    korea["year"] = korea["year"].astype("float64").fillna(0)  # rows of `latest` state no year: taken last
    cells = korea.pivot_table(
        index=["industry", "year"], columns="size_class", values=["persons_employed", "employees"],
        aggfunc=lambda values: values.sum(min_count=1), dropna=False,
    )  # fmt: skip
    found = {}
    for section in SECTIONS:
        rows = cells.loc[[section]].sort_index(level="year", ascending=False) if section in cells.index else []
        for place in range(len(rows)):
            cell = rows.iloc[place]
            persons = cell["persons_employed"].reindex(sizes.STANDARD)
            classes = persons if persons.notna().any() else cell["employees"].reindex(sizes.STANDARD)
            if classes.notna().all() or (section == "A" and classes[list(sizes.STANDARD[:2])].notna().all()):
                found[section] = classes.fillna(0)  # A has no unit above 49
                break
        else:
            raise ValueError(f"table 'size_employment' has no complete row for section {section} of Korea")
    return pd.DataFrame(found).T


def _size_classes(book: _Book, profile: pd.DataFrame) -> None:
    """Add shares of persons by head-count class: of the class 250+, and of 10-49 among 10-249."""
    classes = profile.sum()
    source = "OECD, Structural business statistics by size class"
    note = "published for establishments; sections A, H, K and S without the self-employed"
    cite = ["size_employment/KOR"]
    common = {"source": source, "secondary": False, "note": note}
    book.add("persons_large", 2022, classes["250+"] / classes.sum(), cite, **common)
    book.add("persons_10_49", 2022, classes["10-49"] / (classes["10-49"] + classes["50-249"]), cite, **common)


def _productivity(book: _Book) -> None:
    """Add productivity of SMEs over others, SMEs' share of value added, and value added per person by sector."""
    note = "published for establishments with 10 or more persons; here SME over non-SME, all of section C"
    for year, figure in {2018: "SIZ-098", 2019: "SIZ-104", 2021: "SIZ-110"}.items():
        book.add("manufacturing_ratio", year, book.value(figure) / 100, [figure], note=note)
    for year, figure in {2018: "SIZ-097", 2019: "SIZ-103", 2021: "SIZ-109"}.items():
        book.add("manufacturing_value_sme", year, book.value(figure) / 100, [figure], note=note)
    note = "the source does not say per what; here value added per person, SME over non-SME, sections G to S"
    book.add("services_ratio", 2021, book.value("SIZ-118") / 100, ["SIZ-118"], note=note)
    accounts = load_table("sector_accounts")
    rows = accounts[accounts["country"].eq("KOR") & accounts["source"].eq("APO") & accounts["year"].ge(2010)]
    for row in rows.itertuples():
        if row.sector not in ACCOUNTS:
            raise ValueError(f"table 'sector_accounts' has an unknown sector {row.sector!r} of APO for Korea")
        note = ""
        if row.sector == "O+P+Q+R+S+T+U":
            note = "with public administration, which has no firms"
        elif row.sector == "K+L+M+N":
            note = "with imputed rents of dwellings, which no firm receives"
        book.add(
            "value_per_person", row.year, row.value_added / (row.employment * 1000),
            [f"sector_accounts/KOR/{row.year}/{row.sector}/APO"], "million KRW per person, current prices",
            group=row.sector, source="Asian Productivity Organization, Productivity Database 2025", secondary=False,
            note=note,
        )  # fmt: skip


def _sales_and_hours(book: _Book) -> None:
    """Add sales per person in SMEs, the SME share of sales, and hours per person."""
    for year, (sales, persons, share) in {
        2018: ("SIZ-020", "SIZ-018", "SIZ-021"), 2019: ("SIZ-026", "SIZ-024", "SIZ-027"),
        2020: ("SIZ-032", "SIZ-030", "SIZ-033"), 2022: ("SIZ-036", "SIZ-035", "SIZ-037"),
        2023: ("SIZ-042", "SIZ-040", "SIZ-043"),
    }.items():  # fmt: skip
        note = "first release of persons, as of sales" if year == 2020 else ""
        per_person = book.value(sales) * 1e6 / book.value(persons)  # trillion won over persons, in million won
        unit = "million KRW per person, current prices"
        book.add("sales_per_person_sme", year, per_person, [sales, persons], unit, note=note)
        book.add("sales_sme", year, book.value(share) / 100, [share])
    hours = load_table("hours_worked")
    rows = hours[hours["country"].eq("KOR") & hours["source"].eq("oecd-hours-2025") & hours["year"].ge(2010)]
    for row in rows.itertuples():
        book.add(
            "hours_per_person", row.year, row.hours, [f"hours_worked/KOR/{row.year}/oecd-hours-2025"],
            "hours per person", source="OECD, average annual hours actually worked", secondary=False,
        )  # fmt: skip


def _births_and_deaths(book: _Book) -> None:
    """Add birth and death rates and survival of firms."""
    for margin, figures in {
        "birth_rate": {2017: "POL-081", 2023: "POL-076"}, "death_rate": {2022: "POL-077"},
        "survival_one": {2022: "POL-078"}, "survival_five": {2022: "POL-079"},
    }.items():  # fmt: skip
        for year, figure in figures.items():
            book.add(margin, year, book.value(figure) / 100, [figure])


def _ai_use(book: _Book) -> None:
    """Add AI use by size class and section under the question asked since 2022: the older one does not compare."""
    for year, classes in {
        2022: {"10+": "AI-004", "10-49": "AI-005", "50-249": "AI-006", "250+": "AI-007"},
        2023: {"10+": "AI-008", "10-49": "AI-009"},
        2024: {"10+": "AI-010", "10-49": "AI-011", "250+": "AI-012"},
    }.items():
        for group, figure in classes.items():
            book.add("ai_class", year, book.value(figure) / 100, [figure], group=group)
    for figure in ("AI-013", "AI-014", "AI-015", "AI-016", "AI-017", "AI-018"):
        sector = book.published.at[figure, "sector"]
        if sector not in AI_SECTIONS:
            raise ValueError(f"figure {figure} is about {sector!r}; known sectors: {', '.join(AI_SECTIONS)}")
        book.add("ai_section", 2024, book.value(figure) / 100, [figure], group=AI_SECTIONS[sector])
