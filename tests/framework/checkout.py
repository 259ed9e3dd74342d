"""A checkout of the integration framework, and what its own tests say of integrations."""

import json
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from muster.core.pointers import Json
from muster.manifests.folder import IntegrationFolder

_SCRIPTS: Final = Path(__file__).parent
_TIMEOUT_SECONDS: Final = 600


@dataclass(frozen=True)
class Round:
    """What the checkout's tests said of some integrations that lay side by side.

    Attributes:
        titles: of all tests that ran.
        failed: the titles of the tests that failed, by the key of the integration.
        failed_together: the titles of those that failed and are about no one integration.
    """

    titles: frozenset[str]
    failed: Mapping[str, frozenset[str]]
    failed_together: frozenset[str]


def run_tests(checkout: Path, rounds: Sequence[Path]) -> list[Round]:
    """Run the checkout's tests on folders, each of which holds `integrations`."""
    results = _run_script("run_tests.js", checkout, {"rounds": [str(folder) for folder in rounds]})
    return [_round_of(result) for result in results]


def render_templates(checkout: Path, templates: Sequence[str], context: Json) -> list[str | None]:
    """Render templates strictly, with the checkout's Handlebars; None stands for one that fails."""
    asked = {"templates": list(templates), "context": context}
    rendered: list[str | None] = _run_script("render_templates.js", checkout, asked)
    return rendered


def check_by_schema(checkout: Path, manifests: Sequence[Json]) -> list[bool]:
    """Tell of manifests whether they keep to the checkout's schema."""
    verdicts: list[bool] = _run_script("check_schema.js", checkout, list(manifests))
    return verdicts


def _run_script(name: str, checkout: Path, asked: Json) -> Any:
    node = shutil.which("node")
    assert node is not None, "node is not installed: the framework's tests need it"
    done = subprocess.run(
        [node, str(_SCRIPTS / name), str(checkout)],
        input=json.dumps(asked),
        capture_output=True,
        check=False,
        text=True,
        timeout=_TIMEOUT_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _round_of(result: dict[str, Any]) -> Round:
    failed: defaultdict[str, set[str]] = defaultdict(set)
    together: set[str] = set()
    for title, key in result["failures"]:
        if key is None:
            together.add(title)
        else:
            failed[key].add(title)
    by_key = {key: frozenset(titles) for key, titles in failed.items()}
    return Round(frozenset(result["titles"]), by_key, frozenset(together))


def write_round(root: Path, folders: Sequence[IntegrationFolder]) -> Path:
    """Write integrations of different names side by side, as a round; return its folder."""
    for folder in folders:
        for name, content in folder.files.items():
            assert isinstance(content, bytes)
            path = root / "integrations" / folder.name / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return root
