"""Make Superset's database fit for use: its tables, an administrator, dashboards, roles.

Usage: python -m pipelines.serve.superset.prepare ADDRESS FIRST_LOGIN
ADDRESS is the lake's door; the password of a new administrator is written to the file FIRST_LOGIN.
"""

import secrets
import shutil
import sys
from importlib.metadata import version
from pathlib import Path

import superset
from flask_migrate import upgrade
from sqlalchemy import inspect
from superset import appbuilder, db, security_manager
from superset.app import create_app
from superset.utils.core import override_user

ADMIN = "admin"
EMPTY = Path(sys.prefix) / f"superset-{version('apache-superset')}.db"


def prepare(address: str, first_login: Path) -> None:
    """Bring everything up to date. What people made stays; what has a uuid of the repository's files is replaced."""
    from pipelines.serve.superset.assets import import_assets, read  # Superset's models want an app to be there
    from pipelines.serve.superset.roles import create_roles

    create_tables()
    if security_manager.find_user(ADMIN) is None:
        _add_admin(first_login)
    with override_user(security_manager.find_user(ADMIN)):
        import_assets(read(), address)
        create_roles()


def create_tables() -> None:
    """Superset's tables and its own roles: of a new SQLite database as a copy of the first that was ever made here.

    Some hundred migrations take a minute, the copy no time.
    """
    file = _new_file()
    if file and EMPTY.exists():
        db.engine.dispose()
        shutil.copyfile(EMPTY, file)
        return
    upgrade(directory=str(Path(superset.__file__).with_name("migrations")))
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    if file:
        part = EMPTY.with_suffix(".part")
        shutil.copyfile(file, part)
        part.rename(EMPTY)


def _new_file() -> Path | None:
    """The file of a SQLite database in which nothing is yet."""
    url = db.engine.url
    is_new = url.get_backend_name() == "sqlite" and not inspect(db.engine).has_table("dashboards")
    return Path(url.database) if is_new else None


def _add_admin(first_login: Path) -> None:
    password, role = secrets.token_urlsafe(12), security_manager.find_role("Admin")
    first_login.touch(mode=0o600)
    first_login.write_text(password)
    security_manager.add_user(ADMIN, "Depthlake", "Admin", "admin@localhost", role, password)


def main(arguments: list[str]) -> None:
    """The process."""
    address, first_login = arguments
    with create_app().app_context():
        prepare(address, Path(first_login))


if __name__ == "__main__":
    main(sys.argv[1:])
