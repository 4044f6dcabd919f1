"""Connections to the Thrift door that stay open from one question to the next: to open one takes as long as to ask."""

import re
from functools import cache, partial
from typing import Any

from pyhive import exc, hive
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import QueuePool
from TCLIService.ttypes import TGetInfoReq, TGetInfoType, TStatusCode
from thrift.transport.TTransport import TTransportException

KEPT = 24  # as many as Superset's web server has threads
ROWS_AT_ONCE = 20_000  # those of a chart come in one answer
_QUESTION = re.compile(r"\s*(SELECT|WITH|SHOW|DESCRIBE|EXPLAIN)\b", re.IGNORECASE)


class LakehouseCursor(hive.Cursor):  # type: ignore[misc]  # PyHive has no types
    """A cursor that tells its connection what may change the session: `USE`."""

    def execute(self, operation: str, parameters: Any = None, **options: Any) -> None:
        """Ask; see PyHive."""
        self._connection.is_as_opened &= bool(_QUESTION.match(operation))
        super().execute(operation, parameters, **options)


class LakehouseConnection(hive.Connection):  # type: ignore[misc]  # PyHive has no types
    """A session of the door that knows its cursors and whether it is as it was opened."""

    def __init__(self, **address: Any) -> None:
        """Open the session. Raises TTransportException when nobody is at the address."""
        self._cursors: list[LakehouseCursor] = []
        self.is_as_opened = True
        super().__init__(**address)
        self.is_as_opened = True  # in the schema of the address, by a `USE`

    def cursor(self, arraysize: int = ROWS_AT_ONCE) -> LakehouseCursor:
        """A cursor that is closed when the connection is given back."""
        self._cursors.append(LakehouseCursor(self, arraysize))
        return self._cursors[-1]

    def is_alive(self) -> bool:
        """Whether the door still knows the session."""
        try:
            answer = self.client.GetInfo(TGetInfoReq(self.sessionHandle, TGetInfoType.CLI_SERVER_NAME))
        except (TTransportException, OSError):
            return False
        return bool(answer.status.statusCode == TStatusCode.SUCCESS_STATUS)

    def finish(self) -> None:
        """Let the door forget what was asked."""
        while self._cursors:
            self._cursors.pop().close()


def borrow(**address: Any) -> Any:
    """A connection to an address as PyHive has it; to close it is to give it back."""
    return _pool(**address).connect()


@cache
def _pool(**address: Any) -> QueuePool:
    pool = QueuePool(partial(LakehouseConnection, **address), pool_size=KEPT, max_overflow=-1, reset_on_return=None)
    event.listen(pool, "checkout", _check)
    event.listen(pool, "checkin", _finish)
    return pool


def _check(connection: LakehouseConnection, *_: Any) -> None:
    if not connection.is_alive():
        raise DisconnectionError


def _finish(connection: LakehouseConnection | None, record: Any) -> None:
    if connection is None:
        return
    try:
        connection.finish()
    except (exc.Error, TTransportException, OSError):
        connection.is_as_opened = False
    if not connection.is_as_opened:
        record.invalidate()
