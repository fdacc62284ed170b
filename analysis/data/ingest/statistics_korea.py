"""Statistics Korea: wage workers by size of workplace (Economically Active Population Survey, supplement)."""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.reading import BadFile, expect, numbers, read_csv

_KEY = "성별_종사자규모별"  # "by sex, by size": holds "2003.08_임금근로자", period and type of worker
_COLUMNS = {"계_1 - 4인": "1-4", "계_5~299인": "5-299", "계_300인이상": "300+"}  # both sexes
_TOTAL = "계_계"
_WORKERS = {"정규직": "regular", "비정규직": "non-regular"}
_OTHER = ("임금근로자", "한시적", "기간제", "시간제", "비전형")  # the sum, and overlapping kinds of non-regular


def read_workplace_size(path) -> pd.DataFrame:
    """Read wage workers by size of workplace: regular and non-regular workers, both sexes.

    The total of each row is checked against its parts, and all wage workers against regular plus non-regular
    (2 thousand persons allowed for rounding). Zeros (August 2003, from 5 persons) mean "not available".

    Returns
    -------
    DataFrame
        Columns year, month, worker_type, size_class, thousand_persons.

    Raises
    ------
    BadFile
        If a column is missing, a period or type of worker is unknown, a value is no number, or parts do not add up.
    """
    table = read_csv(path, [_KEY, _TOTAL, *_COLUMNS])
    parts = table[_KEY].astype("string").str.extract(r"^(\d{4})\.(03|08)_(.+)$")
    if parts.isna().any(axis=None):
        place = parts.isna().any(axis=1).idxmax()
        raise BadFile(
            path, f"expected a period and a type of worker such as '2003.08_정규직', found {table.at[place, _KEY]!r}",
            column=_KEY, row=place + 2,
        )  # fmt: skip
    worker = parts[2].rename(_KEY)
    expect(worker, [*_WORKERS, *_OTHER], path, what="type of worker")
    values = pd.DataFrame({ours: numbers(table[name], path, allow_missing=False) for name, ours in _COLUMNS.items()})
    total = numbers(table[_TOTAL], path, allow_missing=False)
    values = values.mask(values == 0)
    _add_up(values.sum(axis=1, min_count=len(_COLUMNS)), total, _TOTAL, path)
    period = parts[0] + "." + parts[1]
    by_worker = total.groupby([period, worker]).sum().unstack()
    both = by_worker[list(_WORKERS)].sum(axis=1, min_count=2)
    _add_up(period.map(both), total.where(worker == "임금근로자"), _TOTAL, path)
    tidy = values.assign(year=parts[0].astype(int), month=parts[1].astype(int), worker_type=worker.map(_WORKERS))
    tidy = tidy[tidy["worker_type"].notna()]
    return tidy.melt(["year", "month", "worker_type"], var_name="size_class", value_name="thousand_persons")


def _add_up(parts: pd.Series, total: pd.Series, column: str, path) -> None:
    wrong = (parts - total).abs() > 2
    if wrong.any():
        place = wrong.idxmax()
        problem = f"parts add up to {parts.loc[place]:,.0f}, the total is {total.loc[place]:,.0f}"
        raise BadFile(path, problem, column=column, row=place + 2)
