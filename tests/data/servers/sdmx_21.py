"""SDMX 2.1: structure and data of a flow, as generic or structure-specific XML, as the client asks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from xml.sax.saxutils import quoteattr

from tests.data.servers.local import Reply

_NAMES = (
    'xmlns:mes="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message" '
    'xmlns:str="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/structure" '
    'xmlns:com="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common" '
    'xmlns:gen="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/generic" '
    'xmlns:ss="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/structurespecific" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
_STRUCTURE = "application/vnd.sdmx.structure+xml;version=2.1"
_HEADER = (
    "<mes:Header><mes:ID>A1</mes:ID><mes:Test>false</mes:Test><mes:Prepared>2026-11-24T00:00:00Z</mes:Prepared>"
    '<mes:Sender id="X"/>{}</mes:Header>'
)


@dataclass(frozen=True)
class Flow:
    """A flow: `rows` are mappings with the dimensions, TIME_PERIOD, OBS_VALUE and the attributes."""

    agency: str
    id: str
    version: str
    dimensions: tuple[str, ...]
    attributes: tuple[str, ...]
    rows: tuple[dict, ...] = field(default=())

    def renamed(self, old: str, new: str) -> Flow:
        """Return the flow with a dimension or attribute of another name."""
        swap = lambda names: tuple(new if name == old else name for name in names)  # noqa: E731
        rows = tuple({new if name == old else name: cell for name, cell in row.items()} for row in self.rows)
        return replace(self, dimensions=swap(self.dimensions), attributes=swap(self.attributes), rows=rows)

    def changed(self, **cells) -> Flow:
        """Return the flow with the same cells in every row."""
        return replace(self, rows=tuple({**row, **cells} for row in self.rows))


class Service:
    """Answers `/rest/dataflow/...` and `/rest/data/...` for its flows."""

    def __init__(self, *flows: Flow):
        self.flows = {flow.id: flow for flow in flows}

    def __call__(self, path: str, query: dict, headers) -> Reply | None:
        if found := re.fullmatch(r"/rest/dataflow/([^/]+)/([^/]+)/([^/]+)/?", path):
            flow = self._flow(*found.groups())
            return Reply(_structure(flow, query.get("references", ["none"])[0]), _STRUCTURE) if flow else None
        if found := re.fullmatch(r"/rest/data/([^/,]+),([^/,]+),([^/,]+)/([^/]*)/?", path):
            flow = self._flow(*found.groups()[:3])
            return self._data(flow, found.group(4), headers.get("Accept", "")) if flow else None
        return None

    def _flow(self, agency: str, id_: str, version: str) -> Flow | None:
        flow = self.flows.get(id_.replace("%40", "@"))
        return flow if flow and (agency, version) == (flow.agency, flow.version) else None

    def _data(self, flow: Flow, key: str, accept: str) -> Reply | None:
        wanted = [part.split("+") if part else None for part in key.replace("%2B", "+").split(".")]
        if len(wanted) != len(flow.dimensions):
            return Reply(b"<m>wrong number of dimensions in the key</m>", "application/xml", 400)
        rows = [
            row for row in flow.rows
            if all(codes is None or row[name] in codes for name, codes in zip(flow.dimensions, wanted, strict=True))
        ]  # fmt: skip
        if not rows:
            return None
        if "genericdata+xml" in accept:
            return Reply(_generic(flow, rows), "application/vnd.sdmx.genericdata+xml; version=2.1")
        if "structurespecificdata+xml" in accept:
            return Reply(_specific(flow, rows), "application/vnd.sdmx.structurespecificdata+xml; version=2.1")
        return Reply(b"<m>not acceptable</m>", "application/xml", 406)


def _structure(flow: Flow, references: str) -> bytes:
    names = f'id={quoteattr(flow.id)} agencyID="{flow.agency}" version="{flow.version}"'
    dsd = f'id={quoteattr(flow.id.partition("@")[0])} agencyID="{flow.agency}" version="{flow.version}"'
    concept = '<str:ConceptIdentity><Ref id="{0}" maintainableParentID="CS" agencyID="X" class="Concept"/>' \
        "</str:ConceptIdentity>"  # fmt: skip
    dimensions = "".join(
        f'<str:Dimension id="{name}" position="{place}">{concept.format(name)}</str:Dimension>'
        for place, name in enumerate(flow.dimensions, start=1)
    )
    place = len(flow.dimensions) + 1
    time = f'<str:TimeDimension id="TIME_PERIOD" position="{place}">{concept.format("TIME_PERIOD")}' \
        "<str:LocalRepresentation><str:TextFormat textType=\"ObservationalTimePeriod\"/></str:LocalRepresentation>" \
        "</str:TimeDimension>"  # fmt: skip
    attributes = "".join(
        f'<str:Attribute id="{name}" assignmentStatus="Conditional">{concept.format(name)}<str:AttributeRelationship>'
        '<str:PrimaryMeasure><Ref id="OBS_VALUE"/></str:PrimaryMeasure></str:AttributeRelationship></str:Attribute>'
        for name in flow.attributes
    )
    datastructures = (
        f"<str:DataStructures><str:DataStructure {dsd}><com:Name xml:lang=\"en\">x</com:Name>"
        f'<str:DataStructureComponents><str:DimensionList id="DimensionDescriptor">{dimensions}{time}'
        f'</str:DimensionList><str:AttributeList id="AttributeDescriptor">{attributes}</str:AttributeList>'
        f'<str:MeasureList id="MeasureDescriptor"><str:PrimaryMeasure id="OBS_VALUE">{concept.format("OBS_VALUE")}'
        "</str:PrimaryMeasure></str:MeasureList></str:DataStructureComponents></str:DataStructure></str:DataStructures>"
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><mes:Structure {_NAMES}>{_HEADER.format("")}<mes:Structures>'
        f'<str:Dataflows><str:Dataflow {names} isFinal="true"><com:Name xml:lang="en">x</com:Name><str:Structure>'
        f'<Ref {dsd} class="DataStructure"/></str:Structure></str:Dataflow></str:Dataflows>'
        f"{datastructures if references in ('children', 'descendants', 'all', 'datastructure') else ''}"
        "</mes:Structures></mes:Structure>"
    ).encode()


def _about(flow: Flow, more: str = "") -> str:
    return _HEADER.format(
        f'<mes:Structure structureID="S" {more}dimensionAtObservation="TIME_PERIOD"><com:StructureUsage>'
        f'<Ref agencyID="{flow.agency}" id={quoteattr(flow.id)} version="{flow.version}"/></com:StructureUsage>'
        "</mes:Structure>"
    )


def _series(flow: Flow, rows: list[dict]) -> dict[tuple, list[dict]]:
    found: dict[tuple, list[dict]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in flow.dimensions), []).append(row)
    return found


def _generic(flow: Flow, rows: list[dict]) -> bytes:
    def values(pairs):
        return "".join(f'<gen:Value id="{name}" value={quoteattr(str(cell))}/>' for name, cell in pairs)

    parts = []
    for key, members in _series(flow, rows).items():
        observations = "".join(
            f'<gen:Obs><gen:ObsDimension value="{row["TIME_PERIOD"]}"/>'
            + (f'<gen:ObsValue value="{row["OBS_VALUE"]}"/>' if row["OBS_VALUE"] is not None else "")
            + f"<gen:Attributes>{values((n, row[n]) for n in flow.attributes if row.get(n) is not None)}"
            "</gen:Attributes></gen:Obs>"
            for row in members
        )
        parts.append(f"<gen:Series><gen:SeriesKey>{values(zip(flow.dimensions, key, strict=True))}</gen:SeriesKey>"
                     f"{observations}</gen:Series>")  # fmt: skip
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><mes:GenericData {_NAMES}>{_about(flow)}'
        f'<mes:DataSet structureRef="S" action="Append">{"".join(parts)}</mes:DataSet></mes:GenericData>'
    ).encode()


def _specific(flow: Flow, rows: list[dict]) -> bytes:
    def cells(pairs):
        return " ".join(f"{name}={quoteattr(str(cell))}" for name, cell in pairs)

    parts = []
    for key, members in _series(flow, rows).items():
        names = ("TIME_PERIOD", "OBS_VALUE", *flow.attributes)
        held = [[(name, row[name]) for name in names if row.get(name) is not None] for row in members]
        observations = "".join(f"<Obs {cells(pairs)}/>" for pairs in held)
        parts.append(f"<Series {cells(zip(flow.dimensions, key, strict=True))}>{observations}</Series>")
    about = _about(flow, 'namespace="urn:x" ')
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><mes:StructureSpecificData {_NAMES} xmlns:ns="urn:x">{about}'
        f'<mes:DataSet ss:structureRef="S" xsi:type="ns:DataSetType" ss:dataScope="DataStructure" ss:action="Append">'
        f"{''.join(parts)}</mes:DataSet></mes:StructureSpecificData>"
    ).encode()
