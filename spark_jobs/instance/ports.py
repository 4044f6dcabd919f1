"""Who listens on a port, and whether an instance may take its own."""

import socket
from collections.abc import Iterable
from contextlib import ExitStack

import psutil

from schemas.errors import InstanceError
from spark_jobs.instance.process import Port


def accepts(host: str, number: int) -> bool:
    """Whether something answers a TCP connection."""
    try:
        with socket.create_connection((host, number), timeout=1):
            return True
    except OSError:
        return False


def is_free(host: str, number: int) -> bool:
    """Whether a server could bind the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
            probe.listen()
        except OSError:
            return False
    return True


def free_ports(host: str, count: int) -> list[int]:
    """Ports that nothing binds now: all are held until the last is found, so that they differ."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((host, 0))
        return [each.getsockname()[1] for each in sockets]


def check_ports(host: str, ports: Iterable[Port]) -> None:
    """Raise InstanceError for the first port that is taken, or that two of them want."""
    seen: dict[int, Port] = {}
    for port in ports:
        other = seen.setdefault(port.number, port)
        if other is not port:
            raise InstanceError(
                f"Port {port.number} is set for both {other.label} and {port.label}: change {port.setting}."
            )
        if not is_free(host, port.number):
            raise InstanceError(
                f"Port {port.number} ({port.label}) is taken by {owner(port.number)}: stop it or set {port.setting}."
            )


def owner(number: int) -> str:
    """`process 123 (java)` for the process that listens on a port, as far as this user may see."""
    try:
        for connection in psutil.net_connections("inet"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == number
            if listens and connection.pid:
                return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    except psutil.Error:
        pass
    return "another process"
