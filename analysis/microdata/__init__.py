"""Firm microdata: the schema of a register, a synthetic register, moments that are safe to publish.

Names load when they are first used.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "Schema": "analysis.microdata.schema",
    "SchemaError": "analysis.microdata.schema",
    "synthetic_register": "analysis.microdata.synthetic",
    "write_synthetic": "analysis.microdata.synthetic_files",
    "targets": "analysis.microdata.synthetic_targets",
    "Rule": "analysis.microdata.disclosure",
    "suppress": "analysis.microdata.disclosure",
    "audit": "analysis.microdata.disclosure",
    "moments": "analysis.microdata.measures",
    "Moments": "analysis.microdata.measures",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"analysis.microdata has no name {name!r}; public names: {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
