"""Instants as a person writes them."""

import pytest

from schemas.errors import SettingsError
from spark_jobs.cli.book import parse_instant

NOON_NS = 1_723_118_400 * 10**9


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-08-08T12:00:00", NOON_NS),
        ("2024-08-08 12:00:00.5", NOON_NS + 500_000_000),
        ("2024-08-08T12:00:00.123456789Z", NOON_NS + 123_456_789),
        ("2024-08-08T14:00:00.000000001+02:00", NOON_NS + 1),
        ("2024-08-08", NOON_NS - 12 * 3600 * 10**9),
        (str(NOON_NS + 7), NOON_NS + 7),
    ],
)
def test_parse_instant_of_a_time(text: str, expected: int) -> None:
    assert parse_instant(text) == expected


@pytest.mark.parametrize("text", ["", "noon", "2024-13-01", "-5"])
def test_parse_instant_of_no_time_says_what_to_give(text: str) -> None:
    with pytest.raises(SettingsError, match="is no time: give one as"):
        parse_instant(text)
