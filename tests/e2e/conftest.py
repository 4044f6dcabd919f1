"""An instance of its own for each module of end-to-end tests."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.conftest import settings_in
from tests.e2e.commands import Instance


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance in which nothing runs yet; what was started in it is stopped."""
    instance = Instance(replace(settings_in(tmp_path_factory.mktemp("e2e") / "home"), memory_mb=1536))
    try:
        yield instance
    finally:
        instance.call("down")
