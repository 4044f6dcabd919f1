"""The process that looks at Superset's alerts and reports each minute, in Superset's environment."""

import logging
import signal
import sys
import threading
from datetime import UTC, datetime
from uuid import uuid4

from superset.app import create_app

from pipelines.serve.superset import ALERTS_SAY

EVERY_S = 60


def main() -> None:
    """Until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stdout)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with create_app().app_context():
        from pipelines.serve.superset.alerts import execute_due  # Superset's models want an app to be there

        print(ALERTS_SAY, flush=True)
        while not stop.wait(EVERY_S):
            execute_due(datetime.now(UTC), lambda: str(uuid4()))


if __name__ == "__main__":
    main()
