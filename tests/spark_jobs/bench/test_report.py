"""The benchmark's table: what is measured anew is written down, the rest stays."""

from pathlib import Path

import pytest
from rich.console import Console

from schemas.errors import SettingsError
from spark_jobs.bench.report import PERFORMANCE, as_markdown, machine, merge, read_rows, rows_of_this_machine, run
from spark_jobs.settings import Settings

OLD = [("decode quotes", "1/s", "here", "2024-08-08"), ("spread", "2 × Spark", "there, warm", "2024-08-08")]


def test_rows_are_read_as_they_were_written() -> None:
    assert read_rows(as_markdown(OLD)) == OLD
    assert len(read_rows(PERFORMANCE.read_text())) > 10


def test_rows_of_another_machine_are_not_taken_for_this_ones() -> None:
    text = as_markdown(OLD)
    assert rows_of_this_machine(text) == OLD
    assert rows_of_this_machine(text.replace(machine(), "64 cores (arm64), 512 GiB, Python 3.11.7")) == []


def test_merge_replaces_in_place_and_adds_at_the_end() -> None:
    found = merge(OLD, [("decode quotes", "3/s", "here"), ("new", "4", "x")], "2024-08-09")
    assert found == [("decode quotes", "3/s", "here", "2024-08-09"), OLD[1], ("new", "4", "x", "2024-08-09")]


def test_run_of_a_part_measures_it_and_keeps_the_others(instance_settings: Settings, tmp_path: Path) -> None:
    output = tmp_path / "performance.md"
    output.write_text(as_markdown(OLD))
    run(instance_settings, Console(quiet=True), ["codec"], output)
    encoded, decoded = (
        next(row for row in read_rows(output.read_text()) if row[0] == what)
        for what in ("encode quotes", "decode quotes")
    )
    assert all(int(row[1].removesuffix("/s").replace(",", "")) > 1_000 for row in (encoded, decoded))
    assert OLD[1] in read_rows(output.read_text())


def test_run_of_an_unknown_part_says_which_there_are(instance_settings: Settings) -> None:
    with pytest.raises(SettingsError, match=r"codecs is no part of the benchmark: there are codec, exchange, "):
        run(instance_settings, Console(quiet=True), ["codecs"])
