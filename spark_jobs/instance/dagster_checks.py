"""What Dagster is given by settings: whether it can be used, before anything starts that would fail for want of it."""

import psycopg

from pipelines.mailbox import parse_mailbox
from schemas.errors import InstanceError, SettingsError
from spark_jobs.settings import Settings

VARIABLE = "DEPTHLAKE_DAGSTER_DATABASE_URL"
FORM = "postgresql://user:password@host:port/name"
ANSWER_S = 5


def check_dagster(settings: Settings) -> None:
    """Read the address of the mailbox, and connect once to the database.

    Raises SettingsError on an address that cannot be read, InstanceError when the database cannot be used; neither
    has a password in its sentence.
    """
    if settings.alert_smtp:
        parse_mailbox(settings.alert_smtp)
    if settings.dagster_database_url:
        check_database(settings.dagster_database_url)


def check_database(url: str) -> None:
    """Connect once. Raises as `check_dagster`."""
    if not url.startswith("postgresql://"):
        raise SettingsError(f"{VARIABLE} is no address of PostgreSQL: set it to {FORM}, or unset it for SQLite.")
    try:
        psycopg.connect(url, connect_timeout=ANSWER_S).close()
    except psycopg.ProgrammingError:  # it is not even read
        raise SettingsError(f"{VARIABLE} cannot be read: set it to {FORM}, or unset it for SQLite.") from None
    except psycopg.Error as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise InstanceError(
            f"The database of {VARIABLE} cannot be used ({reason}): start it, create it, or set another address."
        ) from None
