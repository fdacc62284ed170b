"""Ask an SDMX 2.1 service (OECD, ILO) for one flow, through sdmx1, and return its observations as a table of text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import sdmx

from analysis.data.refresh.session import NoAnswer, Session

_XML = "application/vnd.sdmx.{}data+xml;version=2.1"
ACCEPT = f"{_XML.format('generic')}, {_XML.format('structurespecific')};q=0.5"
KINDS = ("xml",)


@dataclass(frozen=True)
class Flow:
    """One flow of a service and the part of it that a table needs.

    Parameters
    ----------
    agency, id, version : str
        Identity of the flow, as the service names it.
    key : mapping
        Dimension to the codes wanted; the order of the dimensions is asked of the service.
    """

    agency: str
    id: str
    version: str
    key: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        """Return the identity as SDMX writes it."""
        return f"{self.agency}:{self.id}({self.version})"


def fetch(flow: Flow, base: str, session: Session) -> pd.DataFrame:
    """Return the observations of a flow, one row each: the dimensions, TIME_PERIOD, OBS_VALUE and the attributes.

    Two requests: the structure of the flow, which gives the order of its dimensions, then the data.

    Parameters
    ----------
    flow : Flow
    base : str
        Address of the service, up to `/rest`.
    session : Session

    Raises
    ------
    NoAnswer
        If the service gives no whole answer, the flow has no dimension of a name in `flow.key`, a code that was asked
        for is not among the codes that came, an observation stands twice, or there is none.
    """
    client = sdmx.Client(_source(base), session=session)
    structure, asked = _structure(client, flow)
    dimensions = [dimension.id for dimension in structure.dimensions if dimension.id != "TIME_PERIOD"]
    if unknown := [name for name in flow.key if name not in dimensions]:
        raise NoAnswer(asked, f"a dimension {', '.join(unknown)} in {flow}", f"dimensions {', '.join(dimensions)}")
    key = ".".join("+".join(flow.key.get(name, ())) for name in dimensions)
    message, asked = _get(
        client, session, "a data message", resource_type="data",
        resource_id=f"{flow.agency},{flow.id},{flow.version}", key=key, dsd=structure, headers={"Accept": ACCEPT},
    )  # fmt: skip
    rows = [_row(one, dimensions) for part in getattr(message, "data", []) for one in part.obs]
    if not rows:
        raise NoAnswer(asked, f"observations of {flow}", "none")
    table = pd.DataFrame(rows).astype("string")
    _check(table, flow, dimensions, asked)
    return table.sort_values([*dimensions, "TIME_PERIOD"]).reset_index(drop=True)


def _structure(client: sdmx.Client, flow: Flow):
    message, asked = _get(
        client, client.session, "a structure message", resource_type="dataflow", resource_id=flow.id,
        agency_id=flow.agency, version=flow.version, params={"references": "children"},
    )  # fmt: skip
    found = list(getattr(message, "structure", {}).values())
    if len(found) != 1:
        raise NoAnswer(asked, f"the structure of {flow}", f"{len(found)} structures")
    return found[0], asked


def _get(client: sdmx.Client, session: Session, what: str, **options):
    """Return the message and the address that was asked; what sdmx1 cannot read is an answer that did not come."""
    try:
        return client.get(**options), session.answers[-1].url
    except NoAnswer:
        raise
    except Exception as unread:  # sdmx1 raises what its parser met: KeyError, TypeError, XMLParseError, ...
        address = session.answers[-1].url if session.answers else client.source.url
        why = " ".join(str(unread).split())[:160]
        raise NoAnswer(address, what, f"what sdmx1 cannot read ({type(unread).__name__}: {why})") from unread


def _source(base: str) -> str:
    """Register the address with sdmx1 and return the id; no known source is used, so that nothing else is asked."""
    name = f"two-economies {base}"
    sdmx.add_source({"id": name, "url": base.rstrip("/"), "name": base}, override=True)
    return name


def _row(observation, dimensions: list[str]) -> dict[str, str | None]:
    cells = {part.id: part.value for part in observation.key.values.values()}
    row = {name: cells.get(name) for name in (*dimensions, "TIME_PERIOD")}
    row["OBS_VALUE"] = observation.value
    row |= {name: part.value for name, part in observation.attrib.items()}
    return {name: None if value is None else str(getattr(value, "id", value)) for name, value in row.items()}


def _check(table: pd.DataFrame, flow: Flow, dimensions: list[str], asked: str) -> None:
    for name in [*dimensions, "TIME_PERIOD"]:
        if table[name].isna().any():
            raise NoAnswer(asked, f"a {name} of every observation", "observations without it")
    for name, codes in flow.key.items():
        if missing := sorted(set(codes) - set(table[name])):
            raise NoAnswer(asked, f"{name} {', '.join(codes)}", f"no observation of {', '.join(missing)}")
        if stray := sorted(set(table[name]) - set(codes)):
            raise NoAnswer(asked, f"{name} {', '.join(codes)} only", f"also {', '.join(stray)}")
    doubled = table.duplicated([*dimensions, "TIME_PERIOD"])
    if doubled.any():
        cell = " ".join(table.loc[doubled, [*dimensions, "TIME_PERIOD"]].iloc[0])
        raise NoAnswer(asked, "every observation once", f"{cell} more than once")
