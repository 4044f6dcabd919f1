"""The process that looks at Superset's alerts and reports each minute, in Superset's environment."""

import logging
import signal
import sys
import threading
from datetime import UTC, datetime
from uuid import uuid4

from superset.app import create_app

from pipelines.serve.superset import ALERTS_LOOK_S, ALERTS_LOOKED


def main() -> None:
    """Until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stdout)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    app = create_app()
    with app.app_context():
        from pipelines.serve.superset.alerts import execute_due  # Superset's models want an app to be there

        looked = app.config["FOLDER"] / ALERTS_LOOKED
        looked.touch()
        while not stop.wait(ALERTS_LOOK_S):
            execute_due(datetime.now(UTC), lambda: str(uuid4()))
            looked.touch()


if __name__ == "__main__":
    main()
