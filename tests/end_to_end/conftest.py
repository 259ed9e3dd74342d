"""A server that the tests of a module share; each test works in cohorts of its own.

A module that needs another server defines its own `server`: the fixtures here then speak to that.
"""

from collections.abc import Iterator

import pytest

from tests.end_to_end.harness import MakeToken, Muster, running

# The checks that test files share tell what they compared, as those in a test do.
pytest.register_assert_rewrite(
    *(f"tests.end_to_end.{name}" for name in ("crash_audit", "partners", "refusals", "rest"))
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Muster]:
    """A running server with an empty data directory and the bundled integrations."""
    with running(tmp_path_factory.mktemp("muster") / "data") as started:
        yield started


@pytest.fixture(scope="module")
def environment(server: Muster) -> str:
    """The client-side ID of `production`."""
    return server.environment_id()


@pytest.fixture(scope="module")
def make_token(server: Muster) -> MakeToken:
    """Makes a token as an operator does, with the flags of `muster token create`; one for each set."""
    made: dict[tuple[str, ...], str] = {}

    def make(*flags: str) -> str:
        if flags not in made:
            done = server.cli("token", "create", "--name", f"Token {len(made)}", *flags)
            assert done.returncode == 0, done.stderr
            made[flags] = done.stdout.strip()
        return made[flags]

    return make
