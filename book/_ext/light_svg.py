"""Make a drawing light enough to stand in the page, and free of inline styles, which the security policy refuses.

Styles become attributes, numbers keep two decimals (a hundredth of a point), what draws nothing goes. The files
offered for download keep the drawing as it was made.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from itertools import groupby

ATTRIBUTES = frozenset(
    "clip-path color dominant-baseline fill fill-opacity fill-rule font-family font-size font-stretch font-style "
    "font-variant font-weight opacity shape-rendering stroke stroke-dasharray stroke-dashoffset stroke-linecap "
    "stroke-linejoin stroke-miterlimit stroke-opacity stroke-width text-anchor visibility".split()
)
"""Properties that SVG also takes as attributes."""
_NUMBERS = {"d": 2, "x": 2, "y": 2, "x1": 2, "y1": 2, "x2": 2, "y2": 2, "width": 2, "height": 2, "points": 2}
_NUMBERS |= {"transform": 4, "font-size": 2, "stroke-width": 2, "stroke-dasharray": 2, "stroke-miterlimit": 2}
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_SHAPES = ("path", "use", "rect", "circle", "line", "polyline", "polygon", "text")
_WORTH = 30
"""Letters that a group costs."""
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_AXIS = re.compile(r"matplotlib\.axis_\d+$")
_RULE = re.compile(r"^\s*(?:#[\w-]+\s+)*\*\s*\{([^{}]*)\}\s*$")
_DECLARED = 'xmlns:xlink="http://www.w3.org/1999/xlink"'


def light(svg: str, prefix: str) -> str:
    r"""Return the same drawing with less to carry.

    Parameters
    ----------
    svg : str
        An ``<svg>`` element, as `inline_svg.isolate` returns it.
    prefix : str
        Begins every id that is kept, so that no other drawing of the page has it.

    Raises
    ------
    ValueError
        If it holds a style that SVG cannot express as an attribute; the message names it.

    Examples
    --------
    >>> light('<svg><g><path d="M 1.23456 2 \nL 3 4 \n" style="fill: none; stroke: red"/></g></svg>', "a")
    '<svg><path d="M1.23 2L3 4" fill="none" stroke="red" /></svg>'
    """
    declared = svg if _DECLARED in svg or "xlink:" not in svg else svg.replace("<svg", f"<svg {_DECLARED}", 1)
    root = ET.fromstring(declared)
    for element in root.iter():
        _plain(element)
    for parent in list(root.iter()):
        for rule in [child for child in parent if child.tag == "style"]:
            root.attrib = {**_declarations(_of_all(rule.text or "")), **root.attrib}
            parent.remove(rule)
    _ground_ink(root)
    _share(root, "font-family", "font-size", "fill")
    used = {name for element in root.iter() for name in _referred(element)}
    for group in [one for one in root.iter("g") if _AXIS.search(one.get("id", ""))]:
        _sort_axis(group, used)
    for element in root.iter():
        if element is not root and element.get("id") not in used:
            element.attrib.pop("id", None)
    short = {name: f"{prefix}-{number}" for number, name in enumerate(sorted(used))}
    for element in root.iter():
        _rename(element, short)
    _prune(root, drawn=True)
    _gather(root)
    return ET.tostring(root, encoding="unicode")


def _plain(element: ET.Element) -> None:
    """Take namespaces off, turn the style into attributes, shorten numbers and drop blanks between elements."""
    element.tag = element.tag.rsplit("}", 1)[-1]
    held = {name.rsplit("}", 1)[-1]: value for name, value in element.attrib.items()}
    held |= _declarations(held.pop("style", ""))
    if re.match(r"rotate\(-?0(?:\.0*)?[ ,)]", held.get("transform", "")):
        del held["transform"]
    for name, digits in _NUMBERS.items():
        if name in held:
            held[name] = _NUMBER.sub(lambda number, digits=digits: _short(number[0], digits), held[name])
    if "d" in held:
        held["d"] = _path(held["d"])
    element.attrib = held
    if element.tag not in ("text", "tspan", "title", "desc", "style"):
        element.text = (element.text or "").strip() or None
    if element.tag != "tspan":
        element.tail = (element.tail or "").strip() or None


def _path(steps: str) -> str:
    """Return the steps of a path without blanks, level and upright lines by one number."""
    at, made = ("", ""), []
    for letter, rest in re.findall(r"([A-Za-z])([^A-Za-z]*)", steps):
        numbers = rest.split()
        if letter == "L" and len(numbers) == 2 and numbers[1] == at[1]:
            made.append(f"H{numbers[0]}")
        elif letter == "L" and len(numbers) == 2 and numbers[0] == at[0]:
            made.append(f"V{numbers[1]}")
        else:
            made.append(letter + " ".join(numbers))
        at = tuple(numbers[-2:]) if letter in "MLCQ" and len(numbers) >= 2 else ("", "")
    return "".join(made)


def _short(number: str, digits: int) -> str:
    text = f"{float(number):.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _of_all(rules: str) -> str:
    found = _RULE.match(rules)
    if not found:
        raise ValueError(f"a drawing may style everything in it at once ('* {{...}}') or each part, not {rules!r}")
    return found[1]


def _declarations(style: str) -> dict[str, str]:
    pairs = [one.split(":", 1) for one in style.split(";") if one.strip()]
    named = {name.strip(): value.strip() for name, value in pairs}
    if unknown := sorted(set(named) - ATTRIBUTES):
        raise ValueError(f"style {', '.join(unknown)} is no attribute of SVG; legal: {', '.join(sorted(ATTRIBUTES))}")
    return named


def _ground_ink(root: ET.Element) -> None:
    """Say "black" where nothing is said, so that a fill said once for the whole drawing changes nothing else."""
    held = {id(part) for tag in ("defs", "clipPath") for one in root.iter(tag) for part in one.iter()}

    def walk(element: ET.Element, said: bool) -> None:
        said = said or "fill" in element.attrib
        if element.tag in _SHAPES and id(element) not in held and not said:
            element.set("fill", "#000")
        for child in element:
            walk(child, said or element.tag == "text")

    walk(root, said=False)


def _share(root: ET.Element, *names: str) -> None:
    """Say once for the drawing what most of its words say alike."""
    words = [element for element in root.iter() if element.tag in ("text", "tspan")]
    for name in names:
        said = Counter(element.get(name) for element in words if name in element.attrib)
        if not said or any(name not in element.attrib for element in words if element.tag == "text"):
            continue
        common = said.most_common(1)[0][0]
        for element in root.iter():
            if element.tag == "text" and element.get(name) == common:
                del element.attrib[name]
        root.set(name, common)


def _sort_axis(axis: ET.Element, used: set[str]) -> None:
    """Bring like next to like in an axis, lines, ticks and words, none of which covers another."""
    leaves: list[ET.Element] = []

    def walk(group: ET.Element) -> None:
        for child in group:
            if child.tag == "g" and set(child.attrib) <= {"id"} and child.get("id") not in used:
                walk(child)
            else:
                leaves.append(child)

    walk(axis)
    seen: dict[tuple, int] = {}
    for leaf in leaves:
        seen.setdefault(_kind(leaf), len(seen))
    axis[:] = sorted(leaves, key=lambda leaf: (leaf.tag != "defs", seen[_kind(leaf)]))


def _kind(element: ET.Element) -> tuple:
    return (element.tag, *sorted(_look(element).items()))


def _referred(element: ET.Element) -> list[str]:
    held = [element.attrib["href"][1:]] if "href" in element.attrib else []
    return held + _REFERENCE.findall(" ".join(element.attrib.values()))


def _rename(element: ET.Element, short: dict[str, str]) -> None:
    for name, value in element.attrib.items():
        if name == "id":
            element.set(name, short.get(value, value))
        elif name == "href" and value[1:] in short:
            element.set(name, f"#{short[value[1:]]}")
        else:
            element.set(name, _REFERENCE.sub(lambda found: f"url(#{short.get(found[1], found[1])})", value))


def _prune(parent: ET.Element, drawn: bool) -> None:
    """Drop parts that draw nothing and dissolve groups that say nothing."""
    kept: list[ET.Element] = []
    for child in parent:
        _prune(child, drawn and child.tag not in ("defs", "clipPath", "pattern", "marker", "symbol"))
        if child.tag in ("g", "defs") and not len(child):
            continue
        blank = child.get("fill") == "none" and child.get("stroke", "none") == "none"
        if drawn and child.tag in ("path", "rect") and blank and "id" not in child.attrib:
            continue
        kept += list(child) if child.tag == "g" and not child.attrib else [child]
    parent[:] = kept


def _gather(parent: ET.Element) -> None:
    """Put neighbours that look alike into one group that says how."""
    for child in parent:
        _gather(child)
    if parent.tag == "text":
        return
    made: list[ET.Element] = []
    for (tag, *look), run in groupby(parent, key=_kind):
        alike = list(run)
        if (
            len(alike) > 1
            and tag == "path"
            and ("fill", "none") in look
            and all(set(one.attrib) - {"d"} <= set(dict(look)) for one in alike)
        ):
            alike[0].set("d", "".join(one.get("d", "") for one in alike))
            alike = alike[:1]
        elif tag in _SHAPES and (len(alike) - 1) * len(str(look)) > _WORTH:
            group = ET.Element("g", dict(look))
            for child in alike:
                child.attrib = {name: value for name, value in child.attrib.items() if name not in group.attrib}
            group.extend(alike)
            alike = [group]
        made += alike
    parent[:] = made


def _look(element: ET.Element) -> dict[str, str]:
    return {name: value for name, value in element.attrib.items() if name in ATTRIBUTES}
