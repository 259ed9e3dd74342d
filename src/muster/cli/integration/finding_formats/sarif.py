"""Findings as SARIF 2.1.0, which code scanning and editors read.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. What GitHub needs beyond it, it
says in "SARIF support for code scanning": every result has a region with a first line.
"""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from muster.cli.integration.finding_formats.checked import CheckedFolder
from muster.manifests.findings import Finding
from muster.manifests.rules.rule import Rule

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT: Final = "%SRCROOT%"
"""By custom, what paths in the checkout are relative to; here it is the working directory."""


def sarif_log(
    folders: Sequence[CheckedFolder], rules: Sequence[Rule], version: str
) -> dict[str, Any]:
    """Return a SARIF log of one run.

    Args:
        folders: what was checked.
        rules: all rules that were applied.
        version: of Muster; a semantic version.
    """
    indexes = {rule.id: index for index, rule in enumerate(rules)}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "muster integration validate",
                        "version": version,
                        "semanticVersion": version,
                        "rules": [_descriptor(rule) for rule in rules],
                    }
                },
                "originalUriBaseIds": {
                    _ROOT: {"description": {"text": "The directory that the check was run in."}}
                },
                "columnKind": "unicodeCodePoints",
                "results": [
                    _result(finding, folder.path_of(finding), indexes)
                    for folder in folders
                    for finding in folder.findings
                ],
            }
        ],
    }


def _descriptor(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.explanation},
        "help": {"text": rule.explanation, "markdown": rule.explanation},
        "defaultConfiguration": {"level": rule.severity.value},
    }


def _result(finding: Finding, path: str, indexes: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {"ruleId": finding.rule}
    if finding.rule in indexes:
        result["ruleIndex"] = indexes[finding.rule]
    result |= {
        "level": finding.severity.value,
        "message": {"text": f"{finding.message} {finding.hint}".rstrip()},
        "locations": [_location(finding, path)],
    }
    return result


def _location(finding: Finding, path: str) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": _artifact(path), "region": _region(finding)}
    }
    if finding.pointer:
        location["logicalLocations"] = [
            {
                "name": finding.pointer.rpartition("/")[2],
                "fullyQualifiedName": finding.pointer,
            }
        ]
    return location


def _artifact(path: str) -> dict[str, Any]:
    if PurePosixPath(path).is_absolute():
        return {"uri": f"file://{quote(path)}"}
    return {"uri": quote(path), "uriBaseId": _ROOT}


def _region(finding: Finding) -> dict[str, int]:
    if finding.position is None:
        return {"startLine": 1}
    return {"startLine": finding.position.line, "startColumn": finding.position.column}
