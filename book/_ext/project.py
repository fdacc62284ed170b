"""Facts about the project that several extensions need: its root, its citation and its two addresses."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
BRANCH = "main"
SITE_VARIABLE, REPOSITORY_VARIABLE = "TWO_ECONOMIES_SITE", "TWO_ECONOMIES_REPOSITORY"


@dataclass(frozen=True)
class Addresses:
    """Where the site and the repository live; None while they are not set."""

    site: str | None
    repository: str | None

    def source(self, path: str) -> str | None:
        """Return the address of a file in the repository, if the repository has an address."""
        return f"{self.repository}/blob/{BRANCH}/{path}" if self.repository else None


@cache
def citation() -> dict:
    """Return `CITATION.cff` as a mapping."""
    return yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def addresses() -> Addresses:
    """Return the addresses: `url` and `repository-code` of `CITATION.cff`, unless the environment overrides them.

    Raises
    ------
    ValueError
        If an address does not start with https://; the message names where it was set.
    """
    site = _address(SITE_VARIABLE, "url")
    repository = _address(REPOSITORY_VARIABLE, "repository-code")
    return Addresses(
        site=site.rstrip("/") + "/" if site else None, repository=repository.rstrip("/") if repository else None
    )


def _address(variable: str, key: str) -> str | None:
    value = os.environ.get(variable) or citation().get(key)
    if value and not value.startswith("https://"):
        raise ValueError(f"{variable} or {key} in CITATION.cff is {value!r}: an address starts with https://")
    return value or None
