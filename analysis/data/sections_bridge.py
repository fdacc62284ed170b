"""A bridge of our own from NAICS codes to sections of ISIC Rev.4: which section an American industry belongs to.

No official table maps NAICS to sections one to one: a NAICS code may fall into several. The bridge
(`transcriptions/naics_isic.yml`) sends each code to one section, by its longest known prefix, and lists the codes that
are split between sections with the reason for the choice.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from analysis.data.sectors import SECTIONS

FILE = Path(__file__).parent / "transcriptions" / "naics_isic.yml"
_SPAN = re.compile(r"(\d+)-(\d+)")


def section_of(naics: str) -> str:
    """Return the ISIC section of a NAICS code of two digits or more.

    Parameters
    ----------
    naics : str
        A code (`5415`), a code padded or varied with letters as the US labour statistics print it (`541500`,
        `4240A2`), a span of codes (`44-45`) or a remainder (`53-other`: what is left of 53 when its finer codes in the
        same table are taken out).

    Returns
    -------
    str
        A letter.

    Raises
    ------
    ValueError
        If the code is no NAICS code the bridge knows, or a span covers several sections.

    Examples
    --------
    >>> section_of("5415"), section_of("541100"), section_of("44-45"), section_of("8113")
    ('J', 'M', 'G', 'C')
    """
    code = str(naics).strip()
    if span := _SPAN.fullmatch(code):
        first, last = span.groups()
        found = {_longest(str(one), naics) for one in range(int(first), int(last) + 1)}
        if len(found) > 1:
            raise ValueError(f"NAICS {naics!r} spans the sections {', '.join(sorted(found))}: give its parts")
        return found.pop()
    return _longest(code.removesuffix("-other"), naics)


def split_codes() -> pd.DataFrame:
    """Return the codes that fall into several sections, where the bridge puts them and why.

    Returns
    -------
    DataFrame
        Columns naics, section, why.

    Examples
    --------
    >>> split_codes().set_index("naics").at["8111", "section"]
    'G'
    """
    return pd.DataFrame(_bridge()["split"])


def _longest(code: str, asked: str) -> str:
    sections = _bridge()["sections"]
    if re.fullmatch(r"\d{2,}[A-Z]?\d*", code):
        for length in range(len(code), 1, -1):
            if code[:length] in sections:
                return sections[code[:length]]
    raise ValueError(f"no section for NAICS code {asked!r}; known prefixes: {', '.join(sections)}")


@cache
def _bridge() -> dict:
    """Read the bridge, checked: known sections, each split code in line with the prefixes."""
    found = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    if odd := sorted(set(found["sections"].values()) - SECTIONS):
        raise ValueError(f"{FILE.name}: no sections {', '.join(odd)}; legal: {', '.join(sorted(SECTIONS))}")
    return found
