"""Eurostat's service as the eurostat package calls it: structures in XML, data in gzipped TSV, the entry in JSON."""

from __future__ import annotations

import gzip
import json
import re

from tests.data.servers import sdmx_21
from tests.data.servers.local import Reply

_XML = "application/vnd.sdmx.structure+xml;version=2.1"


class Service:
    """Answers for datasets: code to (dimensions, rows); a row maps the dimensions, time, value and flag."""

    def __init__(self, datasets: dict[str, tuple[tuple[str, ...], list[dict]]], updated: str = "2026-02-27"):
        self.datasets, self.updated = datasets, updated
        self.time = "TIME_PERIOD"

    def __call__(self, path: str, query: dict, headers) -> Reply | None:
        parts = path.removeprefix("/sdmx/2.1/").split("/")
        if parts[0] == "dataflow" and query.get("format") == ["JSON"]:
            return self._entry(parts[2])
        if parts[0] in ("dataflow", "datastructure"):
            code = parts[2].lower()
            if code not in self.datasets:
                return None
            flow = sdmx_21.Flow("ESTAT", code.upper(), "1.0", self.datasets[code][0], ())
            return Reply(sdmx_21._structure(flow, "all" if parts[0] == "datastructure" else "none"), _XML)
        if parts[0] == "data" and parts[1] in self.datasets:
            return self._data(parts[1], parts[2] if len(parts) > 2 else "")
        return None

    def _entry(self, code: str) -> Reply | None:
        if code not in self.datasets:
            return None
        notes = [
            {"type": "UPDATE_DATA", "date": f"{self.updated}T11:00:00+0100"},
            {"type": "UPDATE_STRUCTURE", "date": f"{self.updated}T11:00:00+0100"},
            {"type": "OBS_PERIOD_OVERALL_OLDEST", "title": "2021"},
            {"type": "OBS_PERIOD_OVERALL_LATEST", "title": "2025"},
        ]
        entry = {"label": code, "class": "dataset", "extension": {"id": code.upper(), "annotation": notes}}
        return Reply(gzip.compress(json.dumps(entry).encode(), mtime=0), "application/json")

    def _data(self, code: str, key: str) -> Reply:
        dimensions, rows = self.datasets[code]
        wanted = re.split(r"\.", key) if key else [""] * len(dimensions)
        rows = [
            row for row in rows
            if all(not code or row[name] in code.split("+") for name, code in zip(dimensions, wanted, strict=True))
        ]  # fmt: skip
        years = sorted({row["time"] for row in rows})
        head = ",".join(dimensions) + f"\\{self.time}\t" + "\t".join(f"{year} " for year in years)
        lines, cells = [head], {}
        for row in rows:
            shown = ":" if row["value"] is None else f"{row['value']}"
            place = tuple(row[name] for name in dimensions)
            cells.setdefault(place, {})[row["time"]] = f"{shown} {row['flag']}"
        for place, values in cells.items():
            lines.append(",".join(place) + "\t" + "\t".join(values.get(year, ": ") for year in years))
        body = "\r\n".join(lines) + "\r\n"
        return Reply(gzip.compress(body.encode(), mtime=0), "text/tab-separated-values")
