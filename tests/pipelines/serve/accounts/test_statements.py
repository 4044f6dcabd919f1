"""What the database says of accounts, and who they belong to."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from pipelines.serve.accounts.database import open_database, reading
from pipelines.serve.accounts.profiles import write_profile
from pipelines.serve.accounts.statements import Statement, describe_account, list_accounts
from schemas.errors import SettingsError
from tests.pipelines.serve.accounts.shorthand import START_NS, UNIT, payloads, project_all
from tests.pipelines.serve.accounts.test_projection import EVENTS


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    opened = open_database(database)
    yield opened
    opened.dispose()


def accounts(engine: Engine) -> Statement:
    with reading(engine) as connection:
        (statement,) = list_accounts(connection)
        return statement


def test_list_accounts_sums_shards_and_symbols(engine: Engine) -> None:
    project_all(engine, payloads(EVENTS[:6]))
    found = accounts(engine)
    assert found.names == (
        *("account", "name", "type", "created", "cash", "fees", "realised_pnl", "positions", "open_orders"),
    )
    created = datetime.fromtimestamp(START_NS // UNIT + 1, UTC)
    assert found.rows[0] == (
        *("ALICE", "ALICE", "INDIVIDUAL", created, Decimal("36139.5842"), Decimal("0.4158"), Decimal(0), 1, 0),
    )
    assert found.rows[1][-5:] == (Decimal("14860.2772"), Decimal("-0.2772"), Decimal(60), 1, 1)


def test_describe_account_has_balances_and_positions(engine: Engine) -> None:
    project_all(engine, payloads(EVENTS))
    with reading(engine) as connection:
        account, balances, positions = describe_account(connection, "BOB")
    assert [row[0] for row in account.rows] == ["BOB"]
    assert balances == Statement(
        "Balances", ("shard", "cash", "fees"), [(0, Decimal("14860.2772"), Decimal("-0.2772"))]
    )
    assert positions == Statement(
        *("Positions", ("symbol", "quantity", "cost", "realised_pnl")),
        [("AAPL", Decimal(40), Decimal(9_200), Decimal(60))],
    )


def test_describe_account_of_nobody(engine: Engine) -> None:
    with reading(engine) as connection, pytest.raises(SettingsError, match=r"^EVE is no account: depthlake exchange"):
        describe_account(connection, "EVE")


def test_write_profile_keeps_what_is_not_given(engine: Engine) -> None:
    write_profile(engine, "ALICE", START_NS, {"name": "Alice Doe"})
    write_profile(engine, "ALICE", START_NS + UNIT, {"type": "MARKET_MAKER"})
    write_profile(engine, "ALICE", START_NS + UNIT, {})
    project_all(engine, payloads(EVENTS))
    created = datetime.fromtimestamp(START_NS // UNIT, UTC)
    assert accounts(engine).rows[0][:4] == ("ALICE", "Alice Doe", "MARKET_MAKER", created)
