"""Each rule is shown by an example that breaks it, and by one that keeps it."""

from itertools import groupby

import pytest

from muster.manifests.findings import Severity
from muster.manifests.linter import lint
from muster.manifests.rules.examples import folder_of
from muster.manifests.rules.registry import all_rules
from muster.manifests.rules.rule import Example, Rule

rules = pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)


def rules_broken(example: Example, severity: Severity | None = None) -> set[str]:
    """Return the rules that the example's own folder breaks, and the one beside it."""
    return {
        finding.rule
        for report in lint(folder_of(example))
        for finding in report.findings
        if severity in {None, finding.severity}
    }


@rules
def test_the_failing_example_breaks_the_rule_and_no_other_is_an_error(rule: Rule) -> None:
    assert rule.id in rules_broken(rule.failing)
    assert rules_broken(rule.failing, Severity.ERROR) <= {rule.id}


@rules
def test_the_passing_example_breaks_no_rule(rule: Rule) -> None:
    assert rule.id not in rules_broken(rule.passing)
    assert not rules_broken(rule.passing, Severity.ERROR)


def test_the_sound_integration_that_examples_change_breaks_no_rule() -> None:
    assert not rules_broken(Example())


def test_ids_are_unique_and_stand_by_groups() -> None:
    ids = [rule.id for rule in all_rules()]
    assert len(set(ids)) == len(ids)
    groups = [group for group, _ in groupby(rule_id.partition("/")[0] for rule_id in ids)]
    assert len(set(groups)) == len(groups)


@rules
def test_a_rule_says_what_must_hold_in_a_sentence_and_why_in_more(rule: Rule) -> None:
    assert rule.title.endswith(".")
    assert rule.explanation.endswith(".")
    assert rule.explanation != rule.title
