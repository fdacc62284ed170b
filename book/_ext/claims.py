"""Publish the ledger of claims, as the front page shows it: in `claims.json` and, for machines, in the page itself.

A claim is described with the evidence that decides it, as schema.org's `Claim`. Nobody is rated.
"""

from __future__ import annotations

import json
from pathlib import Path

from myst_nb.core import render
from sphinx.errors import ExtensionError

from _ext import metadata
from _ext.executed import outputs
from _ext.project import ROOT, addresses, citation

MIME = "application/vnd.two-economies.claims+json"


class ClaimsAreNotShown:
    """Accept the data beside the claim board, which has no form of its own on the page."""

    @staticmethod
    def handle_mime(renderer, data, inline: bool):
        """Return no nodes for the ledger, None for any other type of output."""
        return [] if data.mime_type == MIME else None


def publish(app, exception) -> None:
    """Write `claims.json`; two pages that disagree on a claim are an error. A chapter not yet written has no page."""
    if exception or app.builder.format != "html":
        return
    site, ledger = addresses().site or "", {}
    for docname, judgements in outputs(app, MIME):
        for one in judgements:
            known = ledger.setdefault(one["id"], one)
            if known != one:
                raise ExtensionError(f"claim {one['id']}: {docname} says otherwise than an earlier page")
        put_in_head(Path(app.outdir) / f"{docname}.html", metadata.script(described(app, judgements, docname)))
    there = app.env.found_docs
    pages = {key: page_of(one) for key, one in ledger.items()}
    listed = [
        {**one, "page": f"{site}{pages[key]}.html" if pages[key] in there else None} for key, one in ledger.items()
    ]
    text = json.dumps(listed, indent=1, ensure_ascii=False, allow_nan=False)
    (Path(app.outdir) / "claims.json").write_text(text + "\n", encoding="utf-8")


def page_of(claim: dict) -> str:
    """Return the page of the chapter that decides a claim."""
    return f"book/{claim['chapter']}"


def put_in_head(path: Path, element: str) -> None:
    """Put an element at the end of the head of a page that is written."""
    page = path.read_text(encoding="utf-8")
    path.write_text(page.replace("</head>", f"{element}\n</head>", 1), encoding="utf-8")


def described(app, judgements: list[dict], docname: str) -> dict:
    """Return the claims of a board as JSON-LD: what is claimed, what was found, and the evidence.

    The evidence of a claim is the tables that it was measured from, and the exhibits of its chapter that draw on the
    tables of its headline figures.
    """
    exhibits: dict[str, dict] = {}
    claims = [_claim(app, one, docname, exhibits) for one in judgements]
    return {"@context": "https://schema.org", "@graph": [*claims, *exhibits.values()]}


def _claim(app, one: dict, docname: str, exhibits: dict[str, dict]) -> dict:
    page, readings = page_of(one), one.get("readings", [])
    tables = list(dict.fromkeys(reading["table"] for reading in readings))
    headline = {reading["table"] for reading in readings if reading["headline"]}
    place = metadata.address(f"{docname}.html#claim-{one['id']}", docname)
    described = {
        "@type": "Claim", "@id": place, "identifier": one["id"], "text": one.get("claim", ""),
        "description": _found(one), "inLanguage": "en", "version": str(citation()["version"]),
    }  # fmt: skip
    if page in app.env.found_docs:
        chapter = {"@type": "ScholarlyArticle", "name": app.env.titles[page].astext()}
        described["appearance"] = {**chapter, "url": metadata.address(f"{page}.html", docname)}
    evidence = [
        {"@type": "Dataset", "name": name, "url": metadata.address(f"data/{name}.csv", docname)}
        for name in tables
        if (ROOT / "data" / f"{name}.csv").is_file()
    ]
    for shown in app.env.exhibits_shown.get(page, []):
        if headline & {source.get("table") for source in shown["source"]}:
            place = metadata.address(f"{page}.html#{shown['id']}", docname)
            kind = "Table" if shown.get("table_html") else "ImageObject"
            exhibits[shown["id"]] = {"@type": kind, "@id": place, "name": shown["title"]}
            evidence.append({"@id": place})
    return {**described, "citation": evidence} if evidence else described


def _found(one: dict) -> str:
    """Return in words what the ledger says of a claim."""
    words = [f"Verdict: {one['verdict']}."]
    words += [f"Measured: {one['measured']}."] if one.get("measured") else []
    words += [f"It turns on: {one['depends_on']}."] if one.get("depends_on") else []
    words += [f"Basis: {one['basis']}, {one['evidence']} evidence."] if one.get("evidence") else []
    if strongest := one.get("stronger"):
        words.append(f"Strongest reading: {strongest['claim']} Verdict on it: {strongest['verdict']}.")
    return " ".join(words)


def setup(app):
    """Add the renderer beside those that MyST-NB found, as in `exhibits`."""
    earlier = render.load_mime_renders
    render.load_mime_renders = lambda: [*earlier(), ClaimsAreNotShown]
    app.connect("build-finished", publish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
