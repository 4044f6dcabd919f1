"""One instance for all that is done with live messages, module by module."""

from collections.abc import Iterator

import pytest

from tests.e2e.commands import Instance, running_in


@pytest.fixture(scope="package")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with running_in(tmp_path_factory.mktemp("traded")) as instance:
        instance.run("up", "--no-dagster")
        yield instance
