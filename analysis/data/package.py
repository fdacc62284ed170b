"""From descriptors and tidy tables to a Frictionless data package: what is written to `data/`."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

DESCRIPTORS = Path(__file__).parent / "descriptors"
RETRIEVED = "retrieved/retrieved.json"
"""Where a data package keeps what it retrieved from publishers' services, beside their answers."""
LICENCE_STATUS = ("stated", "publisher's usual terms", "unverified")
_NEEDED_IN_SOURCE = ("id", "publisher", "dataset", "vintage", "address", "retrieved_via", "licence")
_NEEDED_IN_FIELD = ("name", "type", "unit", "definition")


@cache
def descriptor(name: str) -> dict:
    """Return the hand-written descriptor of a table, checked for the parts that every table must have.

    Parameters
    ----------
    name : str
        Table name: the stem of a file in `analysis/data/descriptors`.

    Raises
    ------
    ValueError
        If there is no such descriptor, or a source or field lacks a part; the message names it.
    """
    legal = sorted(path.stem for path in DESCRIPTORS.glob("*.yml"))
    if name not in legal:
        raise ValueError(f"no descriptor for table {name!r}; legal names: {', '.join(legal)}")
    found = yaml.safe_load((DESCRIPTORS / f"{name}.yml").read_text(encoding="utf-8"))
    for part in ("name", "title", "description", "primary_key", "fields", "sources"):
        if not found.get(part):
            raise ValueError(f"descriptor {name}: {part!r} is missing")
    for kind, needed, items in (
        ("field", _NEEDED_IN_FIELD, found["fields"]),
        ("source", _NEEDED_IN_SOURCE, found["sources"]),
    ):
        for item in items:
            lacking = [part for part in needed if part not in item]
            if lacking:
                label = item.get("name", item.get("id", "?"))
                raise ValueError(f"descriptor {name}: {kind} {label!r} lacks {', '.join(lacking)}")
    for source in found["sources"]:
        if source["licence"].get("status") not in LICENCE_STATUS:
            raise ValueError(
                f"descriptor {name}: source {source['id']!r}: licence status {source['licence'].get('status')!r}; "
                f"legal: {', '.join(LICENCE_STATUS)}"
            )
    return found


def write_table(name: str, table: pd.DataFrame, folder: Path) -> pd.DataFrame:
    r"""Check a table against its descriptor and write it as `folder/name.csv`, in an order of its own.

    The same table gives the same bytes: columns in the descriptor's order, rows sorted by the primary key, shortest
    exact decimals, "\n" line ends, UTF-8.

    Raises
    ------
    ValueError
        If columns differ from the descriptor's, a key is missing or doubled, or a required value is missing.
    """
    found = descriptor(name)
    fields, key = [field["name"] for field in found["fields"]], found["primary_key"]
    if set(table.columns) != set(fields):
        extra, lacking = sorted(set(table.columns) - set(fields)), sorted(set(fields) - set(table.columns))
        raise ValueError(f"table {name}: columns {extra} are not in its descriptor; columns {lacking} are missing")
    for field in found["fields"]:
        required = field["name"] in key or (field.get("constraints") or {}).get("required")
        if required and table[field["name"]].isna().any():
            row = table.loc[table[field["name"]].isna()].iloc[0].to_dict()
            raise ValueError(f"table {name}: column {field['name']!r} is missing in row {row}")
    doubled = table.duplicated(key)
    if doubled.any():
        raise ValueError(f"table {name}: key {table.loc[doubled, key].iloc[0].to_dict()} stands more than once")
    table = table[fields].copy()
    for field in found["fields"]:
        if field["type"] == "integer":
            table[field["name"]] = table[field["name"]].astype("Int64")
    table = table.sort_values(key, kind="stable").reset_index(drop=True)
    table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8")
    return table


def write_package(folder: Path) -> dict:
    """Write `folder/datapackage.json` from the descriptors of the tables that lie in `folder`."""
    names = sorted(path.stem for path in folder.glob("*.csv"))
    content = {
        "$schema": "https://datapackage.org/profiles/1.0/datapackage.json",
        "name": "two-economies",
        "title": "Two Economies: the data of the report",
        "description": "Published statistics behind the report, as tidy tables. Each table names its publishers, "
        "vintages and licences; each field its unit and definition.",
        "contributors": [{"title": "Two Economies project", "role": "wrangler"}],
        "resources": [_resource(name, folder) for name in names],
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (folder / "datapackage.json").write_text(text, encoding="utf-8", newline="\n")
    return content


def retrieved(folder: Path) -> dict[str, dict]:
    """Return what `folder` says of the series that were retrieved from a publisher's service, by id of the source.

    Each holds the parts of a source that differ from its descriptor: `dataset`, `vintage`, `address`,
    `retrieved_via`, `retrieved` (the day) and `files`.
    """
    path = folder / RETRIEVED
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _resource(name: str, folder: Path) -> dict:
    found, data = descriptor(name), (folder / f"{name}.csv").read_bytes()
    newer = retrieved(folder)
    found = {**found, "sources": [{**source, **newer.get(source["id"], {})} for source in found["sources"]]}
    licences = {source["licence"]["name"]: source["licence"] for source in found["sources"]}
    return {
        "name": name,
        "title": found["title"],
        "description": " ".join(found["description"].split()),
        "path": f"{name}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "rows": data.count(b"\n") - 1,
        "sources": [{"title": f"{source['publisher']}, {source['dataset']}", **source} for source in found["sources"]],
        "licenses": [
            {key: value for key, value in licence.items() if key != "status"} for licence in licences.values()
        ],
        "corrections": found.get("corrections") or [],
        "schema": {
            "fields": [_field(field) for field in found["fields"]],
            "primaryKey": found["primary_key"],
            "missingValues": [""],
        },
    }


def _field(field: dict) -> dict:
    described = {
        "name": field["name"],
        "type": field["type"],
        "description": field["definition"],
        "unit": field["unit"],
    }
    return {**described, "constraints": field["constraints"]} if field.get("constraints") else described
