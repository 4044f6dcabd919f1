"""Gold: tables by the day, computed; views, which are as their tables are; what the lake writes of itself."""

import dagster as dg

from dagster_project.lineage import spec_of_table, spec_of_view
from dagster_project.recompute import recomputed
from pipelines.gold.daily.tables import DAILY
from pipelines.gold.views import VIEWS
from schemas import research
from schemas.tables import RECORDS

ASSETS: list[dg.AssetsDefinition | dg.AssetSpec] = [
    *(recomputed(daily.table) for daily in DAILY),
    *(spec_of_view(view) for view in VIEWS),
    *(spec_of_table(table) for table in RECORDS if table not in research.TABLES),
]
