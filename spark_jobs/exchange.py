"""The exchange of an instance: a thread for each shard, until it is told to stop or one of them fails."""

import gc
import time
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Event

from pipelines.exchange.rules import Rules
from pipelines.exchange.service import Place, ShardService, count_partitions
from pipelines.exchange.shard import Shard
from pipelines.source.publish import ensure_topics
from pipelines.wire import batch_of
from schemas.proto import market_pb2 as pb
from schemas.topics import ORDERS, TOPICS
from spark_jobs.progress import stream_name
from spark_jobs.settings import Settings


def run_exchange(settings: Settings, rules: Rules, say: Callable[[str], None]) -> None:
    """Match until interrupted. Raises InstanceError when the broker fails, ExchangeError on a useless snapshot."""
    ensure_topics(settings.bootstrap, TOPICS, settings.partitions)
    warm_up(rules)
    shards, stop = count_partitions(settings.bootstrap), Event()
    with ThreadPoolExecutor(shards) as pool:
        try:
            ready = pool.map(
                lambda number: ShardService(_place(settings, number), rules, time.monotonic), range(shards)
            )
            running = [pool.submit(service.run, stop) for service in ready]
            say(f"The exchange is open: {shards} shards match the orders of {ORDERS.name}.")
            wait(running, return_when=FIRST_EXCEPTION)
        finally:
            stop.set()
        for each in running:
            each.result()


def warm_up(rules: Rules) -> None:
    """Compile or load the kernels before the first order waits for them."""
    Shard(0, rules).apply(batch_of(ORDERS, {"action": [pb.ORDER_ACTION_TIME]}))
    gc.collect()
    gc.freeze()  # a compiler leaves much that the collector need not look through again


def _place(settings: Settings, number: int) -> Place:
    """Snapshots belong to a topic's incarnation: one that is made anew begins with empty books."""
    folder = settings.home / "exchange" / stream_name(settings, ORDERS) / str(number)
    return Place(settings.bootstrap, number, folder)
