"""Messages as JSON that a person edits: nothing is lost on the way, and what is wrong is named."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.source.edited import Edit, message_as_json, read_edits
from pipelines.wire import batch_of, encode
from schemas.errors import SourceError
from schemas.registry import Topic
from schemas.topics import DEPTH, TOPICS, TRADES
from tests.pipelines.silver.deliveries import payloads_of

ENTRY = {"topic": TRADES.name, "partition": 0, "offset": 17, "kafka_ts": "2024-08-08T12:00:00.000000Z", "message": {}}
PLACE = (0, 17, datetime(2024, 8, 8, 12, tzinfo=UTC))


def write(folder: Path, content: object) -> Path:
    path = folder / "fixed.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_message_as_json_has_names_of_enums_and_whole_numbers() -> None:
    (payload,) = payloads_of(TRADES, {"aggressor_side": 2, "seq": 2**62})
    shown = message_as_json(TRADES, payload)
    assert list(shown) == [field.name for field in TRADES.message.fields]
    picked = {name: shown[name] for name in ("seq", "symbol", "aggressor_side", "price", "buy_order_id")}
    wanted = {"seq": 2**62, "symbol": "S", "aggressor_side": "SIDE_SELL", "price": 100 * 10**9, "buy_order_id": ""}
    assert picked == wanted


def test_message_as_json_of_a_value_that_is_no_enum_and_of_levels() -> None:
    assert message_as_json(TRADES, payloads_of(TRADES, {"aggressor_side": 7})[0])["aggressor_side"] == 7
    (payload,) = encode(DEPTH, batch_of(DEPTH, {"bid_prices": [[3, 2]]})).to_pylist()
    assert message_as_json(DEPTH, payload)["bid_prices"] == [3, 2]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.noun)
def test_read_edits_of_what_was_shown_gives_the_message(topic: Topic, tmp_path: Path) -> None:
    payloads = payloads_of(topic, {}, {"venue_seq": 3}, {"symbol": 'Ü\n"'})
    entries = [
        ENTRY | {"topic": topic.name, "offset": at, "message": message_as_json(topic, payload)}
        for at, payload in enumerate(payloads)
    ]
    edits = read_edits(write(tmp_path, entries))
    assert [edit.payload for edit in edits] == payloads
    assert [edit.topic for edit in edits] == [topic] * 3


def test_read_edits_of_a_single_entry(tmp_path: Path) -> None:
    path = write(tmp_path, ENTRY)
    assert read_edits(path) == [Edit(f"{path}, entry 1", TRADES, PLACE, b"")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[", r"fixed.json is no JSON file \(.*\): write it with depthlake rejected show --json"),
        ([3], "entry 1 lacks topic, partition, offset, kafka_ts or message"),
        ([ENTRY | {"offset": 1}, {"topic": TRADES.name}], "entry 2 lacks topic"),
        ([ENTRY | {"topic": "market.tea.v1"}], "entry 1: 'market.tea.v1' is no topic: there are market.orders.v1,"),
        ([ENTRY | {"message": None}], "entry 1 has no message: write one with the fields of Trade"),
        ([ENTRY | {"kafka_ts": "noon"}], "entry 1: partition, offset or kafka_ts is not as it was shown"),
        ([ENTRY | {"message": {"prize": 3}}], 'entry 1 is no Trade: .*has no field named "prize"'),
        ([ENTRY | {"message": {"price": "much"}}], "entry 1 is no Trade: .*price"),
        ([ENTRY | {"message": {"price": 2**63}}], "entry 1 is no Trade: .*price"),
        ([ENTRY | {"message": 3}], "entry 1 is no Trade"),
        ([ENTRY, ENTRY], "entry 2 is about the same delivery as .*entry 1: leave one"),
    ],
)
def test_read_edits_of_a_bad_file_says_where_and_what(tmp_path: Path, content: object, expected: str) -> None:
    with pytest.raises(SourceError, match=expected):
        read_edits(write(tmp_path, content))


def test_read_edits_of_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nothing.json is no JSON file \(.*No such file"):
        read_edits(tmp_path / "nothing.json")
