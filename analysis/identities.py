"""What every result must meet: parts add up to a total, terms to their part, columns stand in one order."""

from __future__ import annotations

import numpy as np
import pandas as pd

TOLERANCE = 1e-9
ROUNDING = 1e-13
STATISTICS = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "share", "unit")


class IdentityError(ArithmeticError):
    """Components do not add up to their total."""


def check_parts(table: pd.DataFrame, by: list[str], total: str, levels: float) -> None:
    """Raise unless the components of each group add up to its total."""
    if by:
        grouped = table.groupby(by, sort=False, dropna=False)
        group, count = grouped.ngroup().to_numpy(), grouped.ngroups
    else:
        group, count = np.zeros(len(table), dtype=int), 1
    is_total = (table["component"] == total).to_numpy()
    values = table["estimate"].to_numpy(dtype=float)

    def where(one: int) -> str:
        return f" ({', '.join(map(str, table[by].iloc[int(np.argmax(group == one))]))})" if by else ""

    totals = np.bincount(group[is_total], minlength=count)
    if (totals != 1).any():
        one = int(np.argmax(totals != 1))
        raise IdentityError(f"expected one row {total!r}{where(one)}, found {totals[one]}")
    parts = np.bincount(group[~is_total], values[~is_total], minlength=count)
    whole = np.bincount(group[is_total], values[is_total], minlength=count)
    scale = np.zeros(count)
    # written so that a missing or infinite value fails too
    with np.errstate(invalid="ignore"):
        np.maximum.at(scale, group, np.abs(values))
        agree = np.isfinite(scale) & (np.abs(parts - whole) <= np.maximum(TOLERANCE * scale, ROUNDING * levels))
    if not agree.all():
        one = int(np.argmin(agree))
        raise IdentityError(
            f"components do not add up to {total!r}{where(one)}: {float(parts[one])!r} is not {float(whole[one])!r}"
        )


def check_terms(detail: pd.DataFrame, estimates: pd.DataFrame, by: list[str], levels: float) -> None:
    """Raise unless the terms of each component add up to it."""
    whole = estimates.set_index([*by, "component"])["estimate"]
    for key, rows in detail.groupby([*by, "component"], sort=False):
        values = rows["estimate"].to_numpy(dtype=float)
        key = key if by else key[0]
        scale = np.append(values, estimates["estimate"].to_numpy(dtype=float))
        _agree(values.sum(), whole.loc[key], scale, levels, f"terms do not add up to component {key!r}")


def _agree(parts: float, whole: float, scale: np.ndarray, levels: float, message: str) -> None:
    # written so that a missing or infinite value fails too
    if not np.isfinite(scale).all() or not abs(parts - whole) <= max(
        TOLERANCE * np.abs(scale).max(), ROUNDING * levels
    ):
        raise IdentityError(f"{message}: {parts!r} is not {whole!r}")


def with_share(
    table: pd.DataFrame, by: list[str], total: str, totals: pd.DataFrame | None = None, common: bool = True
) -> pd.DataFrame:
    """Add the share of the group's total; with ``common=False`` of the term's own total."""
    table = table.drop(columns="share", errors="ignore").reset_index(drop=True)
    keys = by if common else [*by, "term"]
    source = table if totals is None or not common else totals
    source = source[source["component"] == total]
    if keys:
        whole = table[keys].merge(source[[*keys, "estimate"]], on=keys, how="left", validate="many_to_one")["estimate"]
    else:
        whole = pd.Series(source["estimate"].iloc[0], index=table.index)
    share = table["estimate"].astype(float) / whole.astype(float).where(whole != 0)
    return in_order(table.assign(share=share.to_numpy()), by)


def in_order(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Put the columns in the house order."""
    table = table.reset_index(drop=True)
    order = [name for name in (*by, "component", "term", *STATISTICS) if name in table.columns]
    extra = set(table.columns) - set(order)
    if extra:
        raise ValueError(f"columns without a place in the shape of results: {sorted(extra)}")
    return table[order]
