"""Ask the World Bank's Indicators API for one indicator, through wbgapi, and return it as a table of text."""

from __future__ import annotations

from unittest.mock import patch

import pandas as pd
import wbgapi

from analysis.data.refresh.session import NoAnswer, Session

KINDS = ("json",)
_DATABASE = 2  # World Development Indicators
_PER_PAGE = 5000


def fetch(indicator: str, base: str, session: Session) -> tuple[pd.DataFrame, str]:
    """Return all values of an indicator, page by page, and the day on which the publisher last updated it.

    Parameters
    ----------
    indicator : str
        Code, such as "GB.XPD.RSDV.GD.ZS".
    base : str
        Address of the service, up to `/v2`.
    session : Session

    Returns
    -------
    DataFrame
        Columns indicator, country (alpha-3, also of the World Bank's groups), year, value; a missing value is NA.
    str
        The last update, as the service states it.

    Raises
    ------
    NoAnswer
        If the service gives no whole answer, rows lack a part, rows are fewer than announced, or there is none.
    """
    query, before = f"country/all/indicator/{indicator}", len(session.answers)
    with session.stands_in(wbgapi), patch.object(wbgapi, "endpoint", base.rstrip("/")):
        try:
            found = list(wbgapi.fetch(query, {"source": _DATABASE, "per_page": _PER_PAGE}))
        except NoAnswer:
            raise
        except Exception as unread:  # wbgapi: APIError, and KeyError or TypeError on a header it does not know
            raise NoAnswer(_asked(session, base), f"pages of {indicator}", _in_words(unread)) from unread
    asked = session.answers[before].url
    header = session.answers[before].json()[0]
    if not found or int(header["total"]) != len(found):
        raise NoAnswer(asked, f"{header['total']} rows of {indicator}", f"{len(found)} rows")
    if not header.get("lastupdated"):
        raise NoAnswer(asked, "the day of the last update (lastupdated)", f"a header with {', '.join(header)}")
    try:
        rows = [(one["indicator"]["id"], one["countryiso3code"], one["date"], one["value"]) for one in found]
    except (KeyError, TypeError) as lacking:
        wanted = "rows with indicator, countryiso3code, date and value"
        raise NoAnswer(asked, wanted, f"a row without {lacking}") from None
    table = pd.DataFrame(rows, columns=["indicator", "country", "year", "value"])
    table["value"] = table["value"].map(lambda value: None if pd.isna(value) else repr(float(value)))
    table = table.astype("string")
    table = table[table["country"].fillna("") != ""]  # a few groups of the World Bank have no such code
    return table.sort_values(["country", "year"]).reset_index(drop=True), str(header["lastupdated"])


def _asked(session: Session, base: str) -> str:
    return session.answers[-1].url if session.answers else base


def _in_words(unread: Exception) -> str:
    message = getattr(unread, "msg", None) or f"{type(unread).__name__}: {unread}"
    return f"what wbgapi cannot read ({' '.join(str(message).split())[:160]})"
