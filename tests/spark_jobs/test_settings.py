"""Settings from an environment."""

import os
from pathlib import Path

import pytest

from schemas.errors import SettingsError
from spark_jobs.settings import Settings, variable


def test_from_environment_reads_every_field_back() -> None:
    settings = Settings(home=Path("/lake"), kafka_port=1, partitions=7, cores=3)
    assert Settings.from_environment(settings.as_environment()) == settings


def test_from_environment_of_nothing_is_the_default() -> None:
    assert Settings.from_environment({"PATH": "/bin"}) == Settings()


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("KAFKA_PORT", "x", "DEPTHLAKE_KAFKA_PORT='x' is not a whole number: unset it or give one."),
        ("KAFKA_PORT", "", "DEPTHLAKE_KAFKA_PORT='' is not a whole number: unset it or give one."),
        ("UI_PORT", "0", "DEPTHLAKE_UI_PORT=0 is not a port: use 1 to 65535."),
        ("CONNECT_PORT", "65536", "DEPTHLAKE_CONNECT_PORT=65536 is not a port: use 1 to 65535."),
        ("PARTITIONS", "0", "DEPTHLAKE_PARTITIONS=0 must be at least 1."),
        ("MEMORY_MB", "-1", "DEPTHLAKE_MEMORY_MB=-1 must be at least 1."),
    ],
)
def test_from_environment_names_what_it_cannot_use(key: str, value: str, expected: str) -> None:
    with pytest.raises(SettingsError) as error:
        Settings.from_environment({f"DEPTHLAKE_{key}": value})
    assert str(error.value) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", "sqlite:////lake/exchange/exchange.db"),
        ("postgresql://me@host:5432/name", "postgresql://me@host:5432/name"),
    ],
)
def test_database_is_a_file_below_home_unless_set(url: str, expected: str) -> None:
    assert Settings(home=Path("/lake"), database_url=url).database == expected


def test_variable_is_there_while_the_block_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A", "before")
    monkeypatch.delenv("B", raising=False)
    with variable("A", "1"), variable("B", "2"):
        assert (os.environ["A"], os.environ["B"]) == ("1", "2")
    assert os.environ["A"] == "before"
    assert "B" not in os.environ
