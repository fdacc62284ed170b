"""Any table (pandas, polars, Arrow, DuckDB, Ibis) to sums, cross-products and estimates with standard errors.

Small tables in memory take a NumPy path (`arrays`); everything else is one GROUP BY through Ibis (`queries`), in DuckDB
or wherever the data already live. Both give the same answers.
"""

from analysis.engine.estimation import Design, estimate
from analysis.engine.tables import Rows, read

__all__ = ["Design", "Rows", "estimate", "read"]
