"""What the documents say is so: commands parse, names exist, links lead somewhere."""

import ast
import os
import re
import shlex
import tomllib
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from itertools import takewhile
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from pipelines.gold.functions import FUNCTIONS
from pipelines.gold.views import VIEWS
from schemas.tables import TABLES
from spark_jobs.cli.app import app
from spark_jobs.settings import Settings
from tests.house_rules import ROOT

README = ROOT / "README.md"
PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
KNOWN = {described.name for described in (*TABLES, *VIEWS, *FUNCTIONS)}
VARIABLES = {f"DEPTHLAKE_{field.name.upper()}": str(field.default) for field in fields(Settings)}
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def fences(text: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[list[str]]:
    """The words of every command in sh blocks and of those in a line of text, without what follows a >."""
    lines = [line for block in fences(text, "sh") for line in block.replace("\\\n", " ").splitlines()]
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    lines += re.findall(r"`((?:depthlake|make) [^`]+)`", prose)
    spoken = (list(takewhile(lambda word: word != ">", shlex.split(line, comments=True))) for line in lines)
    return [words for words in spoken if words]


def judge_command(words: list[str]) -> str | None:
    """What is wrong with a command of ours; None for one that would run, and for those of others."""
    program, *arguments = [word for word in words if not re.match(r"DEPTHLAKE_\w+=", word)]
    if program == "make":
        unknown = {word for word in arguments if not re.match(r"[A-Z]+=", word)} - TARGETS
        return f"make has no target {', '.join(sorted(unknown))}" if unknown else None
    return judge_depthlake(arguments) if program == "depthlake" else None


def judge_depthlake(arguments: list[str]) -> str | None:
    """What the command line says of arguments that it would refuse; recordings that are named need not be here."""
    there = [__file__ if word.endswith((".gz", ".zst", ".zip", ".csv")) else word for word in arguments]
    done = CliRunner().invoke(rehearsal(), there)
    return None if done.exit_code == 0 else done.output


def rehearsal(real: typer.Typer = app) -> typer.Typer:
    """The command line with every command and option, doing nothing."""
    twin = typer.Typer(rich_markup_mode=None)
    for command in real.registered_commands:
        if command.callback:
            twin.command(command.name)(idle(command.callback))
    for group in real.registered_groups:
        if group.typer_instance:
            twin.add_typer(rehearsal(group.typer_instance), name=group.name)
    if real.registered_callback and real.registered_callback.callback:
        twin.callback()(idle(real.registered_callback.callback))
    return twin


def idle(function: Callable[..., object]) -> Callable[..., None]:
    """A function with the same parameters that does nothing."""
    return wraps(function)(lambda **_: None)


def unknown_tables(text: str) -> set[str]:
    """Names like silver.trades that are neither table nor view."""
    named = re.findall(r"(?<![\w./])((?:bronze|silver|gold)\.(?!py\b)[a-z]\w*)", text)
    return set(named) - KNOWN


def dead_links(page: Path, text: str) -> list[str]:
    """Relative links that lead nowhere."""
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    return [target for target in targets if not (page.parent / target).exists()]


def first_columns(text: str, heading: str) -> list[list[str]]:
    """The cells in backquotes of the first two columns of the table below a heading."""
    section = re.split(rf"^## {heading}$", text, flags=re.MULTILINE)[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]*) \| ([^|]*) \|", section, re.MULTILINE)
    return [[cell.strip("` ") for cell in row] for row in rows]


@each_page
def test_commands_parse(page: Path) -> None:
    assert [wrong for words in commands(page.read_text()) if (wrong := judge_command(words))] == []


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("make demo", None),
        ("make tea", "make has no target tea"),
        ("depthlake up", None),
        ("depthlake fly", "No such command 'fly'."),
        ("depthlake sql 'select 1' --format csv", None),
        ("depthlake sql 'select 1' --format xml", "Invalid value for '--format'"),
        ("depthlake simulate --tempo 3", "No such option"),
        ("depthlake replay --source binance /no/such/capture.gz", None),
        ("depthlake import --source binance /no/such/capture.gz", None),
        ("depthlake import --speed max /no/such/capture.gz", "No such option"),
        ("DEPTHLAKE_CORES=3 depthlake --home /tmp/x status", None),
        ("depthlake --house /tmp/x status", "No such option"),
        ("depthlake exchange match messages.parquet --reports reports.txt", None),
        ("depthlake exchange match messages.parquet", "Missing option '--reports'"),
        ("depthlake exchange fly", "No such command 'fly'."),
        ("ls --any", None),
    ],
)
def test_judge_command(command: str, expected: str | None) -> None:
    said = judge_command(shlex.split(command))
    assert said is None if expected is None else expected in (said or "")


def test_commands_in_a_page() -> None:
    page = (
        "```sh\ndepthlake sql 'a b'  # why\n\n. x > y\n```\nSee `make check`, `make` and `up`.\n```text\nmake no\n```\n"
    )
    assert commands(page) == [["depthlake", "sql", "a b"], [".", "x"], ["make", "check"]]


def test_readme_shows_the_commands_that_matter() -> None:
    shown = {" ".join(words[:2]) for words in commands(README.read_text())}
    assert {"make demo", "make test", "depthlake up", "depthlake replay", "depthlake sql"} <= shown


@each_page
def test_python_compiles(page: Path) -> None:
    for block in fences(page.read_text(), "python"):
        ast.parse(block)


@each_page
def test_tables_and_views_exist(page: Path) -> None:
    assert unknown_tables(page.read_text()) == set()


def test_unknown_tables_in_a_page() -> None:
    text = "select * from silver.trades join silver.trade; see schemas/silver.py, silver.py, gold.* and `gold.nothing`"
    assert unknown_tables(text) == {"silver.trade", "gold.nothing"}


@each_page
def test_settings_exist(page: Path) -> None:
    assert set(re.findall(r"DEPTHLAKE_[A-Z_]*[A-Z]", page.read_text())) <= set(VARIABLES)


def test_readme_lists_every_setting_with_its_default() -> None:
    assert dict(first_columns(README.read_text(), "Settings")) == VARIABLES


def test_readme_ports_are_the_defaults() -> None:
    ports = {int(port) for port in re.findall(r"127\.0\.0\.1(?::|\", port=)(\d+)", README.read_text())}
    defaults = Settings()
    assert ports == {defaults.connect_port, defaults.thrift_port, defaults.dagster_port, defaults.superset_port}


def test_readme_names_what_is_there() -> None:
    folders = [row[0] for row in first_columns(README.read_text(), "Where things are")]
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []
    assert {"schemas/", "pipelines/", "expectations/", "spark_jobs/", "dagster_project/", "tests/"} <= set(folders)


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    assert dead_links(page, page.read_text()) == []


def test_dead_links_in_a_page() -> None:
    text = "[a](README.md#x) [b](docs/nothing.md) [c](https://example.org)"
    assert dead_links(README, text) == ["docs/nothing.md"]


def test_readme_links_every_decision() -> None:
    decisions = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs" / "decisions").glob("*.md")}
    assert decisions <= set(re.findall(r"\]\(([^)\s]+)\)", README.read_text()))


@pytest.mark.parametrize("decision", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda path: path.stem)
def test_decision_is_a_page_of_three_parts(decision: Path) -> None:
    text = decision.read_text()
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+", decision.stem)
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
    assert len(text.split()) <= 500


def test_changelog_has_the_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text()


def test_ci_ends_with_the_test_command_of_the_readme() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-2:] == ["make check", "make test"]
