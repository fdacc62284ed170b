"""Command line: read the publishers' files, and the answers of their services that are kept, and write `data/`.

python -m analysis.data.ingest --sources ../shared/sources --out data [table ...]
"""  # fmt: skip

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from analysis.data import catalogue, package
from analysis.data.ingest import answers
from analysis.data.ingest.reading import BadFile
from analysis.data.ingest.tables import TABLES


def main(arguments: list[str] | None = None) -> None:
    """Read the arguments, write the tables that were asked for (all by default) and the package descriptor."""
    parser = argparse.ArgumentParser(prog="python -m analysis.data.ingest", description=__doc__)
    parser.add_argument("--sources", type=Path, required=True, help="folder of the publishers' files")
    parser.add_argument("--out", type=Path, required=True, help="folder to write the tables to")
    parser.add_argument(
        "tables", nargs="*", metavar="table", help=f"tables to rebuild (default: all): {', '.join(TABLES)}"
    )
    options = parser.parse_args(arguments)
    unknown = [name for name in options.tables if name not in TABLES]
    if unknown:
        parser.error(f"no table named {', '.join(unknown)}; legal names: {', '.join(TABLES)}")
    tables: dict[str, pd.DataFrame] = {}

    def load(name: str) -> pd.DataFrame:
        return tables[name] if name in tables else catalogue.load_from(options.out, name)

    try:  # read everything before anything is written: a bad file leaves the package as it was
        for name in options.tables or TABLES:
            tables[name] = answers.overlay(name, TABLES[name](options.sources), options.out, load)
    except BadFile as wrong:
        parser.exit(1, f"{parser.prog}: {wrong}\n")
    options.out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        print(f"{name}: {len(package.write_table(name, table, options.out)):,} rows")
    package.write_package(options.out)


if __name__ == "__main__":
    main()
