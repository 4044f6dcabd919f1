"""FUND messages: an account's cash split over the shards, its shares where their symbol lives."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from pipelines.serve.accounts.amounts import parse_units
from pipelines.source.publish import ANY_PARTITION, Publisher
from pipelines.wire import batch_of
from schemas.errors import SettingsError
from schemas.proto import market_pb2
from schemas.topics import ORDERS


@dataclass(frozen=True)
class Lot:
    """Shares of a symbol and the price that each has cost, in 1e-9."""

    symbol: str
    quantity: int
    price: int


@dataclass(frozen=True)
class Limits:
    """Most shares and most value of an order (0: any), most shares of a symbol that may be owed, in 1e-9."""

    max_order_quantity: int = 0
    max_order_value: int = 0
    max_short_quantity: int = 0


@dataclass(frozen=True)
class Funding:
    """What an account is given, in 1e-9, at a time in nanoseconds since 1970; its limits are set anew."""

    account_id: str
    time_ns: int
    cash: int = 0
    lots: tuple[Lot, ...] = ()
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        """Refuse an account without a name: orders without one are nobody's."""
        if not self.account_id.strip():
            raise SettingsError("The account has no name: give one, as ALICE.")


def parse_lot(text: str) -> Lot:
    """The lot in `AAPL=100@230.5`: shares, and what each has cost. Raises SettingsError on another text."""
    symbol, _, rest = text.partition("=")
    quantity, _, price = rest.partition("@")
    if not (symbol and quantity and price):
        raise SettingsError(f"--shares {text} is no lot: write SYMBOL=QUANTITY@PRICE, as AAPL=100@230.5.")
    return Lot(symbol, parse_units(f"--shares {symbol}:", quantity), parse_units(f"--shares {symbol}:", price))


def fund_messages(funding: Funding, partitions: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Batches of market.orders.v1 and the partition of each, ANY_PARTITION for that of its symbol.

    Each of the partitions is given its part of the cash, the first the units that are left over. Every message has the
    limits, as each sets them anew; numbered within a producer that no other funding is.
    """
    part, left = divmod(funding.cash, partitions)
    for partition in range(partitions):
        yield partition, _message(funding, partition + 1, {"cash": part + (partition < left)})
    for number, lot in enumerate(funding.lots, partitions + 1):
        yield ANY_PARTITION, _message(funding, number, vars(lot))


def _message(funding: Funding, seq: int, given: dict[str, int | str]) -> pa.RecordBatch:
    fields: dict[str, int | str] = {
        "producer_id": f"fund-{funding.account_id}-{funding.time_ns}",
        "seq": seq,
        "venue_ts_ns": funding.time_ns,
        "receive_ts_ns": funding.time_ns,
        "action": market_pb2.ORDER_ACTION_FUND,
        "account_id": funding.account_id,
        **vars(funding.limits),
        **given,
    }
    return batch_of(ORDERS, {name: [value] for name, value in fields.items()})


def publish_funding(bootstrap: str, funding: Funding) -> int:
    """Send the messages and return their number. Raises InstanceError when the broker does not take them."""
    with Publisher(bootstrap) as publisher:
        partitions = len(publisher.end_offsets(ORDERS))
        return sum(publisher.publish(ORDERS, *pair[::-1]) for pair in fund_messages(funding, partitions))
