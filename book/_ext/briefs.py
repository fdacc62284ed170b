"""One-page briefs: for each part of the book its claims, their verdicts and one or two exhibits, from the ledger.

`book/briefs.yml` names the exhibits of each brief. Every word about results comes from the ledger and the exhibits.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.errors import ExtensionError

from _ext import cite, inline_svg, repairs
from _ext.chapters import folder_up
from _ext.claims import MIME as CLAIMS
from _ext.executed import outputs
from _ext.exhibits import FOLDER as EXHIBIT_PAGES
from _ext.exhibits import MIME as EXHIBITS
from _ext.exhibits import credits, node_of, notes
from _ext.project import ROOT, addresses
from analysis.report import citations

FOLDER = "book/briefs"
_CLEAR = "supported"
_STANDS = "What holds without limits, in the words of the argument or narrower ones."


@dataclass(frozen=True)
class Brief:
    """A part of the book and the exhibits its brief shows."""

    part: str
    caption: str
    exhibits: tuple[str, ...]

    @property
    def docname(self) -> str:
        """The page of the brief."""
        return f"{FOLDER}/{self.part}"


@cache
def declared() -> tuple[Brief, ...]:
    """Return the briefs that `book/briefs.yml` declares; none if there is no such file.

    Raises
    ------
    ValueError
        If it names a part that the table of contents does not have; the message lists the legal ones.
    """
    file = ROOT / "book" / "briefs.yml"
    if not file.exists():
        return ()
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    captions = {
        chapter["file"].split("/")[1]: part["caption"] for part in toc.get("parts", []) for chapter in part["chapters"]
    }
    named = yaml.safe_load(file.read_text(encoding="utf-8"))
    if unknown := sorted(set(named) - set(captions)):
        raise ValueError(f"briefs.yml names the part {', '.join(unknown)}; legal: {', '.join(captions)}")
    return tuple(Brief(part, captions[part], tuple(shown)) for part, shown in named.items())


def names() -> list[str]:
    """Return the pages of the briefs."""
    return [one.docname for one in declared()]


def headline(caption: str, claims: list[dict]) -> str:
    """Return the finding of a part: how its claims came out.

    Examples
    --------
    >>> headline("The divide", [{"verdict": "supported"}, {"verdict": "contradicted"}, {"verdict": "supported"}])
    'The divide: of 3 claims, 2 are supported and 1 is contradicted'
    >>> headline("The divide", [{"verdict": "contradicted"}])
    'The divide: the one claim is contradicted'
    """
    from analysis.report.claims import VERDICTS  # not at the top: a book without briefs needs no ledger

    counts = {verdict: sum(one["verdict"] == verdict for one in claims) for verdict in VERDICTS}
    found = {verdict: count for verdict, count in counts.items() if count}
    if len(claims) == 1:
        return f"{caption}: the one claim is {next(iter(found))}"
    if len(found) == 1:
        return f"{caption}: all {len(claims)} claims are {next(iter(found))}"
    words = [f"{count} {'is' if count == 1 else 'are'} {verdict}" for verdict, count in found.items()]
    return f"{caption}: of {len(claims)} claims, {', '.join(words[:-1])} and {words[-1]}"


def stands(claims: list[dict]) -> list[str]:
    """Return what holds without limits, with the claim it belongs to: claims as made, and other wordings of others."""
    found = []
    for one in claims:
        if one["verdict"] == _CLEAR:
            found.append(f"{one['claim']} ({one['id']})")
        elif one["stronger"] and one["stronger"]["verdict"] == _CLEAR:
            found.append(f"{one['stronger']['claim']} (in place of {one['id']})")
    return found


def evidence(claim: dict) -> str:
    """Return what a verdict rests on: kind of evidence, basis, readings that agree."""
    readings = claim["readings"]
    agree = f"holds on {sum(bool(one['holds']) for one in readings)} of {len(readings)} readings" if readings else ""
    fails = any(one["headline"] and not one["holds"] for one in readings)
    return "; ".join(filter(None, (claim["evidence"], claim["basis"], agree, "fails on a headline" if fails else "")))


def _escaped(words: str) -> str:
    """Return words as HTML, a number and its percent sign on one line."""
    return html.escape(words).replace(" %", "\N{NO-BREAK SPACE}%")


def _row(claim: dict, root: str) -> str:
    from analysis.report.cards import badge, by_part  # not at the top, as above

    mark = " †" if claim["evidence"] == "secondary" else ""
    measured = claim["measured"] + mark if claim["measured"] else claim["depends_on"]
    link = f'<a href="{root}book/{claim["chapter"]}.html">{claim["id"]}</a>'
    parts = by_part(claim["parts"])
    found = badge(claim["verdict"]) + (f"<br><small>{_escaped(parts)}</small>" if parts else "")
    cells = (found, _escaped(measured), _escaped(evidence(claim)))
    tds = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{link} {_escaped(claim["claim"])}</th>{tds}</tr>'


def _figure(payload: dict, docname: str, root: str) -> str:
    name, said = payload["id"], notes(payload)
    drawing = inline_svg.described(node_of(payload)["drawing"], payload["alt"])
    mark = " †" if payload.get("secondary") else ""
    note = f'<p class="exhibit-note">{" ".join(said)}</p>' if said else ""
    return (
        f'<figure class="exhibit exhibit--figure" id="{name}"><div class="exhibit-drawing" role="group" '
        f'aria-label="Drawing of {name}" tabindex="0">{drawing}</div>'
        f'<p class="exhibit-data"><a href="{root}{EXHIBIT_PAGES}/{name}.html">Data as a table'
        f'<span class="visually-hidden"> of {name}</span></a></p>'
        f'<figcaption><p><span class="exhibit-title"><a href="{root}{docname}.html#{name}">'
        f"{html.escape(payload['title'])}</a>{mark}</span></p>{note}"
        f'<p class="exhibit-source">{"; ".join(credits(payload["source"]))}.</p></figcaption></figure>'
    )


def body(brief: Brief, claims: list[dict], shown: list[tuple[str, dict]], citation: str) -> str:
    """Return the page of a brief as HTML.

    Parameters
    ----------
    brief : Brief
    claims : list of dict
        The ledger's judgements on the claims of the part.
    shown : list of (str, dict)
        The exhibits, each with the page it stands on.
    citation : str
        How to cite the report, as HTML.
    """
    root, firm = folder_up(brief.docname), " ".join(map(_escaped, stands(claims)))
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Claim", "Verdict", "Measured", "Evidence"))
    rows = "".join(_row(one, root) for one in claims)
    caption = f"Claims and verdicts: {html.escape(brief.caption)}"
    address = (addresses().site or "") + f"{brief.docname}.html"
    return (
        f'<section class="brief-page"><h1>{html.escape(headline(brief.caption, claims))}</h1>\n'
        '<p class="page-facts">One page, made from the ledger of claims</p>\n'
        + (f'<p class="brief-stands"><strong>{_STANDS}</strong> {firm}</p>\n' if firm else "")
        + f'<table class="brief-claims"><caption class="visually-hidden">{caption}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>\n"
        f'<div class="brief-exhibits">{"".join(_figure(one, page, root) for page, one in shown)}</div>\n'
        '<div class="brief-foot"><p>A clear verdict needs the headline definition and at least three quarters of the '
        f'others to agree; one with limits is anything between, and may fail on most readings '
        f'(<a href="{root}book/appendix/methods.html">methods</a>). † rests on a figure quoted from a '
        f"secondary source.</p><p>{citation}</p><p>{address}</p></div></section>\n"
    )


def pages(app) -> Iterator[tuple[str, dict, str]]:
    """Yield the pages of the briefs for Sphinx to write.

    Raises
    ------
    ExtensionError
        If a brief names an exhibit that is not in the book or is no drawing, or its part has no claim.
    """
    briefs = declared()
    if not briefs:
        return
    ledger = {one["id"]: one for _, judged in outputs(app, CLAIMS) for one in judged}
    drawings = {one["id"]: (page, one) for page, one in outputs(app, EXHIBITS) if one.get("svg")}
    for brief in briefs:
        claims = [one for one in ledger.values() if one["chapter"].startswith(f"{brief.part}/")]
        if not claims:
            raise ExtensionError(f"briefs.yml: no claim of the ledger belongs to the part {brief.part}")
        if missing := [name for name in brief.exhibits if name not in drawings]:
            raise ExtensionError(
                f"briefs.yml, {brief.part}: no drawing {', '.join(missing)}; legal: {', '.join(sorted(drawings))}"
            )
        shown = [drawings[name] for name in brief.exhibits]
        work = cite.book(app)
        says = f"{citations.text(work, 'APA', markup=True)} Version {work.version} of {work.released.isoformat()}."
        title, text = headline(brief.caption, claims), body(brief, claims, shown, says)
        meta = f'<meta name="description" content="{html.escape(title)}">'
        yield brief.docname, {"title": title, "body": text, "metatags": meta}, "page.html"


def offer(app, doctree, docname: str) -> None:
    """Link the pages of a part, and the front page, to their briefs, in the line of facts under the title."""
    facts = next((one for one in doctree.findall(nodes.paragraph) if "page-facts" in one["classes"]), None)
    if app.builder.format != "html" or facts is None:
        return
    front = docname == app.config.root_doc
    chosen = [one for one in declared() if front or docname.startswith(f"book/{one.part}/")]
    if not chosen:
        return
    links = []
    for one in chosen:
        name = html.escape(one.caption) if front else "One-page brief"
        links.append(f'<a href="{folder_up(docname)}{one.docname}.html">{name}</a>')
    words = f"One-page briefs: {', '.join(links)}" if front else links[0]
    facts += nodes.raw("", f" · {words}", format="html")


def mend(app, exception) -> None:
    """Mend the pages of the briefs as all other pages are."""
    if exception or app.builder.format != "html":
        return
    for docname in names():
        path = Path(app.outdir) / f"{docname}.html"
        path.write_text(repairs.repaired(path.read_text(encoding="utf-8")), encoding="utf-8")


def setup(app):
    """Connect to the writing of pages and, after all others are mended, to the end of the build."""
    app.connect("html-collect-pages", pages)
    app.connect("doctree-resolved", offer, priority=600)
    app.connect("build-finished", mend, priority=810)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
