"""Command line: the moments of a register of firms, safe to publish.

python -m analysis.microdata schema > my.yml
python -m analysis.microdata run register.parquet --schema my.yml --out moments/
python -m analysis.microdata synthetic --firms 100000 --out synthetic_register.parquet
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import duckdb
import ibis

from analysis.microdata.disclosure import Rule
from analysis.microdata.measures import FAMILIES
from analysis.microdata.run import run
from analysis.microdata.schema import ON_FAILURE, Schema
from analysis.microdata.synthetic import FIRST_YEAR, LAST_YEAR, synthetic_register
from analysis.microdata.synthetic_files import write_synthetic

PROGRAM = "python -m analysis.microdata"
NONE = "none"


def main(arguments: list[str] | None = None) -> int:
    """Read the arguments and do what they say.

    Returns
    -------
    int
        0 if all went well, 1 if a file, a register or a folder was not as it must be, 130 if interrupted. Wrong
        arguments end the program with 2.
    """
    options = _parser().parse_args(arguments)
    try:
        options.act(options)
    except KeyboardInterrupt:
        print(f"{PROGRAM}: interrupted; the same command goes on where it stopped", file=sys.stderr)
        return 130
    except FileNotFoundError as error:
        print(f"{PROGRAM}: {error if error.errno is None else _no_file(error)}", file=sys.stderr)
        return 1
    except (ValueError, TypeError, OSError) as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 1
    except duckdb.Error as error:
        print(f"{PROGRAM}: the register cannot be read or is too large for --memory: {error}", file=sys.stderr)
        return 1
    return 0


def _no_file(error: FileNotFoundError) -> str:
    return f"there is no file {str(error.filename)!r}"


def _parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(
        prog=PROGRAM, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    actions = whole.add_subparsers(required=True, metavar="run | schema | synthetic")
    _run_parser(actions.add_parser("run", help="measure a register and write one safe table per family"))
    schema = actions.add_parser("schema", help="print the default schema, to be edited and given to run")
    schema.set_defaults(act=_schema)
    synthetic = actions.add_parser("synthetic", help="write a synthetic register, labelled as such")
    synthetic.add_argument("--out", type=Path, required=True, metavar="synthetic_NAME.parquet")
    synthetic.add_argument("--firms", type=int, default=100_000, help="firms a year (default: %(default)s)")
    synthetic.add_argument(
        "--years", type=_years, default=range(2015, 2024), metavar="FIRST-LAST",
        help=f"within {FIRST_YEAR}-{LAST_YEAR} (default: 2015-2023)",
    )  # fmt: skip
    synthetic.add_argument("--seed", type=int, default=0, help="of all draws (default: %(default)s)")
    synthetic.set_defaults(act=_synthetic)
    return whole


def _run_parser(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("register", type=Path, help="parquet or csv file, one row per firm and year")
    parser.add_argument("--schema", type=Path, metavar="YML", help="names of columns, codes, units (default: standard)")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="new, empty, or of the same run")
    parser.add_argument(
        "--by", nargs="+", default=["industry"], metavar="COLUMN",
        help="grouping columns; the time is always one (default: industry)",
    )  # fmt: skip
    parser.add_argument(
        "--totals", nargs="+", metavar="COLUMN",
        help="grouping columns with a total as well, protected together with their parts (default: all; or none)",
    )  # fmt: skip
    parser.add_argument(
        "--families", nargs="+", choices=tuple(FAMILIES), metavar="FAMILY", help=f"of {', '.join(FAMILIES)}"
    )
    rule = Rule()
    parser.add_argument(
        "--min-firms", type=int, default=rule.min_firms, help="fewer firms make a cell unsafe (default: %(default)s)"
    )
    parser.add_argument(
        "--dominance", type=float, default=rule.dominance,
        help="a larger share of the largest makes a cell unsafe (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--largest", type=int, default=rule.largest, choices=(1, 2),
        help="how many firms --dominance speaks of (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--p-percent", type=float, metavar="SHARE", help="the p%% rule as well, as a fraction")
    parser.add_argument(
        "--protection", type=float, default=rule.protection,
        help="how near, as a share, no reader may come to a hidden value (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--on-failure", choices=ON_FAILURE, default="raise",
        help="what to do with rows that fail the schema (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--memory", metavar="8GB", help="most memory that queries take; the rest goes to disk")
    parser.add_argument("--audit", action="store_true", help="attack the table by size class before writing (slow)")
    again = parser.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="go on with a run that was cut (what happens anyway)")
    again.add_argument("--restart", action="store_true", help="throw away what an earlier run left in the folder")
    parser.set_defaults(act=_run)


def _run(options: argparse.Namespace) -> None:
    schema = None if options.schema is None else Schema.from_yaml(options.schema)
    rule = Rule(options.min_firms, options.dominance, options.largest, options.p_percent, options.protection)
    time = {"time", "year" if schema is None else schema.time}
    totals = [name for name in options.by if name not in time]
    if options.totals is not None:
        totals = [name for name in options.totals if name != NONE]
    with tempfile.TemporaryDirectory(prefix="microdata_") as folder:
        engine = ibis.get_backend()
        engine.raw_sql(f"SET temp_directory = '{Path(folder).as_posix()}'")
        if options.memory is not None:
            engine.raw_sql(f"SET memory_limit = '{_size(options.memory)}'")
        run(
            options.register, options.out, by=options.by, schema=schema, rule=rule, totals=totals,
            families=options.families, on_failure=options.on_failure, restart=options.restart, audit=options.audit,
            say=_say,
        )  # fmt: skip


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _size(text: str) -> str:
    number = text.upper().removesuffix("GB").strip()
    try:
        return f"{float(number):g}GB"
    except ValueError:
        raise ValueError(f"--memory={text!r}: a size in GB is needed, such as 8GB") from None


def _schema(options: argparse.Namespace) -> None:
    print(Schema.default().to_yaml(), end="")


def _years(text: str) -> range:
    first, _, last = text.partition("-")
    try:
        return range(int(first), int(last or first) + 1)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: two years are needed, such as 2015-2023") from None


def _synthetic(options: argparse.Namespace) -> None:
    register = synthetic_register(options.firms, options.years, options.seed)
    path = write_synthetic(options.out, register)
    _say(f"{len(register):,} rows in {path.name}: {register.attrs['title']}")


if __name__ == "__main__":
    sys.exit(main())
