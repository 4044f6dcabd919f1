"""Bronze: written by the streams and by imports; observed."""

from dagster_project.lineage import spec_of_table
from schemas import bronze

ASSETS = [spec_of_table(table) for table in bronze.TABLES]
