"""Starting and stopping, with small Python processes in place of the big ones."""

import fcntl
import json
import os
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from schemas.errors import InstanceError
from spark_jobs.instance.lifecycle import NAMES, down, pid, ports, processes, up
from spark_jobs.instance.process import Port, Process, Record, is_running, log_path, record_path
from spark_jobs.settings import Settings

SLEEP = "import time; time.sleep(600)"
# Starts a child that leaves the process group, as Spark's Python workers do.
WITH_CHILD = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", {child!r}])
time.sleep(600)
"""
CHILD = """
import os, signal, time
os.setpgid(0, 0)
open("child", "w").write(str(os.getpid()))
os.rename("child", "child.pid")
time.sleep(600)
"""
DEAF_CHILD = CHILD.replace("os.setpgid", "signal.signal(signal.SIGTERM, signal.SIG_IGN); os.setpgid")


def python(name: str, code: str, ready: Callable[[], bool] = lambda: True, taking: Sequence[int] = ()) -> Process:
    wanted = tuple(Port(number, "Kafka", "DEPTHLAKE_KAFKA_PORT") for number in taking)
    return Process(name, (sys.executable, "-c", code), ready, ports=wanted, start_timeout_s=10)


@pytest.fixture
def settings(instance_settings: Settings) -> Iterator[Settings]:
    yield instance_settings
    down(instance_settings, ("one", "two"), grace_s=1)


def child_of(settings: Settings) -> psutil.Process:
    return psutil.Process(int((settings.home / "child.pid").read_text()))


def has_child(settings: Settings) -> Callable[[], bool]:
    return (settings.home / "child.pid").exists


def test_processes_and_ports_are_those_named(settings: Settings) -> None:
    assert tuple(process.name for process in processes(settings, NAMES)) == NAMES == tuple(ports(settings))
    assert all(process.ports == ports(settings)[process.name] for process in processes(settings, NAMES))


def test_up_second_time_starts_nothing(settings: Settings) -> None:
    wanted = [python("one", SLEEP), python("two", SLEEP)]
    assert up(settings, wanted) == ("one", "two")
    before = pid(settings, "one"), pid(settings, "two")
    assert up(settings, wanted) == ()
    assert (pid(settings, "one"), pid(settings, "two")) == before


def test_up_starts_only_what_is_missing(settings: Settings) -> None:
    up(settings, [python("one", SLEEP)])
    assert up(settings, [python("one", SLEEP), python("two", SLEEP)]) == ("two",)


def test_up_gives_each_process_a_session_home_and_log(settings: Settings) -> None:
    code = (
        "import os; print(os.getcwd(), os.environ['DEPTHLAKE_HOME'], os.getsid(0) == os.getpid(), flush=True);" + SLEEP
    )
    log = log_path(settings, "one")
    up(settings, [python("one", code, ready=lambda: log.read_text() != "")])
    assert log.read_text() == f"{settings.home} {settings.home} True\n"


def test_up_keeps_the_log_of_the_run_before(settings: Settings) -> None:
    for word in ("first", "second"):
        log = log_path(settings, "one")
        code = f"print({word!r}, flush=True); {SLEEP}"
        up(settings, [python("one", code, ready=lambda log=log: log.read_text() != "")])  # type: ignore[misc]  # a default
        down(settings, ["one"])
    assert log.with_suffix(".log.1").read_text() == "first\n"


def test_up_with_a_port_taken_names_port_process_and_setting(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", settings.kafka_port)), pytest.raises(InstanceError) as error:
        up(settings, [python("one", SLEEP), python("two", SLEEP, taking=[settings.kafka_port])])
    assert str(error.value) == (
        f"Port {settings.kafka_port} (Kafka) is taken by process {os.getpid()} ({psutil.Process().name()}): "
        "stop it or set DEPTHLAKE_KAFKA_PORT."
    )
    assert pid(settings, "one") is None, "nothing starts when a port is taken"


def test_up_with_one_port_for_two_says_so(settings: Settings) -> None:
    with pytest.raises(InstanceError, match="is set for both Kafka and Kafka: change DEPTHLAKE_KAFKA_PORT"):
        up(settings, [python("one", SLEEP, taking=[settings.kafka_port, settings.kafka_port])])


def test_up_with_a_process_that_dies_quotes_it_and_stops_the_others(settings: Settings) -> None:
    code = "import sys; print('ERROR no room on the device'); print('bye'); sys.exit(3)"
    with pytest.raises(InstanceError) as error:
        up(settings, [python("one", SLEEP), python("two", code, ready=lambda: False)])
    log = log_path(settings, "two")
    assert str(error.value) == f"The two stopped while it started (ERROR no room on the device): read {log}."
    assert pid(settings, "one") is None
    assert not record_path(settings, "one").exists()


def test_up_with_a_process_that_never_serves_stops_it(settings: Settings) -> None:
    process = Process("one", (sys.executable, "-c", SLEEP), lambda: False, start_timeout_s=0.5)
    with pytest.raises(InstanceError, match="The one does not serve after 0 s"):
        up(settings, [process])
    assert pid(settings, "one") is None


def test_up_interrupted_stops_what_it_had_begun(settings: Settings) -> None:
    started: list[psutil.Process] = []

    def interrupt() -> bool:
        started.extend(psutil.Process(found) for name in ("one", "two") if (found := pid(settings, name)))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        up(settings, [python("one", SLEEP), python("two", SLEEP, ready=interrupt)])
    assert len(started) == 2
    assert not any(map(is_running, started))


def test_up_while_another_works_is_refused(settings: Settings) -> None:
    (settings.home / "run").mkdir(parents=True)
    with (settings.home / "run" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(InstanceError, match="Another depthlake starts, stops or imports into the instance in"):
            up(settings, [python("one", SLEEP)])


def test_up_after_the_process_id_was_used_again_starts_anew(settings: Settings) -> None:
    (settings.home / "run").mkdir(parents=True)
    Record(os.getpid(), psutil.Process().create_time() - 3600, str(settings.home)).save(settings, "one")
    assert pid(settings, "one") is None
    assert up(settings, [python("one", SLEEP)]) == ("one",)
    assert pid(settings, "one") != os.getpid()


@pytest.mark.parametrize("text", ["", "{", "{}", json.dumps({"pid": 2**22 + 1, "create_time": 0})])
def test_up_with_a_record_that_says_nothing_starts_anew(settings: Settings, text: str) -> None:
    (settings.home / "run").mkdir(parents=True)
    record_path(settings, "one").write_text(text)
    assert up(settings, [python("one", SLEEP)]) == ("one",)


def test_up_after_kill_9_stops_the_children_left_behind(settings: Settings) -> None:
    up(settings, [python("one", WITH_CHILD.format(child=CHILD), ready=has_child(settings))])
    child = child_of(settings)
    leader = psutil.Process(pid(settings, "one"))
    leader.kill()
    leader.wait(5)
    assert is_running(child)
    assert up(settings, [python("one", SLEEP)]) == ("one",)
    assert not is_running(child)


def test_down_stops_children_that_left_the_group_and_ignore_sigterm(settings: Settings) -> None:
    up(settings, [python("one", WITH_CHILD.format(child=DEAF_CHILD), ready=has_child(settings))])
    child = child_of(settings)
    assert down(settings, ["one"], grace_s=0.5) == ("one",)
    assert not is_running(child)
    assert pid(settings, "one") is None


def test_down_stops_the_last_first(settings: Settings) -> None:
    up(settings, [python("one", SLEEP), python("two", SLEEP)])
    said: list[str] = []
    assert down(settings, ("one", "two"), said.append) == ("two", "one")
    assert said == ["Stopping the two", "Stopping the one"]


def test_down_with_nothing_running_stops_nothing(settings: Settings) -> None:
    assert down(settings, NAMES) == ()


def test_down_lets_a_process_end_by_itself(settings: Settings, tmp_path: Path) -> None:
    bye = f"lambda *_: (open({str(tmp_path / 'bye')!r}, 'w'), sys.exit())"
    code = f"import signal, sys; signal.signal(signal.SIGTERM, {bye}); print('up', flush=True); {SLEEP}"
    log = log_path(settings, "one")
    up(settings, [python("one", code, ready=lambda: "up" in log.read_text())])
    down(settings, ["one"])
    assert (tmp_path / "bye").exists()
