"""A shard as the exchange of a rehearsal."""

from collections.abc import Callable

import pyarrow as pa

from pipelines.exchange.rules import Rules
from pipelines.exchange.shard import Outputs, Shard
from schemas.topics import QUOTES


def shard_exchange() -> Callable[[pa.RecordBatch], Outputs]:
    """An exchange without orders; quotes follow every batch."""
    shard = Shard(0, Rules())

    def answer(orders: pa.RecordBatch) -> Outputs:
        return shard.apply(orders) | {QUOTES: shard.quotes()}

    return answer
