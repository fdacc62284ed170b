"""Microsoft AI Diffusion Report: share of the working-age population that used generative AI, by economy and period.

Persons, not firms: telemetry of Microsoft's products, scaled up by a model. Economies with too few data carry the mean
of their region, which shows as the same figures in several economies; those rows are flagged.
"""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.cells import within
from analysis.data.ingest.reading import BadFile, numbers, read_csv, recode

SOURCE = "microsoft-ai-diffusion-2026-q1"
PERIODS = {
    "H1 2025 AI Diffusion": ("2025-H1", 2025), "H2 2025 AI Diffusion": ("2025-H2", 2025),
    "Q1 2026 AI Diffusion": ("2026-Q1", 2026),
}  # fmt: skip
"""The publisher's column to our period and its year."""
SHARED = "shared"
_ECONOMIES = """
AFG Afghanistan|AGO Angola|ALB Albania|ARE United Arab Emirates|ARG Argentina|ARM Armenia|AUS Australia|AUT Austria
AZE Azerbaijan|BDI Burundi|BEL Belgium|BEN Benin|BFA Burkina Faso|BGD Bangladesh|BGR Bulgaria
BIH Bosnia And Herzegovina|BLR Belarus|BOL Bolivia|BRA Brazil|BWA Botswana|CAF Central African Republic|CAN Canada
CHE Switzerland|CHL Chile|CHN China|CIV Cote D'Ivoire|CMR Cameroon|COD Congo (DRC)|COG Congo|COL Colombia
CRI Costa Rica|CUB Cuba|CZE Czechia|DEU Germany|DNK Denmark|DOM Dominican Republic|DZA Algeria|ECU Ecuador|EGY Egypt
ERI Eritrea|ESP Spain|ETH Ethiopia|FIN Finland|FRA France|GAB Gabon|GBR United Kingdom|GEO Georgia|GHA Ghana|GIN Guinea
GMB Gambia|GNB Guinea-Bissau|GRC Greece|GTM Guatemala|GUF French Guiana|GUY Guyana|HND Honduras|HRV Croatia|HTI Haiti
HUN Hungary|IDN Indonesia|IND India|IRL Ireland|IRN Iran|IRQ Iraq|ISR Israel|ITA Italy|JAM Jamaica|JOR Jordan|JPN Japan
KAZ Kazakhstan|KEN Kenya|KGZ Kyrgyzstan|KHM Cambodia|KOR South Korea|KWT Kuwait|LAO Laos|LBN Lebanon|LBR Liberia
LBY Libya|LKA Sri Lanka|LSO Lesotho|LTU Lithuania|MAR Morocco|MDA Moldova|MDG Madagascar|MEX Mexico|MLI Mali|MMR Myanmar
MNG Mongolia|MOZ Mozambique|MRT Mauritania|MWI Malawi|MYS Malaysia|NAM Namibia|NER Niger|NGA Nigeria|NIC Nicaragua
NLD Netherlands|NOR Norway|NPL Nepal|NZL New Zealand|OMN Oman|PAK Pakistan|PAN Panama|PER Peru|PHL Philippines
PNG Papua New Guinea|POL Poland|PRT Portugal|PRY Paraguay|QAT Qatar|ROU Romania|RUS Russia|RWA Rwanda|SAU Saudi Arabia
SDN Sudan|SEN Senegal|SGP Singapore|SLE Sierra Leone|SLV El Salvador|SOM Somalia|SRB Serbia|SSD South Sudan|SUR Suriname
SVK Slovakia|SVN Slovenia|SWE Sweden|SYR Syria|TCD Chad|TGO Togo|THA Thailand|TJK Tajikistan|TKM Turkmenistan
TUN Tunisia|TUR Türkiye|TWN Taiwan|TZA Tanzania|UGA Uganda|UKR Ukraine|URY Uruguay|USA United States|UZB Uzbekistan
VEN Venezuela|VNM Vietnam|ZAF South Africa|ZMB Zambia|ZWE Zimbabwe
"""
CODES = {
    entry[4:]: entry[:3] for line in _ECONOMIES.strip().splitlines() for entry in line.split("|")
}  # fmt: skip
"""The publisher's name of an economy to its ISO 3166 alpha-3 code."""


def read_ai_diffusion(path) -> pd.DataFrame:
    """Read the share of the working-age population that used generative AI, by economy and period.

    Parameters
    ----------
    path : path-like
        Csv with the columns Economy and the periods of `PERIODS`, cells such as ``37.10%``.

    Returns
    -------
    DataFrame
        Columns country, economy (the publisher's name), period, year, value (percent of persons of working age), flag
        ("shared": another economy has the same figures in every period, as where a regional mean stands in), source.

    Raises
    ------
    BadFile
        If a column is missing, an economy is unknown, missing or stands twice, or a cell is not a percentage.
    """
    rows = read_csv(path, ("Economy", *PERIODS))
    country = recode(rows["Economy"], CODES, path, what="economy")
    lacking = sorted(set(CODES.values()) - set(country))
    if country.duplicated().any() or lacking:
        twice = rows.loc[country.duplicated(), "Economy"].tolist()
        problem = f"{len(CODES)} economies are expected once each; twice: {twice}, missing: {lacking}"
        raise BadFile(path, problem, column="Economy")
    parts = []
    for column in PERIODS:
        text = rows[column].fillna("")
        bad = ~text.str.endswith("%")
        if bad.any():
            place = int(bad.idxmax())
            raise BadFile(path, f"{text[place]!r} is not a percentage", column=column, row=place + 2)
        share = numbers(text.str.removesuffix("%"), path, allow_missing=False)
        parts.append(within(share, 0, 100, path, "% of the working-age population"))
    wide = pd.concat(parts, axis=1)
    flag = wide.duplicated(keep=False).map({True: SHARED, False: ""})
    tables = [
        pd.DataFrame(
            {"country": country, "economy": rows["Economy"], "period": period, "year": year, "value": wide[column],
             "flag": flag, "source": SOURCE}
        )
        for column, (period, year) in PERIODS.items()
    ]  # fmt: skip
    return pd.concat(tables).sort_values(["country", "period"]).reset_index(drop=True)
