"""Start refreshes as processes of their own, each at the cost of a fork: JSON in, the process id and its end out.

A line is {"arguments": [...], "die_at": N, "exchange": bool}. With `die_at` the process kills itself (SIGKILL) at the
Nth step of the file system; without, it is left to the one who asked to kill it. `exchange` false stands for a system
that cannot exchange two folders.
"""

import json
import os
import shutil
import signal
import sys

from analysis.data.refresh import services, swap  # noqa: F401, loaded before the fork
from analysis.report import claims, refresh


def _count_steps(die_at: int) -> None:
    """Let the process die before or after a rename, an exchange, a removal or a copy: whichever is the Nth moment."""
    moments = iter(range(1, 10**6))

    def moment() -> None:
        if next(moments) == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def dying(function):
        def step(*arguments, **options):
            moment()
            result = function(*arguments, **options)
            moment()
            return result

        return step

    os.rename, shutil.rmtree, shutil.copytree = dying(os.rename), dying(shutil.rmtree), dying(shutil.copytree)
    swap._exchange = dying(swap._exchange)
    unlink, first = os.unlink, iter([dying(os.unlink)])  # a folder is half removed after its first file
    os.unlink = lambda *arguments, **options: next(first, unlink)(*arguments, **options)


def main() -> None:
    """Serve until the input ends."""
    for claim in claims.ids(examined=True):  # each process starts with the measures loaded
        claims._measure(claims._ledger()[claim]["measure"])
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            silent = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silent, 1)
            if not order.get("exchange", True):
                swap._exchange = lambda first, second: False
            if order.get("die_at"):
                _count_steps(order["die_at"])
            try:
                refresh.main(order["arguments"])
            except BaseException as wrong:  # SystemExit with words, or a bug: both are a failure here
                print(wrong, file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        print(child, flush=True)
        status = os.waitpid(child, 0)[1]
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
