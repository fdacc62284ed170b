"""Surveys of AI use outside Korea, from transcribed figures: OECD, United Kingdom, Canada, USA, Japan."""

from __future__ import annotations

from analysis.data.ingest.survey_figures import Cell, Survey

_NOT_SEEN = "flags of the OECD not seen"
_EUROPEAN_BREAK = "list of technologies of the European members grew from seven to eight"
_KOREAN_BREAK = "question changed from yes or no to a list with examples"
_PAPER, _LATER, _OUTLOOK = "OECD (2025), paper for the G7", "Bianchini (2026)", "OECD (2024), Digital Economy Outlook"

OECD = Survey(
    name="oecd-ict-businesses", country="", asked="as the national survey", unit="% of enterprises",
    question="uses AI, as each national survey asks",
    base="enterprises with 10 or more persons, as each national survey defines them",
    source="oecd-ict-transcribed", wording="OECD",
    cells={
        "AI-041": Cell(size_class="10+", flag=_NOT_SEEN),
        "AI-042": Cell(size_class="10+", flag=_NOT_SEEN),
        "AI-043": Cell(size_class="10+", series=2, series_break=_KOREAN_BREAK, flag=_NOT_SEEN),
        "AI-044": Cell(size_class="10+", series=2, flag=_NOT_SEEN),
        **{f"AI-{number:03d}": Cell(size_class="10+", flag=_NOT_SEEN) for number in range(45, 57)},
    },
)  # fmt: skip
"""The OECD's collection of national surveys. Its Korean source is the survey of NIA: the break is the same."""

OECD_MEANS = Survey(
    name="oecd-ict-businesses", country="OECD", asked="as the national survey", unit="% of enterprises",
    question="uses AI, as each national survey asks; mean of the countries held",
    base="enterprises with 10 or more persons, as each national survey defines them",
    source="oecd-ict-transcribed", wording="average",
    cells={
        "AI-058": Cell(size_class="10+", tabulated_by=_OUTLOOK),
        "AI-065": Cell(size_class="10+", tabulated_by=_PAPER),
        "AI-066": Cell(size_class="10+", tabulated_by=_PAPER),
        "AI-067": Cell("size", "10-49", tabulated_by=_PAPER),
        "AI-068": Cell("size", "50-249", tabulated_by=_PAPER),
        "AI-069": Cell("size", "250+", tabulated_by=_PAPER),
        "AI-070": Cell("size", "10-49", tabulated_by=_LATER),
        "AI-071": Cell("size", "10-49", series=2, series_break=_EUROPEAN_BREAK, tabulated_by=_LATER),
        "AI-072": Cell("size", "50-249", tabulated_by=_LATER),
        "AI-073": Cell("size", "50-249", series=2, series_break=_EUROPEAN_BREAK, tabulated_by=_LATER),
        "AI-074": Cell("size", "250+", series=2, series_break=_EUROPEAN_BREAK, tabulated_by=_LATER),
    },
)  # fmt: skip

_DOUBTFUL = "doubtful: quoted at second hand, wave not stated"
_BANDS = ("1-4", "5-9", "10-19", "20-49", "50-99", "100-249", "250+")

TRENDS = Survey(
    name="us-business-trends-outlook", country="USA", asked="part of the year", unit="% of firms",
    question="used AI in any business function in the last two weeks (revised wording)",
    base="employer firms, in the USA", source="census-btos-transcribed", wording="BTOS", classification="NAICS",
    cells={f"AI-{160 + place}": Cell("size band", band, flag=_DOUBTFUL) for place, band in enumerate(_BANDS)},
)  # fmt: skip
"""Seven rows read at second hand. The survey's state file has no size class, and no weights to add states up."""

INSIGHTS = Survey(
    name="uk-business-insights", country="GBR", asked="part of the year", unit="% of firms",
    question="uses at least one form of AI", base="trading businesses",
    source="ons-bics-transcribed", wording="BICS", printed=("% of trading firms",),
    cells={
        "AI-167": Cell("size", "250+"),
        "AI-168": Cell("size", "under 50"),
        "AI-169": Cell("none", "10+"),
        "AI-170": Cell("size", "250+"),
        "AI-171": Cell("none", "all"),
    },
)  # fmt: skip

CONDITIONS = Survey(
    name="canada-business-conditions", country="CAN", asked="part of the year", unit="% of businesses",
    question="used AI to produce goods or deliver services in the last twelve months",
    base="businesses with employees", source="statistics-canada-csbc-transcribed", wording="Statistics Canada CSBC",
    classification="NAICS",
    cells={
        "AI-172": Cell(),
        "AI-173": Cell(),
        "AI-174": Cell("industry", industry="51"),
        "AI-175": Cell("industry", industry="54"),
        "AI-176": Cell("industry", industry="52"),
    },
)  # fmt: skip

SHOKO = Survey(
    name="japan-shoko-research", country="JPN", asked="part of the year", unit="% of firms",
    question="promotes the use of generative AI, company-wide or in departments",
    base="companies that answered a private research firm (6,645)", source="tsr-transcribed",
    wording="Tokyo Shoko Research", official=False,
    cells={
        "AI-177": Cell("size", "large"),
        "AI-178": Cell("size", "SME"),
        "AI-179": Cell(),
    },
)  # fmt: skip

SURVEYS = (OECD, OECD_MEANS, TRENDS, INSIGHTS, CONDITIONS, SHOKO)
