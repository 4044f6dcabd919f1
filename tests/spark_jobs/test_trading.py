"""`depthlake exchange trade` as a user meets it."""

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schemas.errors import InstanceError, SettingsError
from spark_jobs.cli.app import app


def test_help_of_trade_names_its_options_and_accounts() -> None:
    shown = CliRunner().invoke(app, ["exchange", "trade", "--help"], env={"COLUMNS": "200"}).output
    words = ("--rate", "--duration", "--seed", "--symbols", "MM-01", "INST-01", "Example:")
    assert [word for word in words if word not in shown] == []


@pytest.mark.parametrize(
    ("arguments", "kind", "sentence"),
    [
        (["--symbols", "AAPL,NONE"], SettingsError, "--symbols NONE is unknown: choose from AAPL, "),
        ([], InstanceError, "No broker answers at 127.0.0.1:"),
    ],
)
def test_trade_that_cannot_start_says_why(
    arguments: list[str], kind: type[Exception], sentence: str, tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = {"DEPTHLAKE_HOME": str(tmp_path), "DEPTHLAKE_KAFKA_PORT": port}
    done = CliRunner().invoke(app, ["exchange", "trade", *arguments], env=environment)
    assert (done.exit_code, type(done.exception)) == (1, kind)
    assert str(done.exception).startswith(sentence)
