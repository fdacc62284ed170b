"""Firms by industry and size, and the lines of their tables, on which disclosure control is tested."""

import numpy as np
import pandas as pd

T = "total"
NAMES = {"dimensions": ["industry", "size"], "magnitudes": ["output", "staff"]}


def make_firms(seed, counts, regions=0):
    """Firms by industry and size: fat-tailed output, small whole numbers of staff, some of them zero."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"i{i}", f"s{s}", rng.pareto(0.9) + 0.1, float(rng.integers(0, 4)))
        for i, line in enumerate(counts)
        for s, n in enumerate(line)
        for _ in range(n)
    ]
    firms = pd.DataFrame(rows, columns=["industry", "size", "output", "staff"])
    if regions:
        firms["region"] = [f"r{r}" for r in rng.integers(0, regions, len(firms))]
    return firms


def lines(table, dimensions):
    """Every (total row, part rows) of a table, by position."""
    table = table.reset_index(drop=True)
    for name in dimensions:
        rest = [other for other in dimensions if other != name]
        for _, group in table.groupby(rest, dropna=False, sort=False) if rest else [((), table)]:
            whole = group.index[group[name] == T].tolist()
            parts = group.index[group[name] != T].tolist()
            if whole and parts:
                yield whole[0], parts
