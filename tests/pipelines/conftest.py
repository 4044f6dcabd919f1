"""Where tests of pipelines run, when some run side by side: those of the same compiled code in one process.

Processes that need the same function at once would each compile it.
"""

import pytest

from tests.house_rules import ROOT

COMPILED_WITH = {"source": "exchange"}  # participants trade on the exchange


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A group for each folder of tests here."""
    here = ROOT / "tests" / "pipelines"
    for item in items:
        if item.path.is_relative_to(here):
            folder = item.path.relative_to(here).parts[0]
            item.add_marker(pytest.mark.xdist_group(COMPILED_WITH.get(folder, folder)))
