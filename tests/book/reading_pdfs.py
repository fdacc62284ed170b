"""What is in a PDF: its links, bitmaps, outline and words."""

from __future__ import annotations

from pypdf import PdfReader


def uris(reader: PdfReader) -> list[str]:
    return [note["/A"]["/URI"] for note in notes(reader) if "/A" in note and "/URI" in note["/A"]]


def notes(reader: PdfReader) -> list:
    return [one.get_object() for page in reader.pages for one in page.get("/Annots") or []]


def images(reader: PdfReader):
    """Yield the bitmaps of a PDF, wherever they are used."""
    for held in drawn(reader):
        if held.get("/Subtype") == "/Image":
            yield held


def drawn(reader: PdfReader):
    """Yield the pages and whatever they draw with, each once."""
    todo, seen = list(reader.pages), set()
    while todo:
        held = todo.pop().get_object()
        if id(held) in seen:
            continue
        seen.add(id(held))
        yield held
        inside = held.get("/Resources", {})
        for kind in ("/XObject", "/Pattern", "/ExtGState", "/Font"):
            todo += (inside.get(kind) or {}).values()
        more = [held.get("/SMask"), held.get("/Mask"), held.get("/G"), *(held.get("/CharProcs") or {}).values()]
        todo += [one for one in more if hasattr(one, "get_object") and hasattr(one.get_object(), "get")]


def flat(outline):
    for one in outline:
        yield from flat(one) if isinstance(one, list) else [one]


def plain(text: str) -> str:
    return "".join(text.split())
