"""LaunchDarkly's client for JavaScript and TypeScript, from npm, unmodified, on segments."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.harness import TOKEN, Muster
from tests.npm import Node, NpmInstallError, find_node, install_locked

PACKAGES = Path(__file__).parent / "npm"


@pytest.fixture(scope="module")
def node() -> Node:
    """The programs of Node.js; where they are not installed the test is skipped."""
    found = find_node()
    if found is None:
        pytest.skip("NODE.JS IS NOT INSTALLED: launchdarkly-api-typescript is not tested")
    return found


@pytest.fixture(scope="module")
def installed(node: Node) -> Path:
    """Where the client is installed. Where npm can't, the test is skipped, but in CI it fails."""
    try:
        return install_locked(node, PACKAGES)
    except NpmInstallError as error:
        message = f"NPM CAN'T INSTALL launchdarkly-api-typescript: it is not tested. {error}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)


def test_it_lists_makes_patches_and_deletes_segments(
    node: Node, installed: Path, server: Muster
) -> None:
    script = PACKAGES / "change_segments.js"
    done = node.run(str(script), str(installed), server.url, TOKEN)
    assert (done.returncode, done.stderr) == (0, "")
    seen: dict[str, Any] = json.loads(done.stdout)
    assert seen == {
        "made": {"status": 201, "key": "npm", "tags": ["js"], "version": 1},
        "madeAgain": {"status": 409, "code": "conflict"},
        "listed": {"keys": ["npm"], "total": 1},
        "patched": {"name": "Renamed", "included": ["ann"]},
        "followed": [["org", ["acme"]]],
        "isMember": True,
        "big": {"included": True, "count": 2},
        "deleted": 204,
        "gone": {"status": 404, "code": "not_found"},
        "left": ["npm-big"],
        "nobody": {"status": 401, "code": "unauthorized"},
    }


def test_what_is_installed_is_what_the_lock_file_names(installed: Path) -> None:
    locked = json.loads((PACKAGES / "package-lock.json").read_text())["packages"]
    name = "node_modules/launchdarkly-api-typescript"
    there = json.loads((installed / name / "package.json").read_text())
    assert there["version"] == locked[name]["version"]
    assert all("integrity" in one for path, one in locked.items() if path)
