"""Superset's configuration, which it reads as a module named by SUPERSET_CONFIG_PATH.

The instance says where it lives by DEPTHLAKE_HOME, DEPTHLAKE_HOST, DEPTHLAKE_SUPERSET_HOST, DEPTHLAKE_SUPERSET_PORT
and DEPTHLAKE_SUPERSET_DATABASE_URL, who takes its mail by DEPTHLAKE_ALERT_SMTP, and how many cores there are by
DEPTHLAKE_CORES. Nothing here, and no page, fetches anything from elsewhere.
"""

import json
import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import QueuePool
from sqlglot import Dialects

from pipelines.mailbox import parse_mailbox
from pipelines.serve.superset.events import KeepingEventLogger
from pipelines.serve.superset.palette import CATEGORICAL, SEQUENTIAL
from schemas.recent import KEPT_M, SCHEMA

FOLDER = Path(os.environ["DEPTHLAKE_HOME"]) / "superset"
SLACK_M = 10  # minutes that rows in memory may be behind
CACHE_S = 5  # a live dashboard asks again after so long: viewers beside each other share an answer
_SECRETS = json.loads((FOLDER / "secrets.json").read_text())

SECRET_KEY = _SECRETS["secret_key"]
GUEST_TOKEN_JWT_SECRET = _SECRETS["guest_token_secret"]
SQLALCHEMY_DATABASE_URI = os.environ["DEPTHLAKE_SUPERSET_DATABASE_URL"] or f"sqlite:///{FOLDER}/superset.db"
if SQLALCHEMY_DATABASE_URI.startswith("sqlite:"):  # else each request opens the file anew, and its schema is read
    SQLALCHEMY_ENGINE_OPTIONS = {"poolclass": QueuePool, "connect_args": {"check_same_thread": False}}


@event.listens_for(Engine, "connect")
def _write_ahead(connection: object, _: object) -> None:
    """Whoever reads Superset's own SQLite does not wait for who writes to it, which each request does."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")


SQLGLOT_DIALECTS_EXTENSIONS = {"depthlake": Dialects.SPARK}
_BOUND, _PORT = os.environ["DEPTHLAKE_HOST"], os.environ["DEPTHLAKE_SUPERSET_PORT"]
WEBDRIVER_BASEURL = f"http://{os.environ['DEPTHLAKE_SUPERSET_HOST'] or _BOUND}:{_PORT}/"
WEBDRIVER_BASEURL_USER_FRIENDLY = f"http://{'localhost' if _BOUND == '0.0.0.0' else _BOUND}:{_PORT}/"  # in mails

APP_NAME = "Depthlake"
LANGUAGES: dict[str, object] = {}
FEATURE_FLAGS = {
    "ALERT_REPORTS": True,
    "ALERT_REPORT_WEBHOOK": True,
    "ALERTS_ATTACH_REPORTS": False,  # an alert is a sentence with a link: pictures want a browser's driver
    "EMBEDDED_SUPERSET": True,
    "DASHBOARD_RBAC": True,
    "ENABLE_TEMPLATE_PROCESSING": True,
}


def _layer(begin: str | None, layer: str = "gold") -> str:
    """For SQL of datasets: the schema that has what happened since a time in UTC, the one in memory if it does.

    Superset gives the time to a template as text, in ISO 8601.
    """
    earliest = datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=KEPT_M - SLACK_M)
    return SCHEMA if begin and datetime.fromisoformat(begin) > earliest else layer


JINJA_CONTEXT_ADDONS = {"layer": _layer}
GUEST_ROLE_NAME = "viewer"
PUBLIC_ROLE_LIKE = None
SUPERSET_WEBSERVER_TIMEOUT = 60
EVENT_LOGGER = KeepingEventLogger()
QUERIES_AT_ONCE = int(os.environ["DEPTHLAKE_CORES"])
CELERY_CONFIG = None  # alerts run in a process of their own: pipelines/serve/superset/alerts.py

if _URL := os.environ["DEPTHLAKE_ALERT_SMTP"]:
    _BOX = parse_mailbox(_URL)
    SMTP_HOST, SMTP_PORT, SMTP_MAIL_FROM = _BOX.host, _BOX.port, _BOX.sender
    SMTP_USER, SMTP_PASSWORD = _BOX.user, _BOX.password
    SMTP_SSL, SMTP_STARTTLS = _BOX.is_tls, bool(_BOX.user) and not _BOX.is_tls  # no password goes unencrypted
    SMTP_SSL_SERVER_AUTH = True
EMAIL_REPORTS_SUBJECT_PREFIX = "Depthlake:"

WTF_CSRF_ENABLED = True
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "object-src": "'none'",
        "script-src": ["'self'", "'strict-dynamic'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "worker-src": ["'self'", "blob:"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}


def _cache(name: str, seconds: int) -> dict[str, object]:
    return {
        "CACHE_TYPE": "FileSystemCache",
        "CACHE_DIR": str(FOLDER / "cache" / name),
        "CACHE_DEFAULT_TIMEOUT": seconds,
        "CACHE_THRESHOLD": 2_000,
    }


CACHE_CONFIG = _cache("metadata", 300)
DATA_CACHE_CONFIG = _cache("data", CACHE_S)
FILTER_STATE_CACHE_CONFIG = _cache("filters", 30 * 86_400)
EXPLORE_FORM_DATA_CACHE_CONFIG = _cache("explore", 7 * 86_400)
DASHBOARD_AUTO_REFRESH_MODE = "fetch"  # through the cache, not past it

EXTRA_CATEGORICAL_COLOR_SCHEMES = [CATEGORICAL]
EXTRA_SEQUENTIAL_COLOR_SCHEMES = [SEQUENTIAL]
