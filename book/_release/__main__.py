"""The command line: `make release` and `make numbers` call it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from _ext.project import ROOT

from _release import numbers, release
from analysis.report import published


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return 0, or 1 after a message that says what to do."""
    parser = argparse.ArgumentParser(prog="python -m _release", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make", help="write archive, package, manifest, notes and checksums")
    making.add_argument("--out", type=Path, default=ROOT / "dist", help="folder to write (default: dist)")
    making.add_argument("--tag", help="the tag that is released; everything has to agree with it")
    comparing = commands.add_parser("numbers", help="print which published numbers changed")
    comparing.add_argument("--since", help="a tag, another revision or a folder; without it, what there is now")
    comparing.add_argument("--now", default=str(ROOT / published.FOLDER), help="the same (default: the present files)")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "make":
            for path in release.make(ROOT, chosen.out, chosen.tag or None):
                print(path)
        else:
            now = numbers.kept(ROOT, chosen.now)
            before = numbers.kept(ROOT, chosen.since) if chosen.since else None
            lines = numbers.changes(before, now, numbers.chapters(ROOT)) if before else numbers.first(now)
            print(numbers.section(lines), end="")
    except (ValueError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
