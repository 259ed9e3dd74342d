"""LaunchDarkly's own Python client, unmodified, and the servers that it speaks to in tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import launchdarkly_api
import pytest
from launchdarkly_api.models.patch_with_comment import PatchWithComment

from tests.end_to_end.harness import Muster, running
from tests.postgres import PostgresServer

SEMANTIC: Final = "application/json; domain-model=launchdarkly.semanticpatch"
DATABASES: Final = ("sqlite", "postgresql")


@contextmanager
def running_on_database(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    *flags: str,
    **options: Any,
) -> Iterator[Muster]:
    """Run a server whose control store is on the kind of database that `request.param` names.

    Args:
        flags: more of them for `muster serve`.
        options: see `running`.
    """
    data: Path = tmp_path_factory.mktemp("muster") / "data"
    if request.param == "sqlite":
        with running(data, *flags, **options) as started:
            yield started
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    with (
        postgres.database(migrated=False) as url,
        running(data, "--database-url", url, *flags, **options) as started,
    ):
        yield started


def client(server: Muster, token: str) -> launchdarkly_api.ApiClient:
    """Return the client as its users set it up: a base URL and a token."""
    configuration = launchdarkly_api.Configuration(host=server.url)
    configuration.api_key["ApiKey"] = token
    return launchdarkly_api.ApiClient(configuration)


class Instructions(PatchWithComment):
    """The way to send a semantic patch with the client."""

    body: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return self.body
