"""The command line as a user meets it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from spark_jobs.cli.app import app
from spark_jobs.instance.lifecycle import alone
from spark_jobs.instance.process import Record
from spark_jobs.settings import Settings
from tests.conftest import Broker
from tests.house_rules import ROOT

COMMANDS = (
    *(
        "up",
        "down",
        "status",
        "doctor",
        "simulate",
        "replay",
        "import",
        "sql",
        "book",
        "refresh",
        "backfill",
        "lookahead",
        "parity",
        "quality",
    ),
    *("demo", "bench", "version", "serve", "ready"),
)
DEPTHLAKE = (sys.executable, "-c", "from spark_jobs.cli.app import main; main()")

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def cli(instance_settings: Settings) -> Cli:
    """Runs depthlake in a process of its own, on an instance of its own."""

    def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        wanted = {**os.environ, **instance_settings.as_environment(), **environment}
        return subprocess.run(
            [*DEPTHLAKE, *arguments], capture_output=True, text=True, env=wanted, timeout=60, check=False
        )

    return run


def is_one_sentence(text: str) -> bool:
    return text.count("\n") == 1 and text.endswith(".\n") and "Traceback" not in text


def test_help_lists_every_command() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    assert [name for name in COMMANDS if not re.search(rf"^\W*{name} ", shown, re.MULTILINE)] == []
    assert {command.callback.__name__.strip("_") for command in app.registered_commands if command.callback} == set(
        COMMANDS
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_has_an_example(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert re.search(rf"Example: .*depthlake .*{command}", shown.output)


def test_app_is_imported_without_heavy_packages() -> None:
    code = "import sys, spark_jobs.cli.app; print(sorted({'pyspark', 'pandas', 'pyarrow', 'kafka'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        (["up"], {"DEPTHLAKE_KAFKA_PORT": "x"}, "DEPTHLAKE_KAFKA_PORT='x' is not a whole number"),
        (["status"], {"DEPTHLAKE_THRIFT_PORT": "70000"}, "DEPTHLAKE_THRIFT_PORT=70000 is not a port"),
        (["sql", "select 1"], {}, "run depthlake up."),
        (["simulate", "--symbols", "AAPL,NONE"], {}, "--symbols NONE is unknown: choose from AAPL, MSFT,"),
        (
            ["replay", "--source", "nasdaq", __file__],
            {},
            "--source nasdaq is unknown: choose from binance, binance-csv,",
        ),
        (["replay", "--source", "plain", __file__], {}, "--source plain needs --mapping FILE"),
        (["replay", "--mapping", __file__, __file__], {}, "--mapping is for --source plain"),
        (
            ["report", "execution-quality", "--month", "2024-13"],
            {},
            "--month '2024-13' is no month: give one as 2024-08.",
        ),
        (["report", "execution-quality", "--month", "2024-08", "--venue", "XNAS"], {}, "choose from DLXA, DLXB, DLXD."),
        (["report", "ats", "--week", "2024-8"], {}, "--week '2024-8' is no day: give a Monday as 2024-08-05."),
        (
            ["report", "ats", "--week", "2024-08-07"],
            {},
            "2024-08-07 is no Monday: weeks begin on one, this one on 2024-08-05.",
        ),
        (["report", "ats", "--week", "2024-08-05", "--out", "/nowhere/x.csv"], {}, "there is no folder /nowhere."),
        (["report", "ats", "--week", "2024-08-05"], {}, "run depthlake up."),
        (["replay", "--speed", "0", __file__], {}, "--speed 0 is neither max nor a number above 0"),
        (["replay", __file__], {}, f"{__file__}, line 1: "),
        (["import", __file__], {}, f"{__file__}, line 1: "),
        (["import", "--source", "plain", __file__], {}, "--source plain needs --mapping FILE"),
    ],
)
def test_error_is_one_sentence(cli: Cli, arguments: list[str], environment: dict[str, str], expected: str) -> None:
    done = cli(*arguments, **environment)
    assert done.returncode == 1
    assert expected in done.stderr
    assert is_one_sentence(done.stderr)


def test_replay_says_what_it_read_before_it_starts_anything(cli: Cli) -> None:
    path = ROOT.parent / "shared" / "data" / "databento" / "XNAS.ITCH.tbbo.dbn.zst"
    said = cli("replay", "--source", "databento", str(path), DEPTHLAKE_KAFKA_PORT="x").stderr.splitlines()
    times = "2020-12-28T09:05:12.576690768 to 2020-12-28T"
    assert said[0] == f"{path.name}: SHA-256 {sha256(path.read_bytes()).hexdigest()}"
    assert said[1] == "  DBN version 3: times in nanoseconds, prices in 1e-9"
    assert said[2].startswith(f"  market.trades.v1: 4 rows, NVDA at XNAS, {times}")
    assert said[3].startswith(f"  market.quotes.v1: 4 rows, NVDA at XNAS, {times}")
    assert said[4].startswith("DEPTHLAKE_KAFKA_PORT='x' is not a whole number")


def test_import_of_a_file_that_does_not_fit_leaves_nothing(cli: Cli, instance_settings: Settings) -> None:
    path = ROOT.parent / "shared" / "data" / "databento" / "XNAS.ITCH.tbbo.dbn.zst"
    done = cli("import", "--source", "databento", str(path), __file__)
    assert done.returncode == 1
    assert __file__ in done.stderr
    assert is_one_sentence(done.stderr)
    assert not instance_settings.imports.exists()
    assert not instance_settings.lake.exists()


def test_import_while_the_lakehouse_runs_is_refused(cli: Cli, instance_settings: Settings) -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(50)"]
    environment = {**os.environ, "DEPTHLAKE_HOME": str(instance_settings.home)}
    with subprocess.Popen(sleep, start_new_session=True, env=environment) as process:
        started = psutil.Process(process.pid).create_time()
        (instance_settings.home / "run").mkdir(parents=True)
        Record(process.pid, started, str(instance_settings.home)).save(instance_settings, "lakehouse")
        done = cli("import", __file__)
        process.kill()
    assert done.returncode == 1
    home = instance_settings.home
    assert done.stderr.startswith(f"The lakehouse in {home} runs, and it alone writes its tables: run depthlake down")
    assert is_one_sentence(done.stderr)


def test_import_while_another_depthlake_holds_the_instance_is_refused(cli: Cli, instance_settings: Settings) -> None:
    with alone(instance_settings):
        done = cli("import", __file__)
    assert done.returncode == 1
    assert done.stderr.startswith("Another depthlake starts, stops or imports into the instance in")
    assert is_one_sentence(done.stderr)


def test_error_with_debug_shows_where(cli: Cli) -> None:
    done = cli("--debug", "sql", "select 1")
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")
    assert "run depthlake up." in done.stderr


def test_error_nobody_foresaw_is_one_sentence_too(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = cli("--home", str(tmp_path / "file"), "down")
    assert done.returncode == 1
    assert is_one_sentence(done.stderr)
    assert "depthlake --debug COMMAND shows where" in done.stderr


@pytest.mark.parametrize("arguments", [["sql"], ["sql", "-f", "/nope.sql"], ["sql", "select 1", "-f", "x"], ["nope"]])
def test_wrong_usage_exits_2(cli: Cli, arguments: list[str]) -> None:
    assert cli(*arguments).returncode == 2


def test_version_is_the_package_s(cli: Cli) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", cli("version").stdout)


def test_status_of_an_instance_that_is_down(cli: Cli, instance_settings: Settings) -> None:
    done = cli("status")
    assert done.returncode == 1
    assert re.search(rf"broker +not running +{instance_settings.kafka_port}, ", done.stdout)
    assert done.stderr == "Not running: depthlake up starts it.\n"


def test_down_with_nothing_running_is_fine(cli: Cli, tmp_path: Path) -> None:
    done = cli("--home", str(tmp_path / "other"), "down")
    assert (done.returncode, done.stderr) == (0, f"Nothing runs in {tmp_path / 'other'}.\n")


def test_doctor_on_a_machine_that_has_all(cli: Cli) -> None:
    done = cli("doctor", DEPTHLAKE_MEMORY_MB="256")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["ok"] * 6


def test_doctor_gives_the_fix_of_each_failure(cli: Cli, tmp_path: Path) -> None:
    done = cli("doctor", JAVA_HOME=str(tmp_path), DEPTHLAKE_MEMORY_MB="9999999", DEPTHLAKE_UI_PORT="1")
    failed = [line for line in done.stdout.splitlines() if line.startswith("failed")]
    assert done.returncode == 1
    assert [re.split(r"\s{2,}", line)[1] for line in failed][:2] == ["Java", "memory"]
    assert "set JAVA_HOME to a JDK 17 or 21" in failed[0]
    assert "set DEPTHLAKE_MEMORY_MB" in failed[1]


@pytest.mark.kafka
def test_up_on_a_taken_port_names_the_process(cli: Cli, broker: Broker) -> None:
    done = cli("up", DEPTHLAKE_KAFKA_PORT=str(broker.settings.kafka_port))
    assert done.returncode == 1
    assert is_one_sentence(done.stderr)
    assert re.match(
        rf"Port {broker.settings.kafka_port} \(Kafka\) is taken by process \d+ \(java\): "
        "stop it or set DEPTHLAKE_KAFKA_PORT.",
        done.stderr,
    )


@pytest.mark.kafka
def test_simulate_publishes_rate_times_duration(cli: Cli, broker: Broker) -> None:
    done = cli("simulate", "--rate", "2000", "--duration", "1", DEPTHLAKE_KAFKA_PORT=str(broker.settings.kafka_port))
    assert (done.returncode, done.stderr) == (0, "Published 2,000 events.\n")


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("number", "code", "said"), [(signal.SIGINT, 130, "Interrupted.\n"), (signal.SIGTERM, 143, "")]
)
def test_signal_ends_a_command_cleanly(broker: Broker, number: signal.Signals, code: int, said: str) -> None:
    wanted = {**os.environ, **broker.settings.as_environment()}
    command = [*DEPTHLAKE, "simulate", "--duration", "50"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=wanted) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(4)
        process.send_signal(number)
        _, stderr = process.communicate(timeout=20)
    assert (process.returncode, stderr) == (code, said)
