"""Load a table with its units, sources and licences; list what there is."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pandas as pd

_TYPES = {"string": "string", "integer": "Int64", "number": "float64", "boolean": "boolean"}


def folder() -> Path:
    """Return the folder that holds the data package: beside the package in a checkout, inside it once installed."""
    here = Path(__file__).resolve().parents[1]
    for place in (here / "_data", here.parent / "data"):
        if (place / "datapackage.json").is_file():
            return place
    raise FileNotFoundError("the data package (datapackage.json) is neither installed with analysis nor beside it")


@cache
def _package() -> dict:
    return json.loads((folder() / "datapackage.json").read_text(encoding="utf-8"))


def _resource(name: str) -> dict:
    resources = {resource["name"]: resource for resource in _package()["resources"]}
    if name not in resources:
        raise ValueError(f"no table named {name!r}; legal names: {', '.join(resources)}")
    return resources[name]


@cache
def _read(name: str) -> pd.DataFrame:
    fields = _resource(name)["schema"]["fields"]
    types = {field["name"]: _TYPES[field["type"]] for field in fields}
    table = pd.read_csv(folder() / f"{name}.csv", dtype=types, keep_default_na=False, na_values=[""])
    for field in fields:
        if field["type"] == "integer" and not table[field["name"]].isna().any():
            table[field["name"]] = table[field["name"]].astype("int64")
        if field["type"] == "string":
            table[field["name"]] = table[field["name"]].astype("str")
    return table


def load(name: str) -> pd.DataFrame:
    """Load a table of the data package.

    Parameters
    ----------
    name : str
        Table name; `catalogue` lists them.

    Returns
    -------
    DataFrame
        The tidy table, a copy of your own. `.attrs` holds `title`, `unit` (field to unit), `source` (list of
        publisher, dataset, vintage, address, licence), `licence`, `vintage` and `citation`.

    Raises
    ------
    ValueError
        If there is no such table; the message lists the legal names.

    Examples
    --------
    >>> import analysis as an
    >>> table = an.load("gdp_per_hour")
    >>> table.attrs["unit"]["value"]
    'USD per hour'
    """
    resource, table = _resource(name), _read(name).copy()
    sources = resource["sources"]
    table.attrs.update(
        name=name,
        title=resource["title"],
        unit={field["name"]: field["unit"] for field in resource["schema"]["fields"]},
        source=sources,
        licence="; ".join(dict.fromkeys(f"{s['licence']['name']} ({s['licence']['status']})" for s in sources)),
        vintage="; ".join(dict.fromkeys(str(source["vintage"]) for source in sources)),
        citation="; ".join(f"{s['publisher']}, {s['dataset']}, {s['vintage']}" for s in sources),
    )
    return table


def describe(name: str) -> pd.DataFrame:
    """Describe the fields of a table: one row per field with `type`, `unit` and `definition`.

    Examples
    --------
    >>> import analysis as an
    >>> "price_basis" in set(an.describe("gdp_per_hour")["field"])
    True
    """
    rows = [
        {"field": f["name"], "type": f["type"], "unit": f["unit"] or "", "definition": f["description"]}
        for f in _resource(name)["schema"]["fields"]
    ]
    return pd.DataFrame(rows)


def catalogue() -> pd.DataFrame:
    """List the tables: one row per table with `table`, `title`, `rows`, `publishers`, `vintages`, `licence`, `sha256`.

    Examples
    --------
    >>> import analysis as an
    >>> "sector_accounts" in set(an.catalogue()["table"])
    True
    """
    rows = []
    for resource in _package()["resources"]:
        sources = resource["sources"]
        licences = (f"{source['licence']['name']} ({source['licence']['status']})" for source in sources)
        rows.append(
            {
                "table": resource["name"],
                "title": resource["title"],
                "rows": resource["rows"],
                "publishers": "; ".join(dict.fromkeys(source["publisher"] for source in sources)),
                "vintages": "; ".join(dict.fromkeys(str(source["vintage"]) for source in sources)),
                "licence": "; ".join(dict.fromkeys(licences)),
                "sha256": resource["hash"].removeprefix("sha256:"),
            }
        )
    return pd.DataFrame(rows)
