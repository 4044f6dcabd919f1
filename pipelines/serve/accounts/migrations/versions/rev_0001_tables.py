"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    *("profiles", "balances", "positions", "orders", "trades", "trading_days"),
    *("projected_offsets", "projected_shards"),
)
WIDE = sa.Numeric(38, 0).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _create_profiles()
    _create_balances()
    _create_positions()
    _create_orders()
    _create_trades()
    _create_trading_days()
    _create_projected()


def downgrade() -> None:
    """Drop the tables, with their indexes and all they hold."""
    for table in TABLES:
        op.drop_table(table)


def _create_profiles() -> None:
    _create(
        "profiles",
        ("account_id",),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("created_ns", sa.BigInteger(), nullable=False),
    )


def _create_balances() -> None:
    _create(
        "balances",
        ("account_id", "shard"),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("shard", sa.BigInteger(), nullable=False),
        sa.Column("cash", sa.BigInteger(), nullable=False),
        sa.Column("fees", sa.BigInteger(), nullable=False),
        sa.Column("producer_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
    )


def _create_positions() -> None:
    _create(
        "positions",
        ("account_id", "symbol"),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("realised_pnl", sa.BigInteger(), nullable=False),
        sa.Column("updated_ns", sa.BigInteger(), nullable=False),
    )


def _create_orders() -> None:
    _create(
        "orders",
        ("venue", "symbol", "order_id"),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text()),
        sa.Column("side", sa.Text()),
        sa.Column("type", sa.Text()),
        sa.Column("time_in_force", sa.Text()),
        sa.Column("price", sa.BigInteger()),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("filled_quantity", sa.BigInteger(), nullable=False),
        sa.Column("open_quantity", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("created_ns", sa.BigInteger(), nullable=False),
        sa.Column("updated_ns", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_orders_account_id_status", "orders", ["account_id", "status"])


def _create_trades() -> None:
    _create(
        "trades",
        ("venue", "symbol", "trade_id"),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("trade_id", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("buy_account_id", sa.Text()),
        sa.Column("buy_order_id", sa.Text()),
        sa.Column("buy_fee", sa.BigInteger()),
        sa.Column("sell_account_id", sa.Text()),
        sa.Column("sell_order_id", sa.Text()),
        sa.Column("sell_fee", sa.BigInteger()),
        sa.Column("traded_ns", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_trades_buy_account_id_traded_ns", "trades", ["buy_account_id", "traded_ns"])
    op.create_index("ix_trades_sell_account_id_traded_ns", "trades", ["sell_account_id", "traded_ns"])


def _create_trading_days() -> None:
    _create(
        "trading_days",
        ("account_id", "symbol", "day"),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("fills", sa.BigInteger(), nullable=False),
        sa.Column("bought_quantity", WIDE, nullable=False),
        sa.Column("bought_value", WIDE, nullable=False),
        sa.Column("sold_quantity", WIDE, nullable=False),
        sa.Column("sold_value", WIDE, nullable=False),
        sa.Column("fees", sa.BigInteger(), nullable=False),
    )


def _create_projected() -> None:
    _create(
        "projected_offsets",
        ("topic", "topic_id", "partition"),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("topic_id", sa.Text(), nullable=False),
        sa.Column("partition", sa.BigInteger(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
    )
    _create(
        "projected_shards",
        ("partition", "producer_id"),
        sa.Column("partition", sa.BigInteger(), nullable=False),
        sa.Column("producer_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
    )


def _create(table: str, keys: tuple[str, ...], *columns: sa.Column[Any]) -> None:
    op.create_table(table, *columns, sa.PrimaryKeyConstraint(*keys, name=f"pk_{table}"), sqlite_with_rowid=False)
