"""What a path came to, table by table and partition by partition, and whether the paths agree."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from pyspark.sql.types import DataType, MapType

from pipelines.gold.daily.tables import DAILY
from pipelines.gold.views import VIEWS
from schemas.errors import LakeError
from schemas.silver import BOOKS
from spark_jobs.tables import Session

LIVE, BACKFILL, REPLAY = PATHS = ("LIVE", "BACKFILL", "REPLAY")
WRITING = ("ingest_ts",)  # when a row was written, not what it says
NOTHING = "nothing"


@dataclass(frozen=True)
class Print:
    """The rows of a table in a partition: how many, and a hash in which their order does not count."""

    table_name: str
    event_date: date | None
    row_count: int
    hash: str


@dataclass(frozen=True)
class Run:
    """Which run of the command, and when it began."""

    run_id: str
    run_ts: datetime


@dataclass(frozen=True)
class Entry:
    """A row of gold.parity."""

    run_ts: datetime
    run_id: str
    path: str
    table_name: str
    event_date: date | None
    row_count: int
    hash: str
    is_equal: bool
    run_date: date


def compared_tables() -> list[str]:
    """The views and tables that must be the same whatever the path; partials are cut as the micro-batches were."""
    return [BOOKS.name, *(view.name for view in VIEWS), *(daily.table.name for daily in DAILY)]


def take_prints(session: Session, name: str, rows: str = "") -> list[Print]:
    """A print of each event_date of a view or table, one of all rows where it has none; without rows one of nothing.

    `rows` is what FROM takes in place of the name: some of its rows, or those of an older version.
    """
    schema = session.table(name).schema
    columns = ", ".join(_hashable(f.name, f.dataType) for f in schema if f.name not in WRITING)
    sums = (f"sum(CAST(xxhash64({salt}{columns}) AS DECIMAL(38, 0)))" for salt in ("", "'again', "))
    day = "event_date" if "event_date" in schema.names else "CAST(NULL AS DATE)"
    query = f"""
SELECT {day} AS event_date, count(*) AS row_count, md5(concat_ws(':', count(*), {", ".join(sums)})) AS hash
FROM {rows or name} GROUP BY 1 ORDER BY 1"""
    found = [Print(name, row.event_date, row.row_count, row.hash) for row in session.sql(query).collect()]
    return found or [Print(name, None, 0, NOTHING)]


def compare_prints(run: Run, prints: Mapping[str, Iterable[Print]]) -> list[Entry]:
    """The ledger of a run: each path's prints against those of LIVE; what a path misses counts as no rows."""
    by_path = {path: {(each.table_name, each.event_date): each for each in found} for path, found in prints.items()}
    places = sorted({place for found in by_path.values() for place in found}, key=lambda at: (at[0], str(at[1])))
    return [
        Entry(
            **asdict(run),
            path=path,
            table_name=table,
            event_date=day,
            row_count=found.row_count,
            hash=found.hash,
            is_equal=found == _print_at(by_path[LIVE], table, day),
            run_date=run.run_ts.date(),
        )
        for table, day in places
        for path in by_path
        for found in [_print_at(by_path[path], table, day)]
    ]


def differences(entries: Iterable[Entry]) -> Iterator[str]:
    """A sentence for each table and partition that a path has otherwise than LIVE."""
    rows = list(entries)
    live = {(e.table_name, e.event_date): e.row_count for e in rows if e.path == LIVE}
    for entry in rows:
        if not entry.is_equal:
            count = live[entry.table_name, entry.event_date]
            yield (
                f"{entry.table_name} of {entry.event_date} differs by {entry.path}: "
                f"{entry.row_count} rows, hash {entry.hash[:12]}; by {LIVE} {count} rows."
            )


def require_equal(entries: Iterable[Entry]) -> None:
    """Raise LakeError, naming table, partition and path, when a path came to something else."""
    found = list(differences(entries))
    if found:
        more = f" And {len(found) - 1} more." if found[1:] else ""
        raise LakeError(f"{found[0]}{more}")


def _print_at(prints: Mapping[tuple[str, date | None], Print], table: str, day: date | None) -> Print:
    return prints.get((table, day), Print(table, day, 0, NOTHING))


def _hashable(name: str, kind: DataType) -> str:
    """Spark hashes no maps: their entries, in order."""
    return f"array_sort(map_entries({name}))" if isinstance(kind, MapType) else name
