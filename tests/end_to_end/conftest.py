"""A server that the tests of a module share; each test works in cohorts of its own."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.harness import Muster, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Muster]:
    """A running server with an empty data directory and the bundled integrations."""
    with running(tmp_path_factory.mktemp("muster") / "data") as started:
        yield started
