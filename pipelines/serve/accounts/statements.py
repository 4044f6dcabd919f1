"""What the database says of accounts, as rows for people: amounts are exact decimals, times UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Executable, Select, func, select

from pipelines.serve.accounts.amounts import UNITS, decimal_of
from pipelines.serve.accounts.codes import OrderStatus
from pipelines.serve.accounts.models import Balance, Order, Position, Profile
from schemas.errors import SettingsError

AMOUNTS = {"cash", "fees", "quantity", "cost", "realised_pnl"}
Query = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Statement:
    """A table for people: its title, names of columns, rows."""

    title: str
    names: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def list_accounts(connection: Connection) -> list[Statement]:
    """One statement: each account's cash and fees over all shards, realised profit, positions and open orders."""
    return [_statement(connection, "Accounts", _accounts())]


def describe_account(connection: Connection, account_id: str) -> list[Statement]:
    """The account, its balance on each shard, its positions. Raises SettingsError when there is no such account."""
    account = _statement(connection, "Account", _accounts().where(Profile.account_id == account_id))
    if not account.rows:
        raise SettingsError(f"{account_id} is no account: depthlake exchange accounts lists them.")
    balances = select(Balance.shard, Balance.cash, Balance.fees).order_by(Balance.shard)
    positions = select(Position.symbol, Position.quantity, Position.cost, Position.realised_pnl)
    return [
        account,
        _statement(connection, "Balances", balances.where(Balance.account_id == account_id)),
        _statement(
            connection, "Positions", positions.where(Position.account_id == account_id).order_by(Position.symbol)
        ),
    ]


def _accounts() -> Query:
    cash = select(Balance.account_id, func.sum(Balance.cash).label("cash"), func.sum(Balance.fees).label("fees"))
    made = select(Position.account_id, func.sum(Position.realised_pnl).label("pnl"), func.count().label("count"))
    orders = select(Order.account_id, func.count().label("count")).where(Order.status == OrderStatus.OPEN)
    cash_of, made_by, open_of = (
        query.group_by(query.selected_columns.account_id).subquery() for query in (cash, made, orders)
    )
    query = select(
        Profile.account_id.label("account"),
        Profile.name,
        Profile.type,
        Profile.created_ns.label("created"),
        func.coalesce(cash_of.c.cash, 0).label("cash"),
        func.coalesce(cash_of.c.fees, 0).label("fees"),
        func.coalesce(made_by.c.pnl, 0).label("realised_pnl"),
        func.coalesce(made_by.c.count, 0).label("positions"),
        func.coalesce(open_of.c.count, 0).label("open_orders"),
    ).select_from(Profile)
    for found in (cash_of, made_by, open_of):
        query = query.outerjoin(found, found.c.account_id == Profile.account_id)
    return query.order_by(Profile.account_id)


def _statement(connection: Connection, title: str, query: Executable) -> Statement:
    result = connection.execute(query)
    names = tuple(result.keys())
    return Statement(title, names, [tuple(map(_for_people, names, row)) for row in result])


def _for_people(name: str, value: Any) -> Any:
    if name in AMOUNTS:
        return decimal_of(int(value))
    return datetime.fromtimestamp(value // UNITS, UTC) if name == "created" else value
