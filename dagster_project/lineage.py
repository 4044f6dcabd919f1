"""What Dagster shows of the registry: a key, an asset spec and the upstream of every topic, table and view."""

import re
from collections.abc import Mapping

import dagster as dg
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import FieldDescriptorProto

from pipelines.gold.daily.tables import DAILY
from pipelines.gold.views import VIEWS
from schemas import research, silver
from schemas.registry import Table, Topic, View
from schemas.tables import TABLES
from schemas.topics import DEPTH, QUOTES, TOPICS, TRADES
from spark_jobs.jobs import JOBS

RECORDED = "file.recordings"
REPLAYED = (TRADES, QUOTES, DEPTH)  # what importers read; orders come of the exchange alone
OWNERS = {
    "file": "team:market-data",
    "topic": "team:market-data",
    "bronze": "team:market-data",
    "silver": "team:market-data",
    "gold": "team:quants",
}
READ = re.compile(r"\b(?:silver|gold)\.\w+")


def key_of(name: str) -> dg.AssetKey:
    """The asset of a table, view or topic: `silver/trades`, `topic/market.trades.v1`."""
    return dg.AssetKey(["topic", name]) if name in {topic.name for topic in TOPICS} else dg.AssetKey(name.split("."))


def upstream() -> Mapping[str, frozenset[str]]:
    """What each topic, table and view follows from, by name; empty where that is no data."""
    found: dict[str, set[str]] = {name: set() for name in (*(t.name for t in TABLES), *(v.name for v in VIEWS))}
    for job in JOBS:
        if job.topic in REPLAYED:
            found[job.topic.name] = {RECORDED}
        found[job.bronze.name] |= {job.topic.name}
        found[job.rejected.name] |= {job.topic.name}
        found[job.silver.name] |= {job.bronze.name}
        for step in job.steps:
            found[step.table.name] |= {job.silver.name}
    for daily in DAILY:
        found[daily.table.name] |= {given.name for given in daily.inputs}
    for table in research.TABLES:
        found[table.name] |= {silver.SILVER_QUOTES.name, silver.BOOKS.name, silver.SILVER_TRADES.name}
    for view in VIEWS:
        found[view.name] |= set(READ.findall(view.query)) & found.keys()
    return {name: frozenset(names) for name, names in found.items()}


def spec_of_table(table: Table) -> dg.AssetSpec:
    """A Delta table, with its columns and what it follows from."""
    columns = [dg.TableColumn(c.name, c.type.simpleString(), description=c.comment) for c in table.columns]
    return _spec(table.name, table.comment, "delta", columns)


def spec_of_view(view: View) -> dg.AssetSpec:
    """A view: nothing computes it, it is as its tables are."""
    columns = [dg.TableColumn(name, "", description=comment) for name, comment in view.columns]
    return _spec(view.name, view.comment, "view", columns)


def spec_of_topic(topic: Topic) -> dg.AssetSpec:
    """A Kafka topic, with the fields of its messages."""
    fields = [dg.TableColumn(field.name, _type_of(field)) for field in topic.message.fields]
    comment = f"Kafka topic of {topic.message.full_name}, keyed by symbol"
    return _spec(topic.name, comment, "kafka", fields)


def spec_of_recordings() -> dg.AssetSpec:
    """Files of the folder `recordings`, which are replayed to some topics."""
    return _spec(RECORDED, "Recorded market data in the folder `recordings` of the instance, replayed", "file", [])


def _type_of(field: FieldDescriptor) -> str:
    """The type of a field in Protobuf's words."""
    named = field.message_type or field.enum_type
    if named:
        return str(named.name)
    number = FieldDescriptorProto.Type.ValueType(field.type)
    return FieldDescriptorProto.Type.Name(number).removeprefix("TYPE_").lower()


def _spec(name: str, comment: str, kind: str, columns: list[dg.TableColumn]) -> dg.AssetSpec:
    key = key_of(name)
    return dg.AssetSpec(
        key,
        deps=[key_of(each) for each in sorted(upstream().get(name, ()))],
        description=f"{comment}.",
        group_name=key.path[0],
        owners=[OWNERS[key.path[0]]],
        kinds={kind},
        metadata={
            "dagster/column_schema": dg.TableSchema(columns),
            "dagster/table_name": name,
        },
    )
