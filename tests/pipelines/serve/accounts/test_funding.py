"""FUND messages."""

import uuid

import pytest
from confluent_kafka import Consumer, TopicPartition

from pipelines.serve.accounts.amounts import MONEY_LIMIT, parse_units
from pipelines.serve.accounts.funding import Funding, Limits, Lot, fund_messages, parse_lot
from pipelines.source.publish import ANY_PARTITION, Publisher, ensure_topics
from pipelines.wire import batch_of
from schemas.errors import SettingsError
from schemas.proto import market_pb2
from schemas.registry import Topic
from schemas.topics import ORDERS

LIMITS = Limits(max_order_quantity=5, max_order_value=6, max_short_quantity=7)
FUNDING = Funding("ALICE", 1_000, 11, (Lot("AAPL", 100, 230), Lot("MSFT", 50, 400)), LIMITS)


def test_fund_messages_split_cash_and_name_each_symbol() -> None:
    sent = [(partition, batch.to_pylist()[0]) for partition, batch in fund_messages(FUNDING, 3)]
    assert [(p, m["cash"], m["symbol"], m["quantity"], m["price"]) for p, m in sent] == [
        *((0, 4, "", 0, 0), (1, 4, "", 0, 0), (2, 3, "", 0, 0)),
        *((ANY_PARTITION, 0, "AAPL", 100, 230), (ANY_PARTITION, 0, "MSFT", 50, 400)),
    ]
    assert [m["seq"] for _, m in sent] == [1, 2, 3, 4, 5]
    same = ("producer_id", "action", "account_id", "receive_ts_ns", *vars(LIMITS))
    assert {tuple(m[name] for name in same) for _, m in sent} == {
        ("fund-ALICE-1000", market_pb2.ORDER_ACTION_FUND, "ALICE", 1_000, 5, 6, 7)
    }


def test_fund_messages_of_limits_alone_reach_every_partition() -> None:
    sent = list(fund_messages(Funding("ALICE", 1, limits=LIMITS), 2))
    assert [(partition, batch.column("cash").to_pylist()) for partition, batch in sent] == [(0, [0]), (1, [0])]


@pytest.mark.kafka
def test_published_shares_go_where_other_messages_of_the_symbol_are(broker) -> None:
    topic = Topic(f"test.orders.{uuid.uuid4().hex}", ORDERS.message)
    ensure_topics(broker.bootstrap, [topic], 3)
    with Publisher(broker.bootstrap) as publisher:
        publisher.publish(topic, batch_of(ORDERS, {"symbol": ["AAPL", "MSFT"]}))
        for partition, batch in fund_messages(FUNDING, 3):
            publisher.publish(topic, batch, partition)
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "t", "auto.offset.reset": "earliest"})
    consumer.assign([TopicPartition(topic.name, partition, 0) for partition in range(3)])
    read = [message for _ in range(7) for message in consumer.consume(1, 10)]
    consumer.close()
    assert sorted((m.partition(), m.key()) for m in read if not m.key()) == [(0, b""), (1, b""), (2, b"")]
    assert len({(m.partition(), m.key()) for m in read if m.key()}) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [("AAPL=100@230.5", Lot("AAPL", 100 * 10**9, 230_500_000_000)), ("BTC=0.5@0", Lot("BTC", 500_000_000, 0))],
)
def test_parse_lot(text: str, expected: Lot) -> None:
    assert parse_lot(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AAPL", "--shares AAPL is no lot: write SYMBOL=QUANTITY@PRICE, as AAPL=100@230.5."),
        ("AAPL=100", "--shares AAPL=100 is no lot: write SYMBOL=QUANTITY@PRICE, as AAPL=100@230.5."),
        ("=100@1", "--shares =100@1 is no lot: write SYMBOL=QUANTITY@PRICE, as AAPL=100@230.5."),
        ("A=x@1", "--shares A: x is no amount: use 0 to 999999999.999999999 with at most nine decimals."),
    ],
)
def test_parse_lot_says_what_is_wrong(text: str, expected: str) -> None:
    with pytest.raises(SettingsError) as error:
        parse_lot(text)
    assert str(error.value) == expected


@pytest.mark.parametrize(("text", "expected"), [("0", 0), ("1e3", 10**12), ("0.000000001", 1), ("1.50", 1_500_000_000)])
def test_parse_units(text: str, expected: int) -> None:
    assert parse_units("--cash", text) == expected


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "nan", "inf", "-inf", "0.0000000001", "9223372036.854775808", "1e999999"]
)
def test_parse_units_refuses_what_the_wire_cannot_carry(text: str) -> None:
    with pytest.raises(SettingsError, match=f"^--cash {text} is no amount: use 0 to 9223372036.854775807 with"):
        parse_units("--cash", text, MONEY_LIMIT)


def test_funding_needs_an_account() -> None:
    with pytest.raises(SettingsError, match="The account has no name"):
        Funding(" ", 1)
