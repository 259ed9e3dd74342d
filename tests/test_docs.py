"""The docs agree with the code."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from muster.access.actions import ACTIONS
from muster.access.policy import Policy
from muster.access.specifiers import parse_specifier
from muster.api.errors import _STATUS
from muster.bootstrap.settings import Settings
from muster.core.errors import (
    InapplicableChangeError,
    InternalError,
    MusterError,
)
from muster.manifests.check import read_manifest
from muster.manifests.rules.page import rules_page
from muster.manifests.rules.registry import all_rules
from muster.manifests.user_guide import write_user_guide

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def test_every_setting_is_documented_with_its_default() -> None:
    text = (DOCS / "operations.md").read_text()
    rows = dict(re.findall(r"^\| `(MUSTER_\w+)` \| (?:`([^`]*)`)? *\|", text, re.MULTILINE))
    for name, field in Settings.model_fields.items():
        shown = rows.pop(f"MUSTER_{name.upper()}")
        default = field.default
        expected = "" if default in (None, ()) else str(default)
        assert shown == (expected.lower() if isinstance(default, bool) else expected), name
    assert not rows, "documented, and not a setting"


def test_every_dependency_has_its_reason() -> None:
    text = (DOCS / "architecture.md").read_text().partition("## Dependencies")[2]
    documented = re.findall(r"^\| ([a-z0-9-]+) \| \S", text, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [re.match(r"[\w-]+", one)[0] for one in project["dependencies"]]  # type: ignore[index]
    assert sorted(documented) == sorted([*declared, "package"])


def test_every_action_is_documented_with_its_resource() -> None:
    text = (DOCS / "access.md").read_text()
    rows = re.findall(r"^\| `([^`]+)` \| (`[a-z]+[A-Z][^|]*) \|$", text, re.MULTILINE)
    documented = {}
    for resource, actions in rows:
        last = parse_specifier(resource).parts[-1]
        documented[last.type] = frozenset(re.findall(r"`(\w+)`", actions))
    assert documented == ACTIONS


def test_the_policy_of_the_page_on_access_can_be_read() -> None:
    text = (DOCS / "access.md").read_text()
    [policy] = re.findall(r"^    \[\n.*?^    \]$", text, re.MULTILINE | re.DOTALL)
    assert len(Policy.parse(json.loads(policy)).statements) == 3


@pytest.mark.parametrize(
    ("page", "never"),
    [
        ("endpoint.md", {InapplicableChangeError}),
        ("rest-api.md", set()),
    ],
)
def test_every_error_is_documented(page: str, never: set[type[MusterError]]) -> None:
    text = (DOCS / page).read_text()
    statuses: dict[type[MusterError], int] = {**_STATUS, InternalError: 500}
    for error, status in statuses.items():
        assert (f"| {status} | `{error.wire_code()}` |" in text) is (error not in never)


def test_a_user_guide_explains_every_refusal() -> None:
    source = json.loads((ROOT / "integrations" / "hightouch" / "manifest.json").read_text())
    guide = write_user_guide("hightouch", read_manifest(source))
    documented = statuses((DOCS / "endpoint.md").read_text())
    assert statuses(guide) == documented - {"204"}
    fields = Settings.model_fields
    assert f"({fields['max_body_bytes'].default >> 20} MiB unless set otherwise)" in guide
    assert f"({fields['body_timeout_seconds'].default:g} seconds unless set otherwise)" in guide


def statuses(text: str) -> set[str]:
    """Return the statuses that stand first in the rows of tables."""
    return set(re.findall(r"^\| ([1-5][0-9]{2}) \|", text, re.MULTILINE))


def test_the_page_of_rules_is_made_from_the_rules() -> None:
    written = (DOCS / "rules.md").read_text("utf-8")
    assert written == rules_page(all_rules()), "docs/rules.md is out of date: run `make docs`"


def test_the_examples_of_the_workbench_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = (DOCS / "workbench-api.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) > 5
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "docs/workbench-api.md", "exec"), names)  # noqa: S102 - our own page


def test_the_workbench_imports_nothing_else_of_muster() -> None:
    """As docs/workbench-api.md says; the layers of pyproject.toml say so of each import."""
    program = """
import pkgutil, sys
from importlib import import_module
import muster.manifests, muster.payloads
for package in (muster.manifests, muster.payloads):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        import_module(module.name)
print(*sorted({name.split(".")[1] for name in sys.modules if name.startswith("muster.")}))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["core", "manifests", "payloads"]


@pytest.mark.parametrize("page", [*DOCS.glob("*.md"), *ROOT.glob("*.md")], ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), target
