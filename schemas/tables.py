"""Every table of the lake."""

from schemas import audit, bronze, daily, gold, ledger, measures, parity, quality, research, silver, venue_reports

# What commands and Dagster write of their own work.
RECORDS = (*parity.TABLES, *ledger.TABLES, *quality.TABLES, *audit.TABLES, *research.TABLES)

# What streams add to, with a commit each second.
STREAMED = (
    *bronze.TABLES,
    *silver.TABLES,
    *silver.DERIVED_TABLES,
    *silver.REJECTED_TABLES,
    *gold.TABLES,
)

TABLES = (
    *STREAMED,
    *daily.TABLES,
    *measures.TABLES,
    *venue_reports.TABLES,
    *RECORDS,
)
