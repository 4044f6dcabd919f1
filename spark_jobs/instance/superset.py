"""Superset: its pages, and the process that runs alerts and reports; both in an environment of their own."""

import hashlib
import json
import secrets
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from pipelines.serve.superset import ALERTS_LOOK_S, ALERTS_LOOKED
from schemas.errors import InstanceError, SetupError
from spark_jobs.instance.ports import accepts
from spark_jobs.instance.process import Port, Process
from spark_jobs.settings import Settings, with_environment

WEB, ALERTS = NAMES = ("superset-web", "superset-alerts")
ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".superset" / "bin" / "python"
PACKAGE = ROOT / "pipelines" / "serve" / "superset"
THREADS = 24  # pages are answered while charts wait for Spark
LATE = 5  # rounds of the alerts that may be missed before they are not ready


def superset(settings: Settings) -> tuple[Process, ...]:
    """The processes of Superset, in the order in which they start."""
    bind = f"{settings.host}:{settings.superset_port}"
    serve = ("gunicorn", "--worker-class", "gthread", "--threads", str(THREADS), "--timeout", "120", "--bind", bind)
    looked = _folder(settings) / ALERTS_LOOKED
    make = partial(Process, environment=_variables(settings), start_timeout_s=300)
    is_shown = partial(accepts, settings.host, settings.superset_port)
    web = (str(PYTHON), "-m", *serve, "superset.app:create_app()")
    alerts = (str(PYTHON), "-m", "spark_jobs.superset_alerts")
    return (
        make(WEB, web, is_shown, prepare=partial(_prepare, settings), ports=superset_ports(settings)[WEB]),
        make(ALERTS, alerts, partial(_is_young, looked), prepare=partial(looked.unlink, missing_ok=True)),
    )


def superset_ports(settings: Settings) -> dict[str, tuple[Port, ...]]:
    """What each process binds, by its name."""
    return {WEB: (Port(settings.superset_port, "Superset", "DEPTHLAKE_SUPERSET_PORT"),), ALERTS: ()}


def tell_first_login(settings: Settings, say: Callable[[str], object]) -> None:
    """Say the password of the administrator that the last start made, if it made one."""
    if password := take_first_login(settings):
        say(f"Superset: log in as admin with the password {password}. It is shown this once.")


def take_first_login(settings: Settings) -> str | None:
    """The same password; it is given once and then kept nowhere."""
    path = _first_login(settings)
    password = path.read_text() if path.exists() else None
    path.unlink(missing_ok=True)
    return password


def export_assets(settings: Settings, folder: Path) -> None:
    """Write the dashboards that Superset has below a folder. Raises SetupError and InstanceError where it cannot."""
    if not (_folder(settings) / "prepared").exists():
        raise InstanceError("This instance has no Superset yet: run depthlake up --with superset.")
    _run(settings, "export", folder)


def _folder(settings: Settings) -> Path:
    """Configuration, secrets, cache, and without PostgreSQL the database."""
    return settings.home / "superset"


def _first_login(settings: Settings) -> Path:
    return _folder(settings) / "first_login"


def _variables(settings: Settings) -> dict[str, str]:
    own = {
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        "SUPERSET_CONFIG_PATH": str(PACKAGE / "superset_config.py"),
        "SUPERSET_HOME": str(_folder(settings)),
    }
    return {**settings.as_environment(), **own}


def _prepare(settings: Settings) -> None:
    """Secrets, tables, roles and dashboards: once, and again when the repository's files or the addresses changed."""
    if not PYTHON.exists():
        raise SetupError("Superset is not installed: run make superset.")
    folder = _folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    _write_secrets(folder / "secrets.json")
    state, prepared = _state(settings), folder / "prepared"
    if not (prepared.exists() and prepared.read_text() == state):
        _run(settings, "prepare", _first_login(settings))
        prepared.write_text(state)


def _write_secrets(path: Path) -> None:
    if not path.exists():
        path.touch(mode=0o600)
        names = ("secret_key", "guest_token_secret")
        path.write_text(json.dumps({name: secrets.token_urlsafe(42) for name in names}))


def _is_young(looked: Path) -> bool:
    """Whether alerts were looked at lately; a round may take some minutes."""
    return looked.exists() and time.time() - looked.stat().st_mtime < LATE * ALERTS_LOOK_S


def _address(settings: Settings) -> str:
    return f"depthlake://{settings.lakehouse}:{settings.thrift_port}/gold"


def _state(settings: Settings) -> str:
    """What the preparation depends on, as a hash."""
    files = sorted(path for kind in ("*.py", "*.yaml") for path in PACKAGE.rglob(kind))
    texts = [*(path.read_bytes() for path in files), (ROOT / "requirements-superset.txt").read_bytes()]
    parts = [_address(settings).encode(), settings.superset_database_url.encode(), *texts]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _run(settings: Settings, what: str, argument: Path) -> None:
    """Run a module of the package; it speaks into a log. Raises InstanceError with its last line when it fails."""
    arguments = ("-m", f"pipelines.serve.superset.{what}", _address(settings), str(argument))
    log = settings.logs / f"superset-{what}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        command = with_environment(_variables(settings), (str(PYTHON), *arguments))
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, cwd=settings.home, check=False)
    if done.returncode != 0:
        last = log.read_text(errors="replace").strip().splitlines()[-1:]
        raise InstanceError(f"Superset's {what} failed ({' '.join(last)}): read {log}.")
