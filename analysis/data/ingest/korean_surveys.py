"""Korean surveys of AI use beside that of NIA: statistics office, labour institute, ministry and federation of SMEs.

Each asks another question of other firms; none may be joined to another.
"""

from __future__ import annotations

from analysis.data.ingest.survey_figures import Cell, Survey

_PYO, _SGI, _NAM = "Pyo, Rhee, Kim and Park (2025)", "KCCI SGI (2025)", "Nam (2025)"

BUSINESS_ACTIVITIES = Survey(
    name="statistics-korea-business-activities", country="KOR", asked="whole year", unit="% of firms",
    question="develops or uses AI, among listed new technologies",
    base="companies with 50 or more regular employees and capital of 300 million won or more (census)",
    source="statistics-korea-transcribed", wording="Survey of Business Activities",
    cells={
        **{f"AI-{number:03d}": Cell(size_class="50+", tabulated_by=_PYO) for number in range(90, 97)},
        "AI-097": Cell(size_class="50+", tabulated_by=_SGI),
        "AI-098": Cell(size_class="50+", tabulated_by=_SGI),
        "AI-099": Cell("industry", "50+", "J", tabulated_by=_SGI),
        "AI-100": Cell("industry", "50+", "P", tabulated_by=_SGI),
        "AI-101": Cell("industry", "50+", "K", tabulated_by=_SGI),
        "AI-102": Cell("industry", "50+", "C", tabulated_by=_SGI),
        "AI-103": Cell("size", "300+"),
        "AI-104": Cell("size", "50-299"),
        "AI-112": Cell(size_class="50+", tabulated_by=_NAM),
    },
)  # fmt: skip
"""The census of larger companies. Authors who left out different companies give different shares: three tabulations."""

WORKPLACE_PANEL = Survey(
    name="kli-workplace-panel", country="KOR", asked="whole year", unit="% of workplaces",
    question="has adopted AI",
    base="workplaces with 30 or more persons",
    source="kli-transcribed", wording="Workplace (Business) Panel Survey",
    cells={
        "AI-115": Cell(size_class="30+"),
        "AI-116": Cell(size_class="30+"),
        "AI-117": Cell("kind", "30+", kind="large business groups"),
        "AI-118": Cell("kind", "30+", kind="public sector"),
        "AI-119": Cell("kind", "30+", kind="small businesses"),
        "AI-120": Cell("size", "500+"),
        "AI-121": Cell("size", "30-99"),
    },
)  # fmt: skip

SMART_MANUFACTURING = Survey(
    name="mss-smart-manufacturing", country="KOR", asked="part of the year", unit="% of factory-owning firms",
    question="has adopted AI in production",
    base="small to mid-sized manufacturers that own a factory (sample of 5,000)",
    source="mss-smart-manufacturing-transcribed", wording="Smart Manufacturing Innovation Survey",
    cells={"AI-130": Cell()},
)  # fmt: skip

SME_FEDERATION = Survey(
    name="kbiz-sme-survey", country="KOR", asked="part of the year", unit="% of SMEs",
    question="uses AI now",
    base="small and medium-sized enterprises (sample of 300)",
    source="kbiz-transcribed", wording="KBIZ", official=False,
    cells={"AI-123": Cell(size_class="SME")},
)  # fmt: skip

SURVEYS = (BUSINESS_ACTIVITIES, WORKPLACE_PANEL, SMART_MANUFACTURING, SME_FEDERATION)
