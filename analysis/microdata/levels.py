"""Totals over parts of a table of cells: every choice of some keys called total, so that levels add up."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pandas as pd

from analysis.microdata.tabulation import TOTAL


def roll_up(cells: pd.DataFrame, keys: Sequence[str], magnitudes: Sequence[str], over: Sequence[str]) -> pd.DataFrame:
    """Add the cells summed over every choice of some keys, which are called total there.

    Parameters
    ----------
    cells : DataFrame
        Of `facts`, with sums, and any keys besides.
    keys : list of str
    magnitudes, over : list of str

    Returns
    -------
    DataFrame
        The cells and their totals, sorted by `keys`, totals after parts.
    """
    added = [name for name in cells if name not in keys and not name.endswith(("_largest", "_second"))]
    tops = [name for name in magnitudes if f"{name}_largest" in cells]
    levels = [cells]
    for size in range(1, len(over) + 1):
        for level in itertools.combinations(over, size):
            held = cells.assign(**dict.fromkeys(level, TOTAL))
            grouped = held.groupby(list(keys), sort=True)
            whole = grouped[added].sum()
            for name in tops:
                both = pd.concat([held[[*keys, f"{name}_{which}"]].set_axis([*keys, "size"], axis=1)
                                  for which in ("largest", "second")])  # fmt: skip
                ranked = both.sort_values([*keys, "size"], ascending=[True] * len(keys) + [False], kind="stable")
                place = ranked.groupby(list(keys), sort=False).cumcount()
                for step, which in enumerate(("largest", "second")):
                    chosen = ranked[place == step].set_index(list(keys))["size"]
                    whole[f"{name}_{which}"] = chosen.reindex(whole.index)
            levels.append(whole.reset_index()[list(cells.columns)])
    table = pd.concat(levels, ignore_index=True)
    order = table[list(keys)].assign(**{f"{key}_": (table[key] == TOTAL) for key in over})
    by = [column for key in keys for column in ((f"{key}_", key) if key in over else (key,))]
    return table.iloc[order.sort_values(by, kind="stable").index].reset_index(drop=True)
