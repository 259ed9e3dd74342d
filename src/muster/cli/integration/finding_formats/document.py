"""Findings as a JSON document for scripts."""

from collections.abc import Sequence
from typing import Any

from muster.cli.integration.finding_formats.checked import (
    CheckedFolder,
    count_errors,
    count_warnings,
)
from muster.manifests.findings import Finding


def findings_document(folders: Sequence[CheckedFolder]) -> dict[str, Any]:
    """Return what `--json` prints: each integration with its findings, and counts of all."""
    return {
        "integrations": [_integration(folder) for folder in folders],
        "totalCount": len(folders),
        "errorCount": count_errors(folders),
        "warningCount": count_warnings(folders),
    }


def finding_document(finding: Finding, path: str) -> dict[str, Any]:
    """Return one finding as `--json` prints it; line and column are from 1, or null."""
    position = finding.position
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "path": path,
        "line": position.line if position else None,
        "column": position.column if position else None,
        "pointer": finding.pointer,
        "message": finding.message,
        "hint": finding.hint,
    }


def _integration(folder: CheckedFolder) -> dict[str, Any]:
    return {
        "key": folder.folder.name.lower(),
        "folder": folder.path,
        "errorCount": folder.error_count,
        "warningCount": folder.warning_count,
        "findings": [
            finding_document(finding, folder.path_of(finding)) for finding in folder.findings
        ],
    }
