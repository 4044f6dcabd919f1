"""What `audit` and `rejected` refuse, and the sentence that says so."""

import pytest
from typer.testing import CliRunner, Result

from schemas.errors import DepthlakeError
from spark_jobs.cli.app import app
from spark_jobs.settings import Settings


def call(settings: Settings, *arguments: str) -> Result:
    """A command on an instance that is down; --debug leaves the interpreter's settings as they are."""
    return CliRunner().invoke(app, ["--debug", *arguments], env=settings.as_environment())


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["audit", "list"], "run depthlake up."),
        (["audit", "verify"], "run depthlake up."),
        (["audit", "verify", "--head", "9d53"], "--head '9d53' is no hash: give the 64 hexadecimal digits that"),
        (["rejected", "list"], "run depthlake up."),
        (["rejected", "list", "silver.tea"], "silver.tea is no rejected table: there are silver.orders_rejected,"),
        (["rejected", "show", "tea", "0", "1"], "tea is no topic: there are market.orders.v1,"),
        (["rejected", "show", "market.trades.v1", "-1", "1"], "run depthlake up."),
        (["rejected", "replay", "/nope.json"], "/nope.json is no JSON file"),
        (["rejected", "replay", "--table", "silver.tea"], "silver.tea is no rejected table"),
    ],
)
def test_error_is_a_sentence(instance_settings: Settings, arguments: list[str], expected: str) -> None:
    error = call(instance_settings, *arguments).exception
    assert isinstance(error, DepthlakeError)
    assert expected in str(error)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["x.json", "--table", "silver.trades_rejected"],
        ["x.json", "--reason", "x"],
        ["x.json", "--day", "2024-08-08"],
    ],
)
def test_replay_of_neither_file_nor_table_is_wrong_usage(instance_settings: Settings, arguments: list[str]) -> None:
    assert call(instance_settings, "rejected", "replay", *arguments).exit_code == 2
