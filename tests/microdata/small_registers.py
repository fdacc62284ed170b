"""Small registers of made-up firms, and short ways to read their moments."""

from __future__ import annotations

import numpy as np
import pandas as pd

CLASSES = ("1-9", "10-49", "50-249", "250+")
KEYS = ["year", "industry"]


def make(firms=700, years=(2020, 2021), seed=0, share=(0.6, 0.3, 0.1)):
    """Firms of three industries that enter, leave and change; a few lose money."""
    random = np.random.default_rng(seed)
    base = pd.DataFrame({
        "firm": np.arange(firms), "industry": random.choice(["C", "G", "J"], firms, p=share),
        "persons": np.ceil(np.exp(random.normal(2.2, 1.5, firms))).astype(int), "skill": random.normal(0, 0.7, firms),
    })  # fmt: skip
    frames = []
    for year in years:
        held = base[random.random(firms) < 0.9].copy()
        persons = np.maximum(1, np.round(held["persons"] * np.exp(random.normal(0, 0.1, len(held)))))
        level = np.exp(3 + 0.03 * (year - 2020) + held["skill"] + random.normal(0, 0.3, len(held)))
        loss = np.where(random.random(len(held)) < 0.01, -1, 1)
        frames.append(held.assign(
            year=year, persons=persons.astype(int), value_added=persons * level * loss,
            hours=persons * random.uniform(1500, 2200, len(held)),
        ).drop(columns="skill"))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def pick(table, **where):
    for name, value in where.items():
        table = table[table[name] == value]
    assert len(table) == 1, where
    return table.iloc[0]


def size_class(persons):
    return pd.cut(persons, [0, 9, 49, 249, np.inf], labels=CLASSES).astype(str)
