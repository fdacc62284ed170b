"""The World Bank's Indicators API, version 2: one indicator as JSON, page by page."""

from __future__ import annotations

import json
import re

from tests.data.servers.local import Reply

_KIND = "application/json;charset=utf-8"


class Service:
    """Answers `/v2/en/country/all/indicator/CODE` from rows of (country, year, value)."""

    def __init__(self, rows: dict[str, list[tuple]], updated: str = "2026-07-13"):
        self.rows, self.updated = rows, updated
        self.page_limit: int | None = None
        self.short_by = 0
        self.names = {"countryiso3code": "countryiso3code", "value": "value"}

    def __call__(self, path: str, query: dict, headers) -> Reply | None:
        found = re.fullmatch(r"/v2/en/country/all/indicator/([^/]+)", path)
        if not found or query.get("format") != ["json"]:
            return None
        if found.group(1) not in self.rows:
            message = [{"id": "120", "key": "Invalid value", "value": "The provided parameter value is not valid"}]
            return Reply(json.dumps([{"message": message}]).encode(), _KIND)
        rows = self.rows[found.group(1)]
        size, page = int(query["per_page"][0]), int(query["page"][0])
        size = min(size, self.page_limit or size)
        header = {
            "page": page, "pages": -(-len(rows) // size), "per_page": size, "total": len(rows) + self.short_by,
            "sourceid": "2", "lastupdated": self.updated,
        }  # fmt: skip
        part = [self._row(found.group(1), *row) for row in rows[(page - 1) * size : page * size]]
        return Reply(json.dumps([header, part]).encode(), _KIND)

    def _row(self, code: str, country: str, year: int, value: float | None) -> dict:
        row = {
            "indicator": {"id": code, "value": code}, "country": {"id": country[:2], "value": country},
            "countryiso3code": country, "date": str(year), "value": value, "unit": "", "obs_status": "", "decimal": 1,
        }  # fmt: skip
        return {self.names.get(name, name): cell for name, cell in row.items()}
