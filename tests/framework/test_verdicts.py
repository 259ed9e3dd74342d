"""The list of what has a counterpart in the integration framework is whole, and docs/framework.md has it."""

import re
from pathlib import Path

from muster.manifests.findings import Severity
from muster.manifests.rules.registry import all_rules
from tests.framework.verdicts import (
    COUNTERPARTS,
    DIFFERENCES,
    OWN_GROUPS,
    OWN_RULES,
    has_counterpart,
    is_own,
    listed_errors,
)

PAGE = (Path(__file__).parent.parent.parent / "docs" / "framework.md").read_text("utf-8")
IDS = {rule.id for rule in all_rules()}


def test_every_rule_of_severity_error_has_a_counterpart_or_is_named_as_ours() -> None:
    errors = {rule.id for rule in all_rules() if rule.severity is Severity.ERROR}
    assert {rule for rule in errors if has_counterpart(rule) == is_own(rule)} == set()


def test_every_rule_that_is_named_exists() -> None:
    named = {*OWN_RULES, *(difference.rule for difference in DIFFERENCES)}
    for counterpart in COUNTERPARTS.values():
        named |= counterpart.rules
    assert named <= IDS
    assert not OWN_GROUPS - {rule.partition("/")[0] for rule in IDS}
    assert {rule for _, rule in listed_errors()} <= IDS


def test_the_page_names_every_rule_that_has_a_counterpart_or_is_ours() -> None:
    named = set(re.findall(r"`([a-z-]+/[a-z*-]+)`", PAGE))
    for counterpart in COUNTERPARTS.values():
        assert counterpart.rules <= named
    assert not OWN_RULES - named
    assert {f"{group}/*" for group in OWN_GROUPS} <= named
    assert {name for name in named if not name.endswith("/*")} <= IDS
