"""Countries: the members of the OECD and the check of ISO 3166 alpha-3 codes."""

from __future__ import annotations

from collections.abc import Iterable

OECD = {
    "AUS": "Australia", "AUT": "Austria", "BEL": "Belgium", "CAN": "Canada", "CHE": "Switzerland", "CHL": "Chile",
    "COL": "Colombia", "CRI": "Costa Rica", "CZE": "Czechia", "DEU": "Germany", "DNK": "Denmark", "ESP": "Spain",
    "EST": "Estonia", "FIN": "Finland", "FRA": "France", "GBR": "United Kingdom", "GRC": "Greece", "HUN": "Hungary",
    "IRL": "Ireland", "ISL": "Iceland", "ISR": "Israel", "ITA": "Italy", "JPN": "Japan", "KOR": "Korea",
    "LTU": "Lithuania", "LUX": "Luxembourg", "LVA": "Latvia", "MEX": "Mexico", "NLD": "Netherlands", "NOR": "Norway",
    "NZL": "New Zealand", "POL": "Poland", "PRT": "Portugal", "SVK": "Slovakia", "SVN": "Slovenia", "SWE": "Sweden",
    "TUR": "Türkiye", "USA": "United States",
}  # fmt: skip
"""The 38 members of the OECD (since 2021): ISO 3166 alpha-3 code to short English name."""

AGGREGATES = {"OECD": "OECD mean", "EU": "European Union", "EA": "euro area", "WLD": "world"}
"""Codes of areas that a table of countries may also hold; never members of a ranking."""
G7 = ("CAN", "DEU", "FRA", "GBR", "ITA", "JPN", "USA")


def name_of(code: str) -> str:
    """Return the short English name of an OECD member.

    Parameters
    ----------
    code : str
        ISO 3166 alpha-3 code.

    Raises
    ------
    ValueError
        If the code is not that of an OECD member; the message lists the legal ones.

    Examples
    --------
    >>> name_of("KOR")
    'Korea'
    """
    if code not in OECD:
        raise ValueError(f"country code {code!r} is not an OECD member; legal codes: {', '.join(OECD)}")
    return OECD[code]


def missing_members(codes: Iterable[str]) -> list[str]:
    """Return the names of the OECD members that are not among `codes`, in alphabetical order.

    Parameters
    ----------
    codes : iterable of str
        ISO 3166 alpha-3 codes that a table holds.

    Examples
    --------
    >>> missing_members(set(OECD) - {"TUR", "CRI"})
    ['Costa Rica', 'Türkiye']
    """
    held = set(codes)
    return sorted(name for code, name in OECD.items() if code not in held)
