"""How claims look on a page: the card in a chapter's margin and the board on the front page."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from analysis.report import claims

MIME = "application/vnd.two-economies.claims+json"
_READINGS = '<a href="../appendix/methods.html">readings</a>'
"""The word that a card links to the page which explains it; cards stand on pages one folder down."""
_EXHIBIT = re.compile(r"\b(?:fig|tab)-[a-z0-9]+(?:-[a-z0-9]+)*")
_CSS = dict(zip(claims.VERDICTS, ("supported", "limits", "contradicted", "untestable", "unexamined"), strict=True))


@dataclass(frozen=True)
class View:
    """A piece of HTML for the page, with the judgements behind it for `claims.json`."""

    html: str
    judgements: tuple[dict, ...] = ()

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        bundle = {"text/html": self.html}
        return {**bundle, MIME: list(self.judgements)} if self.judgements else bundle


def badge(verdict: str) -> str:
    """Return a verdict as a badge: its words on its colour."""
    if verdict not in _CSS:
        raise ValueError(f"verdict {verdict!r}; legal: {', '.join(_CSS)}")
    return f'<span class="verdict verdict--{_CSS[verdict]}">{html.escape(verdict)}</span>'


def _linked(words: str, page: str = "") -> str:
    """Return words as HTML, the id of an exhibit as a link to it."""
    return _EXHIBIT.sub(lambda name: f'<a href="{page}#{name.group()}">{name.group()}</a>', html.escape(words))


def by_part(parts: Mapping[str, str]) -> str:
    """Return the verdict on each part in words, or nothing where they agree: what the whole hides.

    Examples
    --------
    >>> by_part({"firms": "supported", "jobs": "contradicted"})
    'firms: supported; jobs: contradicted'
    """
    if len(set(parts.values())) < 2:
        return ""
    return "; ".join(f"{claims.part_name(name)}: {found}" for name, found in parts.items())


def card(claim: str) -> View:
    """Return the card of one claim: what was claimed, the verdict, what was measured and what it turns on."""
    judged = claims.judge(claim)
    lines = [
        f'<p class="claim-card-claim"><strong>{judged.id}</strong> {html.escape(judged.claim)}</p>',
        f"<p>{badge(judged.verdict)}</p>",
    ]
    if by_part(judged.parts):
        lines.append(f'<p class="claim-card-parts">Part by part: {html.escape(by_part(judged.parts))}.</p>')
    if judged.measured:
        mark = " †" if judged.evidence == "secondary" else ""
        lines.append(f'<p class="claim-card-measured">Measured: {html.escape(judged.measured)}{mark}</p>')
        held = html.escape(claims.agreement(judged.readings)).replace("readings", _READINGS, 1)
        lines.append(f'<p class="claim-card-agreement">Holds on {held}.</p>')
    if judged.depends_on:
        lines.append(f'<p class="claim-card-depends">It turns on: {_linked(judged.depends_on)}</p>')
    if judged.stronger:
        lines.append(
            f'<p class="claim-card-stronger">Strongest reading: {html.escape(judged.stronger.claim)} '
            f"{badge(judged.stronger.verdict)}</p>"
        )
    return View(f'<aside class="claim-card" aria-label="Claim {judged.id}">{"".join(lines)}</aside>')


def board() -> View:
    """Return the claim board as a table that folds into cards on a phone."""
    judged = [claims.judge(claim) for claim in claims.ids()]
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Claim", "Verdict", "Measured", "What it turns on"))
    body = "".join(_row(one) for one in judged)
    table = (
        '<table class="claim-board"><caption class="visually-hidden">The claims and their verdicts</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
    return View(table, tuple(one.as_dict() for one in judged))


def _row(one: claims.Judgement) -> str:
    examined = one.verdict != claims.UNEXAMINED
    link = f'<a href="{one.chapter}.html">{one.id}</a>' if examined else one.id
    mark = " †" if one.evidence == "secondary" else ""
    parts = f"<br><small>{html.escape(by_part(one.parts))}</small>" if by_part(one.parts) else ""
    cells = [("Verdict", badge(one.verdict) + parts)]
    if examined:
        turns = _linked(one.depends_on, f"{one.chapter}.html")
        cells += [("Measured", html.escape(one.measured) + mark), ("What it turns on", turns)]
    stronger = (
        f"<br><small>Strongest reading: {html.escape(one.stronger.claim)} {badge(one.stronger.verdict)}</small>"
        if one.stronger
        else ""
    )
    tds = "".join(f'<td data-label="{label}">{cell}</td>' for label, cell in cells)
    tds += "" if examined else '<td class="empty"></td>' * 2
    claim = f"<strong>{link}</strong> {html.escape(one.claim)}{stronger}"
    return f'<tr id="claim-{one.id}"><th scope="row">{claim}</th>{tds}</tr>'
