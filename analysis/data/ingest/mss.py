"""Ministry of SMEs and Startups (Korea): SME Basic Statistics, enterprises and persons engaged by legal size class."""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.reading import BadFile, expect, numbers, read_csv, recode

_PARTS = {"소상공인": "micro", "소상공인 제외": "small", "중기업": "medium", "중소기업 외": "non-SME"}
_SUMS = {
    "소기업": ["micro", "small"],
    "중소기업": ["micro", "small", "medium"],
    "전체기업": ["micro", "small", "medium", "non-SME"],
}
_ITEMS = {"enterprises": "enterprises", "persons engaged": "persons_engaged"}
_NATION = "전국"
_SECTIONS = {
    "전산업": "all",
    "C.제조업(10~34)": "C",
    "41.종합 건설업": "F",  # building and civil engineering,
    "42.전문직별 공사업": "F",  # special trades: the two divisions of construction
    "G.도매 및 소매업(45~47)": "G",
    "I.숙박 및 음식점업(55~56)": "I",
}
# Parts of a section or of the total, whose other parts the extract does not hold.
_OTHER = (
    "A.농업 임업 및 어업(01~03)", "07.비금속광물 광업; 연료용 제외", "10.식료품 제조업",
    "11.음료 제조업", "12.담배 제조업", "55.숙박업", "56.음식점 및 주점업",
)  # fmt: skip


def read_sme_statistics(path) -> pd.DataFrame:
    """Read the national figures by industry and legal size class; check that classes and provinces add up.

    Returns
    -------
    DataFrame
        Columns year, industry (`all` or a section), size_class (micro, small, medium, non-SME), enterprises,
        persons_engaged.

    Raises
    ------
    BadFile
        If a column is missing, an item, industry or size class is unknown, a value is no number, or parts do not
        add up.
    """
    table = read_csv(path, ["year", "item", "industry_kr", "region_kr", "size_kr", "value"])
    year = numbers(table["year"], path, allow_missing=False).astype(int)
    item = recode(table["item"], _ITEMS, path, what="item")
    expect(table["industry_kr"], [*_SECTIONS, *_OTHER], path, what="industry")
    expect(table["size_kr"], [*_PARTS, *_SUMS], path, what="size class")
    value = numbers(table["value"], path, allow_missing=False)
    tidy = table.assign(year=year, item=item, value=value)
    wide = tidy.pivot(index=["year", "item", "industry_kr", "region_kr"], columns="size_kr", values="value")
    wide = wide.reindex(columns=[*_PARTS, *_SUMS]).rename(columns=_PARTS)
    for whole, parts in _SUMS.items():
        gap = wide[parts].sum(axis=1, min_count=len(parts)) - wide[whole]
        if (gap != 0).any():
            cell = " ".join(map(str, (gap != 0).idxmax()))
            raise BadFile(path, f"size classes do not add up to {whole} in {cell}", column="value")
    wide = wide[list(_PARTS.values())]
    _provinces_add_up(wide, path)
    nation = wide.xs(_NATION, level="region_kr").reset_index()
    nation["industry"] = nation.pop("industry_kr").map(_SECTIONS)
    nation = nation.dropna(subset="industry").groupby(["year", "item", "industry"]).sum()  # adds 41 and 42 to F
    return nation.stack().unstack("item").rename_axis(["year", "industry", "size_class"]).reset_index().rename_axis(
        columns=None
    )


def _provinces_add_up(wide: pd.DataFrame, path) -> None:
    provinces = wide[wide.index.get_level_values("region_kr") != _NATION].groupby(["year", "item", "industry_kr"])
    complete = provinces.sum()[provinces.size() == 17]
    gap = complete - wide.xs(_NATION, level="region_kr").loc[complete.index]
    if (gap != 0).any(axis=None):
        cell = " ".join(map(str, (gap != 0).any(axis=1).idxmax()))
        raise BadFile(path, f"provinces do not add up to {_NATION} in {cell}", column="value")
