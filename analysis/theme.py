"""The house style of figures: colours that hold on white, on black and for colour-blind readers."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.text import Text

KOREA = "#d55e00"
"""Korea, in every figure."""
MUTED = "#80868e"
"""Everyone else, where one country or group stands out."""
palette = ["#0072b2", "#009470", "#b8629a", "#a6761d", "#6a6fb3", "#80868e"]
"""Okabe and Ito's colours, darkened to a contrast of at least 3:1 on white and on black; Korea's is not among them."""
LABELS = MappingProxyType(
    {
        KOREA: ("#b75100", "#d96e19"),
        "#0072b2": ("#006ba7", "#3d94c4"),
        "#009470": ("#007e5f", "#149d7b"),
        "#b8629a": ("#a05586", "#bf72a4"),
        "#a6761d": ("#906719", "#af8434"),
        "#6a6fb3": ("#6468a8", "#8387c0"),
        MUTED: ("#6a6f76", "#868c94"),
    }
)
"""Tones in which words take a colour, on white and on black: words need a contrast of 4.5:1, marks only 3:1."""
HATCHES = ("", "////", "\\\\\\\\", "xxxx", "----", "||||")
"""Tell parts of a stack apart where colour cannot: in print, in grey, to the colour-blind."""
MARKERS = "osD^vP"
"""Tell lines apart likewise, in the order of the palette."""
TINTS = (0.7, 0.48, 0.3, 0.16, 0.06, 0.0)
"""Strengths of the parts of a whole that carry numbers, from dark to light, so that they differ in grey too."""
INK = "#1b1f24"
"""Text and axes: becomes the page's own text colour in exported SVG."""
WIDTH = 5.2
"""Width of a figure in inches."""
TEXT = 10.75
"""Size of all text in points: eleven pixels on a phone 390 pixels wide, which a figure fills from edge to edge."""

_SETTINGS = MappingProxyType(
    {
        "figure.figsize": (WIDTH, 3.4),
        "figure.dpi": 96,
        "figure.facecolor": "none",
        "figure.constrained_layout.use": True,
        "savefig.facecolor": "none",
        "axes.facecolor": "none",
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "axes.titlecolor": INK,
        "axes.labelsize": TEXT,
        "axes.titlesize": TEXT,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.linewidth": 0.8,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "axes.prop_cycle": mpl.cycler(color=palette),
        "grid.color": MUTED,
        "grid.alpha": 0.35,
        "grid.linewidth": 0.6,
        "text.color": INK,
        "xaxis.labellocation": "right",  # under narrow axes it then runs on under the names of rows, not off the edge
        "xtick.color": INK,
        "ytick.color": INK,
        "xtick.labelsize": TEXT,
        "ytick.labelsize": TEXT,
        "ytick.major.size": 0,
        "lines.linewidth": 2,
        "lines.solid_capstyle": "round",
        "legend.frameon": False,
        "legend.fontsize": TEXT,
        "font.size": TEXT,
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],
        "hatch.linewidth": 0.9,
        "svg.fonttype": "none",
        "svg.hashsalt": "two-economies",
    }
)


@contextmanager
def use() -> Iterator[None]:
    """Draw in the house style inside a ``with`` block, and leave matplotlib as it was.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> with use():
    ...     figure = Figure()
    >>> [float(side) for side in figure.get_size_inches()]
    [5.2, 3.4]
    """
    with mpl.rc_context(dict(_SETTINGS)):
        yield


def mark_synthetic(figure: Figure) -> None:
    """Hatch the ground of every panel and write over it that the data are synthetic.

    Examples
    --------
    >>> figure = Figure()
    >>> axes = figure.subplots()
    >>> mark_synthetic(figure)
    >>> axes.patch.get_hatch(), axes.texts[-1].get_text()
    ('///', 'synthetic data')
    """
    for axes in figure.axes:
        axes.patch.set(visible=True, hatch="///", hatchcolor=mpl.colors.to_rgba(MUTED, 0.35), facecolor="none")
        axes.text(
            0.99, 0.02, "synthetic data", transform=axes.transAxes, ha="right", va="bottom",
            fontsize=TEXT, fontweight="bold", fontstyle="italic", color=INK, zorder=10,
        )  # fmt: skip


@contextmanager
def _legible(figure: Figure) -> Iterator[None]:
    """Set words in the tones for white ground while a figure is exported, and give back their colours.

    Matplotlib's own black counts as ink, so that it follows the page.
    """
    tones = {colour: light for colour, (light, _) in LABELS.items()} | {INK: INK, "#000000": INK}
    words = [(one, one.get_color()) for one in figure.findobj(Text)]
    for one, colour in words:
        if one.get_text().strip() and (plain := mpl.colors.to_hex(colour)) not in tones:
            legal = ", ".join([INK, *LABELS])
            raise ValueError(f"words {one.get_text()!r} have the colour {plain}, which has no tones; legal: {legal}")
    try:
        for one, colour in words:
            one.set_color(tones.get(mpl.colors.to_hex(colour), colour))
        yield
    finally:
        for one, colour in words:
            one.set_color(colour)


def svg(figure: Figure, prefix: str) -> str:
    """Export a figure as an SVG element that takes the text colour of the page it stands on.

    Parameters
    ----------
    figure : Figure
    prefix : str
        Put before every id, so that two figures on one page never share one.

    Returns
    -------
    str
        The ``<svg>`` element: transparent, without size attributes, text as text. The same figure gives the same bytes.
    """
    buffer = io.StringIO()
    with use(), _legible(figure):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, count=1, flags=re.S)
    text = re.sub(r'(<svg\b[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg\b[^>]*?) height="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', text)
    text = re.sub(r'(xlink:href|href)="#([^"]+)"', rf'\1="#{prefix}-\2"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", text)
    return text.replace(INK, "currentColor").strip()


def png(figure: Figure) -> bytes:
    """Export a figure as a PNG on white, 200 dots an inch, for slides and briefs."""
    buffer = io.BytesIO()
    with use(), _legible(figure):
        figure.savefig(buffer, format="png", dpi=200, facecolor="white", metadata={"Software": None})
    return buffer.getvalue()
