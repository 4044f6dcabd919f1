"""Write what Superset holds as the files from which it is furnished.

Usage: python -m pipelines.serve.superset.export ADDRESS FOLDER
ADDRESS is the lake's door, as Superset has it.
"""

import sys
from pathlib import Path

from superset import security_manager
from superset.app import create_app
from superset.utils.core import override_user

from pipelines.serve.superset.prepare import ADMIN


def main(arguments: list[str]) -> None:
    """The process."""
    address, folder = arguments
    with create_app().app_context(), override_user(security_manager.find_user(ADMIN)):
        from pipelines.serve.superset.assets import export_assets  # Superset's models want an app to be there

        for name, text in export_assets(address).items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
