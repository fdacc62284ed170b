"""Briefs: their headlines and evidence, each on one page with every claim of its part, readable by everyone."""

from __future__ import annotations

import json
import re

import pytest
from _ext import briefs
from pypdf import PdfReader

from tests.book.pages import BRIEFS, ROOT
from tests.book.reading_pdfs import plain


def claim(verdict, stronger=None, **more):
    better = {"claim": "Better.", "verdict": stronger} if stronger else None
    return {"id": "X1", "claim": f"It is {verdict}.", "verdict": verdict, "stronger": better, **more}


def test_a_brief_says_how_the_claims_came_out():
    held = [claim("contradicted", "supported"), claim("supported"), claim("supported with limits", "contradicted")]
    assert briefs.headline("Part", held) == (
        "Part: of 3 claims, 1 is supported, 1 is supported with limits and 1 is contradicted"
    )
    assert briefs.headline("Part", held[:1] * 2) == "Part: all 2 claims are contradicted"
    assert briefs.stands(held) == ["Better. (in place of X1)", "It is supported. (X1)"]


def test_evidence_counts_the_readings_that_hold():
    readings = [{"holds": True, "headline": True}, {"holds": False, "headline": False}]
    told = claim("supported", evidence="primary", basis="data", readings=readings)
    assert briefs.evidence(told) == "primary; data; holds on 1 of 2 readings"
    readings[0]["holds"] = False
    assert briefs.evidence(told) == "primary; data; holds on 0 of 2 readings; fails on a headline"
    assert briefs.evidence({**told, "evidence": "", "readings": []}) == "data"


def test_a_brief_of_an_unknown_part_is_refused_with_the_legal_ones(tmp_path, monkeypatch):
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "briefs.yml").write_text("elsewhere: [fig-a]\n")
    (tmp_path / "_toc.yml").write_text((ROOT / "_toc.yml").read_text())
    monkeypatch.setattr(briefs, "ROOT", tmp_path)
    with pytest.raises(ValueError, match=r"the part elsewhere; legal: dual-economy, ai-adoption"):
        briefs.declared.__wrapped__()


@pytest.fixture(scope="module")
def readers(printed):
    return {f"book/briefs/{part}": PdfReader(printed / "book" / "briefs" / f"{part}.pdf") for part in BRIEFS}


@pytest.mark.parametrize("part", BRIEFS)
def test_a_brief_is_one_page_with_every_claim_of_its_part(part, readers, printed):
    reader = readers[f"book/briefs/{part}"]
    assert len(reader.pages) == 1
    page = reader.pages[0]
    assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (595, 842)
    text = plain(page.extract_text())
    claims = json.loads((printed / "claims.json").read_text())
    mine = [one for one in claims if one["chapter"].startswith(f"{part}/")]
    assert mine
    for one in mine:
        for said in (one["id"], *re.findall(r"[\w%]+", f"{one['claim']} {one['measured']}")):
            assert plain(said) in text, (one["id"], said)
    counts = {one["verdict"] for one in mine}
    assert all(plain(verdict) in text for verdict in counts)
    assert "(2026)" in text and plain(f"book/briefs/{part}.html") in text


@pytest.mark.parametrize("view", ["light", "dark", "phone"])
def test_briefs_are_readable_by_everyone(view, site, browser):
    from axe_playwright_python.sync_playwright import Axe

    phone = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
    options = phone if view == "phone" else {"viewport": {"width": 1280, "height": 900}, "color_scheme": view}
    for part in BRIEFS:
        context = browser.new_context(**options, offline=True, reduced_motion="reduce")
        page, wrong = context.new_page(), []
        page.on("console", lambda said, wrong=wrong: wrong.append(said.text) if said.type == "error" else None)
        page.goto((site / "book" / "briefs" / f"{part}.html").as_uri())
        page.wait_for_load_state("load")
        found = Axe().run(page, options={"preload": False}).response["violations"]
        assert not [(one["id"], node["html"][:150]) for one in found for node in one["nodes"]], part
        assert not wrong and page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 1, part
        context.close()
