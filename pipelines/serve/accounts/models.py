"""The tables of the database. Prices, quantities and money are integers of 1e-9, times nanoseconds since 1970 (UTC)."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Dialect, Index, MetaData, Numeric, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeEngine

DIGITS = 38
TYPES = {int: BigInteger, str: Text}
IN_ORDER_OF_KEY = {"sqlite_with_rowid": False}


class WideInteger(TypeDecorator[int]):
    """An integer of up to 38 digits, for sums that 64 bits may not hold: NUMERIC in PostgreSQL, text in SQLite."""

    impl = Numeric(DIGITS, 0)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type of a database: SQLite's own numbers end at 64 bits."""
        kind: TypeEngine[Any] = Text() if dialect.name == "sqlite" else Numeric(DIGITS, 0)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | int | None:
        """To the database."""
        return str(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: str | Decimal | None, dialect: Dialect) -> int | None:
        """From the database."""
        return None if value is None else int(value)


class Base(DeclarativeBase):
    """What all tables share. The rows of a table lie in the order of their key, also in SQLite."""

    metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"})
    type_annotation_map = TYPES
    __table_args__: Any = (IN_ORDER_OF_KEY,)


class Profile(Base):
    """Who an account belongs to."""

    __tablename__ = "profiles"

    account_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    type: Mapped[str]
    created_ns: Mapped[int]


class Balance(Base):
    """The cash of an account on a shard after event `seq` of `producer_id`, and all fees it has paid there."""

    __tablename__ = "balances"

    account_id: Mapped[str] = mapped_column(primary_key=True)
    shard: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cash: Mapped[int]
    fees: Mapped[int]  # negative: rebates
    producer_id: Mapped[str]
    seq: Mapped[int]


class Position(Base):
    """The shares of a symbol that an account has (negative: owes), what they have cost, what trading them has made."""

    __tablename__ = "positions"

    account_id: Mapped[str] = mapped_column(primary_key=True)
    symbol: Mapped[str] = mapped_column(primary_key=True)
    quantity: Mapped[int]
    cost: Mapped[int]
    realised_pnl: Mapped[int]
    updated_ns: Mapped[int]


class Order(Base):
    """The last order of an id in a book; what is neither filled nor open of its quantity is cancelled."""

    __tablename__ = "orders"
    __table_args__ = (Index(None, "account_id", "status"), IN_ORDER_OF_KEY)

    venue: Mapped[str] = mapped_column(primary_key=True)
    symbol: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str | None]  # null: nobody's
    side: Mapped[str | None]
    type: Mapped[str | None]
    time_in_force: Mapped[str | None]
    price: Mapped[int | None]  # limit; null: none
    quantity: Mapped[int]  # of the last replace: what was filled before, and what was open after it
    filled_quantity: Mapped[int]
    open_quantity: Mapped[int]
    status: Mapped[str]
    reason: Mapped[str | None]  # why it was refused or cancelled
    created_ns: Mapped[int]
    updated_ns: Mapped[int]


class Trade(Base):
    """A trade and its two sides. A side whose event is not projected yet is null."""

    __tablename__ = "trades"
    __table_args__ = (
        Index(None, "buy_account_id", "traded_ns"),
        Index(None, "sell_account_id", "traded_ns"),
        IN_ORDER_OF_KEY,
    )

    venue: Mapped[str] = mapped_column(primary_key=True)
    symbol: Mapped[str] = mapped_column(primary_key=True)
    trade_id: Mapped[str] = mapped_column(primary_key=True)
    price: Mapped[int]
    quantity: Mapped[int]
    buy_account_id: Mapped[str | None]  # null: nobody's
    buy_order_id: Mapped[str | None]
    buy_fee: Mapped[int | None]
    sell_account_id: Mapped[str | None]
    sell_order_id: Mapped[str | None]
    sell_fee: Mapped[int | None]
    traded_ns: Mapped[int]


class TradingDay(Base):
    """What an account traded of a symbol on a day (UTC): shares, their value, fees."""

    __tablename__ = "trading_days"

    account_id: Mapped[str] = mapped_column(primary_key=True)
    symbol: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    fills: Mapped[int]
    bought_quantity: Mapped[int] = mapped_column(WideInteger)
    bought_value: Mapped[int] = mapped_column(WideInteger)
    sold_quantity: Mapped[int] = mapped_column(WideInteger)
    sold_value: Mapped[int] = mapped_column(WideInteger)
    fees: Mapped[int]


class ProjectedOffset(Base):
    """How far a partition is projected. A topic that is deleted and made again has another id."""

    __tablename__ = "projected_offsets"

    topic: Mapped[str] = mapped_column(primary_key=True)
    topic_id: Mapped[str] = mapped_column(primary_key=True)
    partition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    next_offset: Mapped[int]


class ProjectedShard(Base):
    """The last event of a producer that is projected from a partition: what comes again is left out."""

    __tablename__ = "projected_shards"

    partition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    producer_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int]
