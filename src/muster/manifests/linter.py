"""Checking whole integrations: the manifest by its schema, then everything by the rules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from muster.core.json_text import JsonSyntaxError, JsonText, Position
from muster.manifests.findings import Finding, Severity
from muster.manifests.folder import MANIFEST_NAME, IntegrationFolder, UnreadableFile
from muster.manifests.rules import files
from muster.manifests.rules.registry import all_rules
from muster.manifests.rules.rule import Flaw, Rule, Subject
from muster.manifests.schema import check_schema

MAX_FLAWS: Final = 100
"""How many flaws of one rule are told of one integration; it bounds the findings of a hostile one."""


@dataclass(frozen=True, slots=True)
class LintReport:
    """What is wrong with one integration.

    Attributes:
        findings: those in the manifest first, then file by file, each in the order of its lines.
    """

    folder: IntegrationFolder
    findings: tuple[Finding, ...]


def lint(folders: Sequence[IntegrationFolder]) -> list[LintReport]:
    """Check integrations, one by one and against each other; return a report on each, in their order.

    Nothing in a folder need be valid. What can only be judged of several integrations, such as names
    that must differ, is judged among the given ones.
    """
    findings: list[list[Finding]] = []
    subjects: dict[int, Subject] = {}
    for index, folder in enumerate(folders):
        opened = _open(folder)
        if isinstance(opened, Finding):
            findings.append([opened])
        else:
            subjects[index] = opened
            findings.append([*_check_schema(opened), *_check_rules(opened)])
    for index, finding in _check_together(subjects):
        findings[index].append(finding)
    return [
        LintReport(folder, tuple(sorted(found, key=_place)))
        for folder, found in zip(folders, findings, strict=True)
    ]


def _open(folder: IntegrationFolder) -> Subject | Finding:
    """Return what rules look at, or the finding that keeps them from it."""
    content = folder.files.get(MANIFEST_NAME)
    if content is None:
        message = f"There is no file {MANIFEST_NAME} in the folder."
        return Finding(
            files.MISSING, Severity.ERROR, "", message, "Add it, or move the folder away."
        )
    if isinstance(content, UnreadableFile):
        return Finding(files.UNREADABLE, Severity.ERROR, "", content.message, content.hint)
    try:
        return Subject(folder, JsonText.decode(content))
    except JsonSyntaxError as error:
        position = None if error.line is None else Position(error.line, error.column or 1)
        return Finding(files.NOT_JSON, Severity.ERROR, "", error.message, position=position)


def _check_schema(subject: Subject) -> Iterator[Finding]:
    for finding in check_schema(subject.manifest):
        yield _located(finding, subject)


def _check_rules(subject: Subject) -> Iterator[Finding]:
    for rule in all_rules():
        if rule.check is not None:
            for flaw in islice(rule.check(subject), MAX_FLAWS):
                yield _finding(rule, flaw, subject)


def _check_together(subjects: dict[int, Subject]) -> Iterator[tuple[int, Finding]]:
    indexes = {id(subject): index for index, subject in subjects.items()}
    for rule in all_rules():
        if rule.check_all is not None:
            for subject, flaw in rule.check_all(subjects.values()):
                yield indexes[id(subject)], _finding(rule, flaw, subject)


def _finding(rule: Rule, flaw: Flaw, subject: Subject) -> Finding:
    finding = Finding(
        rule.id, rule.severity, flaw.pointer, flaw.message, flaw.hint, flaw.file, flaw.position
    )
    return _located(finding, subject)


def _located(finding: Finding, subject: Subject) -> Finding:
    """Return a finding with line and column, where it is in the manifest and has none yet."""
    if finding.file != MANIFEST_NAME or finding.position is not None:
        return finding
    return Finding(
        finding.rule,
        finding.severity,
        finding.pointer,
        finding.message,
        finding.hint,
        position=subject.text.locate(finding.pointer),
    )


def _place(finding: Finding) -> tuple[bool, str, Position, str]:
    position = finding.position or Position(0, 0)
    return finding.file != MANIFEST_NAME, finding.file, position, finding.rule
