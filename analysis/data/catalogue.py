"""Load a table with its units, sources and licences; list what there is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

_TYPES = {"string": "string", "integer": "Int64", "number": "float64", "boolean": "boolean"}
_ATTEMPTS = 5
_kept: dict[tuple, Any] = {}
"""What was read, by folder, state of the package and name."""
WAITING = ".refresh/incoming/data"
"""Where a refreshed data package waits, beside the folder it will replace."""


def folder() -> Path:
    """Return the folder that holds the data package: beside the package in a checkout, inside it once installed.

    While `make refresh` puts a new package in place on a system that cannot exchange two folders in one step, the old
    one is gone for a moment and the new one, complete, still lies in `WAITING`: then that is the package.
    """
    here = Path(__file__).resolve().parents[1]
    homes = (here / "_data", here.parent / "data")
    for place in (*homes, *(waiting(home) for home in homes)):
        if (place / "datapackage.json").is_file():
            return place
    raise FileNotFoundError("the data package (datapackage.json) is neither installed with analysis nor beside it")


def waiting(home: Path) -> Path:
    """Return where a refreshed data package waits to take the place of the folder `home`."""
    return home.parent / WAITING


def _state(place: Path) -> tuple[int, int, int]:
    """Return what changes when the package in `place` is replaced."""
    found = (place / "datapackage.json").stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _steady(find: Callable[[], Path], what: str, read: Callable[[Path], Any]) -> Any:
    """Return what `read` makes of the package, all of it from one state; what one state gave is read once."""
    for attempt in range(_ATTEMPTS):
        try:
            place = find()
            key = (place, _state(place), what)
            if key not in _kept:
                found = read(place)
                if (find(), _state(place)) != key[:2]:
                    continue  # the package was replaced meanwhile
                _kept[key] = found
            return _kept[key]
        except FileNotFoundError:  # the folder was being replaced
            if attempt == _ATTEMPTS - 1:
                raise
    raise RuntimeError("the data package is being replaced again and again; try later")


def _parsed(place: Path) -> dict:
    return json.loads((place / "datapackage.json").read_text(encoding="utf-8"))


def _package() -> dict:
    return _steady(folder, "", _parsed)


def _resource(name: str, package: dict | None = None) -> dict:
    resources = {resource["name"]: resource for resource in (package or _package())["resources"]}
    if name not in resources:
        raise ValueError(f"no table named {name!r}; legal names: {', '.join(resources)}")
    return resources[name]


def _read(name: str, place: Path) -> tuple[dict, pd.DataFrame]:
    resource = _resource(name, _parsed(place))
    fields = resource["schema"]["fields"]
    types = {field["name"]: _TYPES[field["type"]] for field in fields}
    table = pd.read_csv(place / f"{name}.csv", dtype=types, keep_default_na=False, na_values=[""])
    for field in fields:
        if field["type"] == "integer" and not table[field["name"]].isna().any():
            table[field["name"]] = table[field["name"]].astype("int64")
        if field["type"] == "string":
            table[field["name"]] = table[field["name"]].astype("str")
    return resource, table


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
    return _loaded(name, folder)


def load_from(place: Path, name: str) -> pd.DataFrame:
    """Load a table as `load` does, from the data package in another folder."""
    return _loaded(name, lambda: Path(place))


def _loaded(name: str, find: Callable[[], Path]) -> pd.DataFrame:
    resource, held = _steady(find, name, lambda place: _read(name, place))
    table, sources = held.copy(), resource["sources"]
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
