"""Pictures for link previews: the finding of a chapter in words beside its first figure, in the house style."""

from __future__ import annotations

import importlib.util
from functools import cache
from logging import ERROR, getLogger
from pathlib import Path

from sphinx.util import logging

from _ext import cite
from _ext.chapters import chapters
from _ext.exhibits import FOLDER as EXHIBITS
from _ext.project import citation
from analysis import theme

FOLDER = "_cards"
SIZE = (1200, 630)
"""Pixels, the shape that previews show whole."""
_DPI = 100
_LEFT, _TOP, _COLUMN, _FIGURE = 60, 70, 520, (620, 60, 530, 480)
"""In pixels: margins and width of the column of words; left, top, width and height of the place of the figure."""
_SIZES = range(40, 19, -2)
"""Sizes of the finding to try, in pixels, the largest first."""
_LINE = 1.3
_ROOM = 370
"""Height for the finding, in pixels."""
_KOREAN = ("NanumGothic", "Noto Sans CJK KR", "Noto Sans KR", "Malgun Gothic", "Apple SD Gothic Neo")
_log = logging.getLogger(__name__)


@cache
def families() -> tuple[str, ...]:
    """Return the house font and, for Korean words, one that comes with the environment or with this machine, if any."""
    from matplotlib.font_manager import fontManager

    held = importlib.util.find_spec("koreanize_matplotlib")  # its fonts only: importing it would change every figure
    for weight in ("", "Bold") if held else ():
        fontManager.addfont(Path(held.origin).parent / "fonts" / f"NanumGothic{weight}.ttf")
    getLogger("matplotlib.font_manager").setLevel(ERROR)  # that a bold font calls itself semi-bold is no news
    installed = {font.name for font in fontManager.ttflist}
    return ("DejaVu Sans", *[name for name in _KOREAN if name in installed][:1])


@cache
def _faces() -> tuple:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return tuple(get_font(findfont(FontProperties(family=name))) for name in families())


def drawable(words: str) -> str:
    r"""Return the words that the fonts of this machine can draw: no empty boxes stand for the others.

    Examples
    --------
    >>> drawable("Korea \U0010ffff behind")
    'Korea behind'
    """
    return " ".join(word for word in words.split() if all(_has(ord(sign)) for sign in word))


def _has(sign: int) -> bool:
    return any(face.get_char_index(sign) for face in _faces())


def alternative(title: str) -> str:
    """Return what the card of a page shows, in words."""
    return f"In large letters: {title}"


def draw(path: Path, kicker: str, finding: str, foot: str, figure: Path | None) -> None:
    """Draw one card.

    Parameters
    ----------
    path : Path
        Where to write the PNG.
    kicker, finding, foot : str
        The name of the chapter, what it finds, and where it is from.
    figure : Path or None
        A PNG to show beside the words.
    """
    from matplotlib import image
    from matplotlib.figure import Figure

    with theme.use():
        card = Figure(figsize=(SIZE[0] / _DPI, SIZE[1] / _DPI), dpi=_DPI, facecolor="white", layout="none")
        width = _COLUMN if figure else SIZE[0] - 2 * _LEFT
        _write(card, kicker, _TOP + 24, 24, theme.KOREA, weight="bold")
        lines, size = fitted(finding, width)
        for number, line in enumerate(lines, start=1):
            _write(card, line, _TOP + 45 + number * size * _LINE, size, theme.INK, weight="bold")
        _write(card, foot, SIZE[1] - 52, 18, theme.INK)
        if figure:
            left, top, wide, high = _FIGURE
            box = card.add_axes((left / SIZE[0], 1 - (top + high) / SIZE[1], wide / SIZE[0], high / SIZE[1]))
            box.imshow(image.imread(figure), interpolation="antialiased")
            box.set_axis_off()
        card.add_artist(_bar())
        card.savefig(path, format="png", dpi=_DPI, facecolor="white", metadata={"Software": None})


def _bar():
    """Return the band of colour on the left edge."""
    from matplotlib.patches import Rectangle

    return Rectangle((0, 0), 16 / SIZE[0], 1, facecolor=theme.KOREA, edgecolor="none")


def _write(card, words: str, line: float, size: float, colour: str, weight: str = "normal") -> None:
    card.text(
        _LEFT / SIZE[0], 1 - line / SIZE[1], words, fontsize=size * 72 / _DPI, color=colour, weight=weight,
        va="baseline", family=list(families()), parse_math=False,
    )  # fmt: skip


def fitted(finding: str, width: float) -> tuple[list[str], int]:
    """Return the finding in lines, in the largest size that fits; what never fits ends in three dots."""
    for size in _SIZES:
        lines = _lines(finding, width, size)
        if len(lines) * size * _LINE <= _ROOM:
            return lines, size
    kept = int(_ROOM / (size * _LINE))
    return [*lines[: kept - 1], lines[kept - 1].rsplit(" ", 1)[0] + " …"], size


def _lines(words: str, width: float, size: float) -> list[str]:
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if _wide(longer, size) <= width:
            lines[-1] = longer
            continue
        lines.append("")
        for sign in word:  # a word wider than the column breaks anywhere
            if _wide(lines[-1] + sign, size) > width:
                lines.append("")
            lines[-1] += sign
    return [line for line in lines if line]


def _wide(words: str, size: float) -> float:
    """Return the width of words in pixels, in bold."""
    face = _bold()
    face.set_size(size, 72)
    face.set_text(words)
    return face.get_width_height()[0] / 64


@cache
def _bold():
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return get_font([findfont(FontProperties(family=name, weight="bold")) for name in families()])


def publish(app, exception) -> None:
    """Draw the cards of the report and of every chapter, once the exhibits' files are there."""
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir) / FOLDER
    folder.mkdir()
    short, shown = citation()["title"].partition(":")[0], app.env.exhibits_shown
    pages = [(app.config.root_doc, cite.book(app), short)]
    pages += [(name, cite.chapter(app, name), called or short) for name, called in chapters().items() if name in shown]
    lost = []
    for docname, work, kicker in pages:
        words = app.env.titles[docname].astext()
        finding, first = drawable(words), _first_figure(app, shown[docname])
        lost += [word for word in words.split() if word not in finding.split()]
        foot = f"{short}, version {work.version}"
        foot += ". † The figure rests on a secondary source." if first and first.get("secondary") else ""
        path = _file(app, first) if first else None
        draw(folder / f"{work.id}.png", drawable(kicker), finding or drawable(citation()["title"]), foot, path)
    if lost:
        _log.info("No font here draws %s: left out of the pictures for link previews.", ", ".join(lost))


def _first_figure(app, shown: list[dict]) -> dict | None:
    return next((one for one in shown if _file(app, one).exists()), None)


def _file(app, exhibit: dict) -> Path:
    return Path(app.outdir) / EXHIBITS / f"{exhibit['id']}.png"


def setup(app):
    """Connect after the exhibits are published."""
    app.connect("build-finished", publish, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
