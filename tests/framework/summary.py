"""What both sides said of the mutants, and the counts of it that `pytest -s` shows."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from muster.manifests.findings import Finding, Severity
from tests.framework.mutations import Mutant
from tests.framework.verdicts import is_own


@dataclass(frozen=True)
class Judged:
    """A mutant, and what both sides say of it."""

    mutant: Mutant
    failed: frozenset[str]
    findings: Sequence[Finding]


def print_lines(*lines: str) -> None:
    """Print lines, after the dots of pytest."""
    sys.stdout.write("\n" + "\n".join(lines) + "\n")


def summary_of(judged: Sequence[Judged]) -> Iterator[str]:
    """Yield how often what was found, a line each."""
    refused = sum(bool(one.failed) for one in judged)
    keys = len({one.mutant.key for one in judged})
    yield f"{len(judged)} mutants of {keys} manifests; the framework refuses {refused}"
    topics = Counter(one.mutant.topic or "anything" for one in judged)
    yield "made of: " + ", ".join(f"{topic} {count}" for topic, count in sorted(topics.items()))
    yield "failures by test of the framework:"
    failures = Counter(title for one in judged for title in one.failed)
    yield from (f"  {count:5} {title}" for title, count in failures.most_common())
    yield "mutants with an error, by rule (* has no counterpart there):"
    errors = Counter(
        rule
        for one in judged
        for rule in {x.rule for x in one.findings if x.severity is Severity.ERROR}
    )
    for rule, count in errors.most_common():
        yield f"  {count:5} {rule}{' *' if is_own(rule) else ''}"
