"""The docs agree with the code."""

import re
import tomllib
from pathlib import Path

import pytest

from muster.api.errors import _STATUS, wire_code
from muster.bootstrap.settings import Settings

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


def test_every_error_is_documented() -> None:
    text = (DOCS / "endpoint.md").read_text()
    for error, status in _STATUS.items():
        assert f"| {status} | `{wire_code(error.code)}` |" in text


@pytest.mark.parametrize("page", [*DOCS.glob("*.md"), *ROOT.glob("*.md")], ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), target
