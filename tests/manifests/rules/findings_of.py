"""What a rule finds in an example."""

from typing import Any

from muster.manifests.findings import Finding
from muster.manifests.linter import lint
from muster.manifests.rules.examples import folder_of
from muster.manifests.rules.rule import Example


def findings_of(rule: str, example: Example) -> list[Finding]:
    """Return what one rule, or all rules of a group such as `template/`, finds in an example."""
    [report] = lint(folder_of(example))
    return [finding for finding in report.findings if finding.rule.startswith(rule)]


def variable(key: str = "region", **changes: Any) -> dict[str, Any]:
    """Return a form variable."""
    return {"key": key, "name": "Region", "type": "string", "description": "Where.", **changes}
