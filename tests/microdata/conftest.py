"""What the tests of moments share: a small register."""

from __future__ import annotations

import pytest

from tests.microdata.small_registers import make


@pytest.fixture(scope="module")
def register():
    return make()
