"""A shard's process for tests that kill it: forked from a server that has everything loaded, it starts at once."""

import time
from multiprocessing.synchronize import Event as Ready
from pathlib import Path
from threading import Event

from pipelines.exchange import service
from pipelines.exchange.rules import Rules
from pipelines.exchange.service import Place, ShardService
from pipelines.exchange.shard import Shard
from tests.pipelines.exchange.flows import whole

ORDERS_A_TRANSACTION = 50

Shard(0, Rules()).apply(whole(1, 10))


def run_shard(bootstrap: str, folder: str, is_ready: Ready) -> None:
    """Match the first partition in small transactions, with a snapshot every few of them, until killed."""
    service.MOST_ORDERS = ORDERS_A_TRANSACTION
    service.SNAPSHOT_S = 0.2
    shard = ShardService(Place(bootstrap, 0, Path(folder)), Rules(), time.monotonic)
    is_ready.set()
    shard.run(Event())
