"""A .proto only ever grows: what was written stays readable."""

import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf import text_format
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from schemas.compatibility import (
    LOCK,
    Entry,
    current_entries,
    find_breaks,
    parse_lock,
    read_file,
    render_lock,
    update_lock,
)

ROOT = Path(__file__).parents[2]
PROTO = "schemas/proto/market.proto"

FIELDS = """
field { name: "id" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
field { name: "price" number: 2 type: TYPE_INT64 label: LABEL_OPTIONAL }
field { name: "side" number: 3 type: TYPE_ENUM type_name: ".p.Side" label: LABEL_OPTIONAL }
"""
VALUES = """
value { name: "NONE" number: 0 }
value { name: "BUY" number: 1 }
"""


def entries_of(fields: str = FIELDS, values: str = VALUES, inner: str = "") -> tuple[Entry, ...]:
    """Package p with a message Order, made of text-format fields, and an enum Side."""
    text = f'package: "p" message_type {{ name: "Order" {fields} {inner} }} enum_type {{ name: "Side" {values} }}'
    return read_file(text_format.Parse(text, FileDescriptorProto()))


def test_read_file_gives_fields_values_and_what_is_nested() -> None:
    inner = 'nested_type { name: "Leg" field { name: "n" number: 1 type: TYPE_INT32 label: LABEL_REPEATED } }'
    nested = 'enum_type { name: "Kind" value { name: "A" number: 0 } }'
    assert entries_of(inner=inner + nested) == (
        Entry("p.Side", 0, "NONE", "value"),
        Entry("p.Side", 1, "BUY", "value"),
        Entry("p.Order", 1, "id", "optional string"),
        Entry("p.Order", 2, "price", "optional int64"),
        Entry("p.Order", 3, "side", "optional enum .p.Side"),
        Entry("p.Order.Kind", 0, "A", "value"),
        Entry("p.Order.Leg", 1, "n", "repeated int32"),
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'name: "price" number: 2',
            'name: "price" number: 9',
            "Order.price was 2 and is 9: give it its number back.",
        ),
        (
            'name: "price" number: 2',
            'name: "limit" number: 2',
            "Order.price (2) is now called limit: give it its name back.",
        ),
        (
            "TYPE_INT64",
            "TYPE_DOUBLE",
            "Order.price was optional int64 and is optional double: add another field instead.",
        ),
        (
            "type: TYPE_INT64 label: LABEL_OPTIONAL",
            "type: TYPE_INT64 label: LABEL_REPEATED",
            "Order.price was optional int64 and is repeated int64: add another field instead.",
        ),
        (
            ".p.Side",
            ".p.Flag",
            "Order.side was optional enum .p.Side and is optional enum .p.Flag: add another field instead.",
        ),
        (
            'field { name: "price" number: 2 type: TYPE_INT64 label: LABEL_OPTIONAL }',
            "",
            "Order.price (2) was removed: put it back, and stop writing it if nobody needs it.",
        ),
    ],
)
def test_find_breaks_of_a_changed_field(old: str, new: str, expected: str) -> None:
    assert old in FIELDS
    assert find_breaks(entries_of(), entries_of(fields=FIELDS.replace(old, new))) == [expected]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('name: "BUY" number: 1', 'name: "BUY" number: 2', "Side.BUY was 1 and is 2: give it its number back."),
        ('name: "BUY"', 'name: "BID"', "Side.BUY (1) is now called BID: give it its name back."),
        (
            'value { name: "BUY" number: 1 }',
            "",
            "Side.BUY (1) was removed: put it back, and stop writing it if nobody needs it.",
        ),
    ],
)
def test_find_breaks_of_a_changed_enum(old: str, new: str, expected: str) -> None:
    assert old in VALUES
    assert find_breaks(entries_of(), entries_of(values=VALUES.replace(old, new))) == [expected]


def test_find_breaks_of_swapped_numbers_names_both() -> None:
    swapped = (
        FIELDS.replace("number: 1", "number: 0").replace("number: 2", "number: 1").replace("number: 0", "number: 2")
    )
    assert find_breaks(entries_of(), entries_of(fields=swapped)) == [
        "Order.id was 1 and is 2: give it its number back.",
        "Order.price was 2 and is 1: give it its number back.",
    ]


def test_find_breaks_of_a_removed_message_names_every_field() -> None:
    only_enum = [entry for entry in entries_of() if entry.scope == "p.Side"]
    assert len(find_breaks(entries_of(), only_enum)) == 3


def test_find_breaks_lets_additions_pass() -> None:
    fields = FIELDS + 'field { name: "quantity" number: 4 type: TYPE_INT64 label: LABEL_OPTIONAL }'
    values = VALUES + 'value { name: "SELL" number: 2 }'
    assert find_breaks(entries_of(), entries_of(fields, values)) == []


def test_lock_reads_back_what_it_wrote() -> None:
    assert parse_lock(render_lock(entries_of())) == entries_of()


def test_market_proto_keeps_what_is_locked() -> None:
    assert find_breaks(parse_lock(LOCK.read_text()), current_entries()) == []


def test_market_lock_holds_every_field() -> None:
    assert LOCK.read_text() == render_lock(current_entries()), "run make proto"


def test_update_lock_adds_what_is_new(tmp_path: Path) -> None:
    lock = tmp_path / "market.lock"
    lock.write_text(render_lock(entries_of()[:3]))
    assert update_lock(lock, entries_of()) == []
    assert parse_lock(lock.read_text()) == entries_of()


def test_update_lock_leaves_it_alone_when_something_breaks(tmp_path: Path) -> None:
    lock = tmp_path / "market.lock"
    lock.write_text("p.Order 99 gone optional string\n")
    assert update_lock(lock, entries_of()) == [
        "Order.gone (99) was removed: put it back, and stop writing it if nobody needs it."
    ]
    assert lock.read_text() == "p.Order 99 gone optional string\n"


@pytest.mark.parametrize("name", ["market_pb2.py", "market_pb2.pyi"])
def test_generated_code_is_that_of_the_proto(name: str, tmp_path: Path) -> None:
    out = (f"--python_out={tmp_path}", f"--pyi_out={tmp_path}")
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", "-I.", *out, PROTO], cwd=ROOT, check=True)
    assert (tmp_path / "schemas/proto" / name).read_bytes() == (ROOT / "schemas/proto" / name).read_bytes(), (
        "run make proto"
    )
