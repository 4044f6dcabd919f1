"""What a mapping file (TOML) says of tables that no importer knows: topic, constants, and a column for each field.

topic = "market.trades.v1"
rows = 3                                  # how many the file must have; may be left out
delimiter = ";"                           # of CSV; left out: a comma
header = ["when", "px", "qty", "side"]    # names of the columns of a CSV without header line

[constants]
venue = "XNAS"
symbol = "AAPL"

[columns]
venue_ts_ns = { column = "when", unit = "iso", zone = "America/New_York" }
price = { column = "px", scale = "0.0001" }
quantity = "qty"
aggressor_side = { column = "side", values = { B = "BUY", S = "SELL" } }
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from google.protobuf.descriptor import FieldDescriptor

from schemas.errors import SettingsError
from schemas.registry import Topic
from schemas.topics import DEPTH, QUOTES, TRADES

MAPPED = {topic.name: topic for topic in (TRADES, QUOTES, DEPTH)}
KEYS = {"topic", "rows", "delimiter", "header", "constants", "columns"}
COLUMN_KEYS = {"column", "columns", "scale", "unit", "zone", "values"}
UNITS = ("s", "ms", "us", "ns", "iso")
OWN = {"producer_id", "seq"}
NEEDED = {
    TRADES: ("symbol", "venue", "price", "quantity"),
    QUOTES: ("symbol", "venue"),
    DEPTH: ("symbol", "venue", "kind"),
}
MOST_DIGITS = 38


@dataclass(frozen=True)
class Column:
    """Where a field comes from: a column, or one a level; how many digits of its unit follow the point of its text."""

    names: tuple[str, ...]
    digits: int = 9
    unit: str | None = None
    zone: str | None = None
    values: Mapping[str, str] | None = None


@dataclass(frozen=True)
class TableMapping:
    """A mapping file: the columns and constants of the fields of a topic; `rows` None is any number."""

    path: Path
    topic: Topic
    columns: Mapping[str, Column]
    constants: Mapping[str, str] = field(default_factory=dict)
    rows: int | None = None
    delimiter: str = ","
    header: tuple[str, ...] | None = None


def read_mapping(path: Path) -> TableMapping:
    """The mapping of a TOML file. Raises SettingsError, naming file and key, when it cannot be used."""
    try:
        content = tomllib.loads(path.read_text())
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}); check the path of --mapping.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is no TOML ({error}); correct it.") from error
    try:
        return _to_mapping(path, content)
    except (ValueError, TypeError, AttributeError, InvalidOperation, ZoneInfoNotFoundError) as error:
        raise SettingsError(f"{path}: {str(error).rstrip('.')}; correct the mapping.") from error


def _to_mapping(path: Path, content: dict[str, Any]) -> TableMapping:
    _expect_known("key", content, KEYS)
    topic = MAPPED.get(content.get("topic", ""))
    if topic is None:
        raise ValueError(f"topic is {content.get('topic')!r} and not one of {', '.join(MAPPED)}")
    fields = {each.name: each for each in topic.message.fields if each.name not in OWN}
    columns, constants = content.get("columns", {}), content.get("constants", {})
    _expect_known("field", [*columns, *constants], set(fields))
    for name in constants:
        if fields[name].is_repeated:
            raise ValueError(f"{name} is a list and no constant")
    mapped = {name: _to_column(fields[name], given) for name, given in columns.items()}
    _expect_complete(topic, {*columns, *constants})
    header = content.get("header")
    return TableMapping(
        path,
        topic,
        mapped,
        {name: str(value) for name, value in constants.items()},
        content.get("rows"),
        content.get("delimiter", ","),
        tuple(header) if header else None,
    )


def _expect_known(what: str, names: Iterable[str], known: set[str]) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"{what} {name} is unknown, known are {', '.join(sorted(known))}")


def _expect_complete(topic: Topic, given: set[str]) -> None:
    missing = [name for name in NEEDED[topic] if name not in given]
    if missing:
        raise ValueError(f"field {missing[0]} is missing, {topic.name} needs it")
    if not given & {"venue_ts_ns", "receive_ts_ns"}:
        raise ValueError("field venue_ts_ns is missing, and receive_ts_ns too")
    for side in ("bid", "ask"):
        if len(given & {f"{side}_prices", f"{side}_quantities"}) == 1:
            raise ValueError(f"{side}_prices and {side}_quantities go together")


def _to_column(described: FieldDescriptor, given: Any) -> Column:
    options: dict[str, Any] = {"column": given} if isinstance(given, str) else given
    if not isinstance(options, dict):
        raise ValueError(f"{described.name} is {given!r} and no column")
    _expect_known(f"key of {described.name}", options, COLUMN_KEYS)
    names = options.get("columns") or [options["column"]] if {"column", "columns"} & set(options) else []
    if not names or (len(names) > 1 and not described.is_repeated):
        raise ValueError(f"{described.name} takes {'columns' if described.is_repeated else 'one column'}")
    if described.name.endswith("_ts_ns") and options.get("unit") not in UNITS:
        raise ValueError(f"{described.name}: unit is {options.get('unit')!r} and not one of {', '.join(UNITS)}")
    _expect_known(f"value of {described.name}", options.get("values", {}).values(), set(enum_names(described)))
    if zone := options.get("zone"):
        ZoneInfo(zone)
    digits = _digits_of(described.name, options)
    return Column(tuple(names), digits, options.get("unit"), zone, options.get("values"))


def enum_names(described: FieldDescriptor) -> dict[str, int]:
    """The values of an enum field by their names without prefix, as BUY; none of another field."""
    values = described.enum_type.values if described.enum_type else ()
    prefix = values[0].name.removesuffix("UNSPECIFIED") if values else ""
    return {value.name.removeprefix(prefix): value.number for value in values}


def _digits_of(name: str, options: dict[str, Any]) -> int:
    """How many digits follow the point where a text counts multiples of `scale`, a power of ten, or a unit of time."""
    if name.endswith("_ts_ns"):
        return {"s": 9, "ms": 6, "us": 3}.get(options["unit"], 0)
    _, figures, exponent = Decimal(str(options.get("scale", 1))).normalize().as_tuple()
    if figures != (1,) or not isinstance(exponent, int) or not 0 <= 9 + exponent <= MOST_DIGITS:
        raise ValueError(f"{name}: scale is {options['scale']!r} and no power of ten from 1e-9 on")
    return 9 + exponent
