"""What changed between two vintages of a table: rows added and removed, and values that differ, with their units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

COLUMNS = ("change", "row", "field", "old", "new", "unit", "relative")
ADDED, REMOVED, CHANGED = "added", "removed", "changed"


def changes(
    old: pd.DataFrame, new: pd.DataFrame, key: Sequence[str], units: Mapping[str, str | None] | None = None
) -> pd.DataFrame:
    """Compare two vintages of a table, row by row of the primary key.

    Parameters
    ----------
    old, new : DataFrame
        The same columns, in any order of rows.
    key : sequence of str
        The primary key; no row may stand twice.
    units : mapping, optional
        Field to unit, as `.attrs["unit"]` of a loaded table; by default that of `new`.

    Returns
    -------
    DataFrame
        One row per difference, in the order of the key: `change` (added, removed or changed), `row` (the key in words),
        `field`, `old`, `new`, `unit`, and `relative`, new / old - 1 where both are numbers and the old one is not zero.
        An added or removed row has one line per field that is not empty. Empty if nothing changed.

    Raises
    ------
    ValueError
        If the columns differ, a column of the key is missing, or a row stands twice; the message names it.

    Examples
    --------
    >>> old = pd.DataFrame({"country": ["KOR", "JPN"], "value": [50.0, 52.0]})
    >>> new = pd.DataFrame({"country": ["KOR", "USA"], "value": [51.0, 80.0]})
    >>> changes(old, new, ["country"], {"value": "USD"})[["change", "row", "old", "new", "unit"]]
        change          row   old   new unit
    0  removed  country JPN  52.0   NaN  USD
    1  changed  country KOR  50.0  51.0  USD
    2    added  country USA   NaN  80.0  USD
    """
    key = list(key)
    if set(old) != set(new):
        raise ValueError(
            f"the columns differ: only in the old table {sorted(set(old) - set(new))}, only in the new one "
            f"{sorted(set(new) - set(old))}"
        )
    if missing := [name for name in key if name not in old]:
        raise ValueError(f"no column {', '.join(missing)}; columns: {', '.join(old)}")
    units = units if units is not None else new.attrs.get("unit", {})
    old, new = old.copy(), new.copy()
    old.attrs, new.attrs = {}, {}  # pandas would copy them with every step
    before, after = _keyed(old, key, "old"), _keyed(new, key, "new")
    rows, common = [], before.index.intersection(after.index)
    for name in [column for column in old if column not in key]:
        unit = units.get(name) or ""
        first, second = before[name].reindex(common), after[name].reindex(common)
        differ = ~_same(first, second)
        rows += [_line(CHANGED, cell, name, first[cell], second[cell], unit) for cell in common[differ]]
        rows += [_line(REMOVED, cell, name, before.at[cell, name], None, unit)
                 for cell in before.index.difference(common) if not pd.isna(before.at[cell, name])]  # fmt: skip
        rows += [_line(ADDED, cell, name, None, after.at[cell, name], unit)
                 for cell in after.index.difference(common) if not pd.isna(after.at[cell, name])]  # fmt: skip
    rows.sort(key=lambda line: [str(part) for part in line["cell"]])
    for line in rows:
        line["row"] = ", ".join(f"{name} {part}" for name, part in zip(key, line.pop("cell"), strict=True))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def counted(found: pd.DataFrame) -> str:
    """Say in words how many rows were added, removed and changed.

    Examples
    --------
    >>> counted(pd.DataFrame({"change": ["added", "added"], "row": ["year 2024", "year 2024"]}))
    '1 row added, 0 removed, 0 changed'
    >>> counted(pd.DataFrame({"change": [], "row": []}))
    'no value changes'
    """
    if found.empty:
        return "no value changes"
    rows = found.groupby("change")["row"].nunique()
    added, removed, changed = (int(rows.get(name, 0)) for name in (ADDED, REMOVED, CHANGED))
    return f"{added} row{'' if added == 1 else 's'} added, {removed} removed, {changed} changed"


def largest(found: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return the `count` differences to read first: changed values by relative size, then removed, then added rows."""
    order = {CHANGED: 0, REMOVED: 1, ADDED: 2}
    size = found["relative"].abs().fillna(float("inf"))
    ranked = found.assign(kind=found["change"].map(order), size=-size).sort_values(["kind", "size"], kind="stable")
    return ranked.drop(columns=["kind", "size"]).head(count)


def _keyed(table: pd.DataFrame, key: list[str], which: str) -> pd.DataFrame:
    doubled = table.duplicated(key)
    if doubled.any():
        raise ValueError(f"{which} table: {table.loc[doubled, key].iloc[0].to_dict()} stands more than once")
    index = pd.Index([tuple(cells) for cells in table[key].itertuples(index=False)], tupleize_cols=False)
    return table.set_axis(index, axis=0)


def _same(first: pd.Series, second: pd.Series) -> pd.Series:
    both_missing = first.isna().to_numpy() & second.isna().to_numpy()
    left, right = first.astype(object).where(first.notna(), None), second.astype(object).where(second.notna(), None)
    equal = [one == other for one, other in zip(left, right, strict=True)]
    return pd.Series(both_missing | pd.Series(equal, dtype=bool).to_numpy(), index=first.index)


def _line(change: str, cell: tuple, name: str, old, new, unit: str) -> dict:
    relative = float("nan")
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (old, new))
    if numbers and old != 0 and not pd.isna(old) and not pd.isna(new):
        relative = float(new) / float(old) - 1
    return {"change": change, "cell": cell, "field": name, "old": old, "new": new, "unit": unit, "relative": relative}
