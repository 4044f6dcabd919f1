"""Protobuf bytes to Arrow columns and back."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.wire import batch_of, decode, encode, wire_schema
from schemas.errors import WireError
from schemas.registry import Topic
from schemas.topics import QUOTES, TOPICS, TRADES

NO_MESSAGE = b"\xff"
INT64 = st.integers(-(2**63), 2**63 - 1)
ENUM_NUMBERS = st.integers(0, 100)


def values_of(field: pa.Field) -> st.SearchStrategy[object]:
    if pa.types.is_string(field.type):
        return st.text(max_size=8)
    if pa.types.is_list(field.type):
        return st.lists(INT64, max_size=4)
    if pa.types.is_boolean(field.type):
        return st.booleans()
    return ENUM_NUMBERS if pa.types.is_int32(field.type) else INT64


def rows_of(topic: Topic) -> st.SearchStrategy[list[dict[str, object]]]:
    return st.lists(st.fixed_dictionaries({f.name: values_of(f) for f in wire_schema(topic)}), max_size=6)


def trades(*seqs: int) -> pa.BinaryArray:
    return encode(TRADES, batch_of(TRADES, {"seq": list(seqs)}))


def with_bad(payloads: pa.BinaryArray, bad: dict[int, bytes | None]) -> pa.BinaryArray:
    return pa.array([bad.get(i, good) for i, good in enumerate(payloads.to_pylist())], pa.binary())


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.noun)
def test_decode_undoes_encode(topic: Topic) -> None:
    @given(rows_of(topic))
    def law(rows: list[dict[str, object]]) -> None:
        batch = pa.RecordBatch.from_pylist(rows, wire_schema(topic))
        decoded, errors = decode(topic, encode(topic, batch))
        assert (decoded.to_pylist(), errors) == (rows, {})

    law()


@given(st.lists(st.sampled_from(["good", "corrupt", "null"]), max_size=40))
def test_decode_keeps_positions_among_bad_payloads(kinds: list[str]) -> None:
    bad = {i: NO_MESSAGE if kind == "corrupt" else None for i, kind in enumerate(kinds) if kind != "good"}
    decoded, errors = decode(TRADES, with_bad(trades(*range(1, len(kinds) + 1)), bad))
    assert decoded.column("seq").to_pylist() == [i + 1 if kind == "good" else 0 for i, kind in enumerate(kinds)]
    assert errors.keys() == bad.keys()


def test_decode_says_what_is_wrong() -> None:
    cut_short, wrong_kind = trades(300)[0].as_py()[:-1], b"\x10\x01\x0a"
    _, errors = decode(TRADES, pa.array([None, cut_short, wrong_kind], pa.binary()))
    assert errors[0] == "the message has no payload"
    assert all("failed to decode Protobuf message" in errors[index] for index in (1, 2))


def test_decode_of_nothing_but_bad_payloads() -> None:
    decoded, errors = decode(TRADES, pa.array([NO_MESSAGE] * 3, pa.binary()))
    assert (decoded.column("seq").to_pylist(), sorted(errors)) == ([0, 0, 0], [0, 1, 2])


def test_decode_of_an_empty_batch() -> None:
    decoded, errors = decode(QUOTES, pa.array([], pa.binary()))
    assert (decoded.num_rows, decoded.schema, errors) == (0, wire_schema(QUOTES), {})


def test_decode_of_an_empty_payload_is_a_message_of_defaults() -> None:
    decoded, errors = decode(TRADES, pa.array([b""], pa.binary()))
    assert (decoded.column("producer_id").to_pylist(), errors) == ([""], {})


@pytest.mark.parametrize("bad", [{}, {2: NO_MESSAGE}, {2: None}, {0: NO_MESSAGE, 4: None}])
def test_decode_of_a_slice(bad: dict[int, bytes | None]) -> None:
    payloads = with_bad(trades(1, 2, 3, 4, 5), bad)
    decoded, errors = decode(TRADES, payloads.slice(1, 3))
    assert decoded.column("seq").to_pylist() == [0 if seq - 1 in bad else seq for seq in (2, 3, 4)]
    assert sorted(errors) == [index - 1 for index in bad if 1 <= index <= 3]


def test_encode_of_a_slice() -> None:
    batch = batch_of(QUOTES, {"bid_prices": [[1], [2, 3], [], [4]]})
    assert encode(QUOTES, batch.slice(1, 2)).to_pylist() == encode(QUOTES, batch).to_pylist()[1:3]


def test_encode_of_other_columns() -> None:
    with pytest.raises(WireError, match=r"market.trades.v1: columns .* are not those of depthlake.market.v1.Trade"):
        encode(TRADES, batch_of(QUOTES, {"seq": [1]}))


def test_batch_of_fills_absent_fields_with_defaults() -> None:
    (row,) = batch_of(QUOTES, {"symbol": ["A"]}).to_pylist()
    assert (row["symbol"], row["venue"], row["seq"], row["bid_prices"]) == ("A", "", 0, [])


def test_batch_of_names_unknown_fields() -> None:
    with pytest.raises(WireError, match=r"market.trades.v1: \['colour'\] are not fields of depthlake.market.v1.Trade"):
        batch_of(TRADES, {"seq": [1], "colour": ["red"]})
