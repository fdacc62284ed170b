"""Let the pages' kernels, and the reader of docstrings, import `analysis` from this tree, installed or not."""

from __future__ import annotations

import os
import sys

from _ext.project import ROOT


def setup(app):
    """Put the root of the project first on the path that kernels inherit."""
    held = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part and part != str(ROOT)]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *held])
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
