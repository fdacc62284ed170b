"""A page per exhibit with its data as a table: for those who hear the page, who copy a number, or who want the sources.

The page stands beside the exhibit's files and needs no script. A link after every drawing leads to it.
"""

from __future__ import annotations

import csv
import html
import math
from pathlib import Path

from _ext.executed import outputs
from _ext.exhibits import FOLDER, MIME, credits, notes
from _ext.project import citation

_DIGITS = 6
MOST = 500
"""Rows shown; of a longer table the page shows the first and leads to the file."""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title} — data</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="{alt}">
<link rel="icon" href="../_static/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="../_static/plain-page.css">
<script src="../_static/theme-choice.js"></script>
</head>
<body>
<header><nav aria-label="Back"><a href="../{docname}.html#{name}">{back}</a></nav></header>
<main>
<h1>{title}</h1>
<p>{alt}</p>
{notes}<div class="scroll" tabindex="0" role="group" aria-label="Data of {name}">
{table}
</div>
<h2 id="sources">Sources and licences</h2>
<ul>
{sources}
</ul>
<h2 id="files">Files</h2>
<p>{files}</p>
</main>
<footer><p>{book}. Permanent id: {name}.</p></footer>
</body>
</html>
"""


def rows_of(text: str) -> list[list[str]]:
    """Return the lines of an exhibit's csv, names first, without the comment lines on top."""
    lines = text.splitlines()
    start = next((at for at, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return list(csv.reader(lines[start:]))


def shown(cell: str) -> tuple[str, bool]:
    """Return a cell as it is read, and whether it is a number.

    Examples
    --------
    >>> shown("0.123456789"), shown("2015"), shown("-3.0"), shown("")
    (('0.123457', True), ('2015', True), ('−3.0', True), ('not available', False))
    """
    if not cell:
        return "not available", False
    try:
        number = float(cell)
    except ValueError:
        return {"True": "yes", "False": "no"}.get(cell, cell), False
    if not math.isfinite(number):
        return cell, False
    digits = sum(one.isdigit() for one in cell.lower().split("e")[0].lstrip("-0."))
    return (cell if digits <= _DIGITS else f"{number:.{_DIGITS}g}").replace("-", "\N{MINUS SIGN}", 1), True


def table(text: str, caption: str) -> str:
    """Return an exhibit's csv as a table with a caption, and headers that say which way they point."""
    names, *every = rows_of(text)
    rows = every[:MOST]
    if len(every) > len(rows):
        caption = f"{caption}: the first {len(rows)} of {len(every)} rows; all are in the file in CSV"
    head = "".join(f'<th scope="col">{html.escape(name.replace("_", " ")) or "row"}</th>' for name in names)
    body = []
    for row in rows:
        first, *cells = [shown(cell) for cell in row]
        numbers = "".join(
            f'<td class="number">{html.escape(words)}</td>' if number else f"<td>{html.escape(words)}</td>"
            for words, number in cells
        )
        body.append(f'<tr><th scope="row">{html.escape(first[0])}</th>{numbers}</tr>')
    lines = "\n".join(body)
    return (
        f"<table>\n<caption>{html.escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{lines}\n</tbody>\n</table>"
    )


def page(payload: dict, docname: str, chapter: str) -> str:
    """Return the page of one exhibit, which stands on the page `docname`."""
    name, said = payload["id"], notes(payload)
    kinds = {"svg": "svg", "png": "png_base64", "csv": "csv"}
    files = [
        f'<a href="{name}.{ending}" download>{ending.upper()}<span class="hidden"> of {name}</span></a>'
        for ending, part in kinds.items()
        if payload.get(part)
    ]
    return _PAGE.format(
        name=name, docname=docname, title=html.escape(payload["title"]), alt=html.escape(payload["alt"]),
        back=f"{'Figure' if payload.get('svg') else 'Table'} in: {html.escape(chapter)}",
        notes="".join(f"<p>{one}</p>\n" for one in said), book=html.escape(citation()["title"]),
        table=table(payload["csv"], "Every number behind the exhibit"), files=" ".join(files),
        sources="\n".join(f"<li>{one}.</li>" for one in credits(payload["source"])),
    )  # fmt: skip


def publish(app, exception) -> None:
    """Write the page of every exhibit."""
    if exception or app.builder.format != "html":
        return
    for docname, payload in outputs(app, MIME):
        path = Path(app.outdir) / FOLDER / f"{payload['id']}.html"
        path.write_text(page(payload, docname, app.env.titles[docname].astext()), encoding="utf-8")


def setup(app):
    """Connect after the exhibits' files are written."""
    app.connect("build-finished", publish, priority=510)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
