"""What people do in Superset, noted in its own log."""

from typing import Any

from superset import db
from superset.utils.log import DBEventLogger


class KeepingEventLogger(DBEventLogger):  # type: ignore[misc]  # Superset has no types
    """Superset's own; but the request that it notes does not read people, roles and charts again for it."""

    def log(self, *args: Any, **kwargs: Any) -> None:
        """Note an action; see DBEventLogger."""
        session = db.session()
        session.expire_on_commit = False
        try:
            super().log(*args, **kwargs)
        finally:
            session.expire_on_commit = True
