"""The tape of a data set from the tables of silver, as they are or as they were at other versions."""

from hashlib import sha256

import numpy as np

from pipelines.research.tape import Tape
from schemas.errors import ResearchError, SettingsError
from spark_jobs.backtests.experiment import Dataset
from spark_jobs.backtests.files import Versions, fetch, locate, make_tape
from spark_jobs.tables import Session, history, read_version, read_versions


def versions_now(session: Session, dataset: Dataset) -> dict[str, int]:
    """The Delta versions that the tables of a data set have now, by name."""
    return read_versions(session, dataset.tables)


def versions_at(session: Session, dataset: Dataset, asked: Versions) -> dict[str, int]:
    """Those that are asked for, of the other tables those of now. Raises SettingsError where a table has not that."""
    for name, version in asked.items():
        kept = [commit.version for commit in history(session, name)]
        if version not in kept:
            raise SettingsError(
                f"{name} has no version {version}: the log has {kept[-1]} to {kept[0]}; "
                f'depthlake sql "DESCRIBE HISTORY {name}" shows them.'
            )
    return versions_now(session, dataset) | dict(asked)


def read_tape(session: Session, dataset: Dataset, versions: Versions) -> Tape:
    """The tape of a data set, its tables at some versions. Raises ResearchError where there is no market."""
    market, trades = fetch(session, locate(session, dataset, versions)).values()
    if not market.num_rows:
        raise ResearchError(_say_nothing(session, dataset, versions))
    return make_tape(market, trades)


def hash_tape(tape: Tape) -> str:
    """SHA-256 of all that a tape holds."""
    found = sha256(f"{tape.tick} {tape.lot}".encode())
    for values in (tape.ns, tape.receive_ns, tape.sign, tape.price, tape.quantity, tape.row, *_levels(tape)):
        found.update(np.ascontiguousarray(values).data)
    return found.hexdigest()


def _levels(tape: Tape) -> tuple[np.ndarray, ...]:
    ladders = tape.ladders
    return (ladders.bid_prices, ladders.bid_quantities, ladders.ask_prices, ladders.ask_quantities)


def _say_nothing(session: Session, dataset: Dataset, versions: Versions) -> str:
    rows = read_version(session, dataset.market, versions[dataset.market]).where(dataset.days.condition)
    found = sorted(f"{row.symbol} at {row.venue}" for row in rows.select("symbol", "venue").distinct().collect())
    there = f"of these days it has {', '.join(found)}" if found else "it has nothing of these days"
    return f"{dataset.market} has no row of {dataset}: {there}."
