"""Run the published cases whose data lie outside the project: python benchmarks/validation.py FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(folder: Path) -> None:
    """Run every case and store what was expected and what came out."""
    # coverage.py beside this file would hide the package of that name, which numba asks for
    sys.path = [one for one in sys.path if Path(one).resolve() != HERE.resolve()]
    from analysis.report import validation, validation_files

    table = validation.compared(row for case in validation_files.CASES.values() for row in case(folder))
    print(validation.printed(validation.summary(table)).to_string(index=False), file=sys.stderr)
    kept = table[validation.COLUMNS[:-1]]
    # fifteen digits, of which the results of R at 1e-12 need thirteen
    kept.to_csv(validation.STORED, index=False, float_format="%.15g", lineterminator="\n")
    if not table["pass"].all():
        sys.exit(f"some rows fail:\n{table[~table['pass']]}")


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python benchmarks/validation.py FOLDER, the folder that holds one folder per case")
    main(Path(sys.argv[1]))
