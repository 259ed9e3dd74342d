"""Comparing our verdicts with those of the integration framework's own schema and tests.

Needs a checkout of the framework, see `conftest.py`; `pytest -s` shows the counts.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from muster.core.pointers import Json
from muster.manifests.findings import Finding, Severity
from muster.manifests.folder import IntegrationFolder
from muster.manifests.linter import lint
from muster.manifests.rules.sample_entries import (
    ENVIRONMENT_ENTRY,
    FLAG_ENTRY,
    MEMBER_ENTRY,
    PROJECT_ENTRY,
)
from muster.storage.files.integrations import read_integration_folders
from tests.framework.checkout import Round, run_tests, write_round
from tests.framework.mutations import Mutant, Mutator
from tests.framework.summary import Judged, print_lines, summary_of
from tests.framework.verdicts import (
    AKAMAI_TESTS,
    COUNTERPARTS,
    NOT_ABOUT_INTEGRATIONS,
    SCHEMA_TEST,
    SHARED_KEY_TEST,
    disputable,
    failures_to_find,
    is_excused,
    listed_errors,
)

MUTANTS = 2_000
SEED = 3


@pytest.fixture(scope="module")
def published(checkout: Path) -> list[IntegrationFolder]:
    return read_integration_folders([checkout])


@pytest.fixture(scope="module")
def verdict_on_published(checkout: Path) -> Round:
    [verdict] = run_tests(checkout, [checkout])
    return verdict


@pytest.fixture(scope="module")
def judged(
    checkout: Path, published: list[IntegrationFolder], tmp_path_factory: pytest.TempPathFactory
) -> list[Judged]:
    """Mutants, judged by both sides."""
    mutants = list(Mutator(published, SEED).mutants(MUTANTS))
    rounds = list(rounds_of(mutants))
    root = tmp_path_factory.mktemp("rounds")
    folders = [
        write_round(root / str(index), [mutant.folder for mutant in one])
        for index, one in enumerate(rounds)
    ]
    return [
        Judged(mutant, verdict.failed.get(mutant.key, frozenset()), errors_and_warnings(mutant))
        for one, verdict in zip(rounds, run_tests(checkout, folders), strict=True)
        for mutant in one
    ]


def rounds_of(mutants: Sequence[Mutant]) -> Iterator[list[Mutant]]:
    """Yield the mutants in rounds, in each of which no key stands twice: keys are names of folders."""
    by_key: defaultdict[str, list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        by_key[mutant.key].append(mutant)
    while by_key:
        yield [waiting.pop() for waiting in by_key.values()]
        by_key = defaultdict(list, {key: waiting for key, waiting in by_key.items() if waiting})


def errors_and_warnings(mutant: Mutant) -> Sequence[Finding]:
    [report] = lint([mutant.folder])
    return report.findings


def test_every_published_manifest_is_read_and_none_has_an_error_that_is_not_listed(
    checkout: Path, published: list[IntegrationFolder], verdict_on_published: Round
) -> None:
    assert not verdict_on_published.failed
    assert not verdict_on_published.failed_together
    reports = lint(published)
    assert {report.folder.name for report in reports} == {
        path.parent.name for path in checkout.glob("integrations/*/manifest.json")
    }
    errors = {
        (report.folder.name, finding.rule)
        for report in reports
        for finding in report.findings
        if finding.severity is Severity.ERROR
    }
    listed = (f"  {key}: {rule}" for key, rule in sorted(errors))
    print_lines(f"{len(reports)} published manifests; with errors:", *listed)
    assert errors <= listed_errors()


def test_every_test_of_the_framework_has_its_rules_here(verdict_on_published: Round) -> None:
    known = {SCHEMA_TEST, SHARED_KEY_TEST, *COUNTERPARTS, *AKAMAI_TESTS, *NOT_ABOUT_INTEGRATIONS}
    assert verdict_on_published.titles == known


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("flag/update-all-environments", FLAG_ENTRY),
        ("project/update", PROJECT_ENTRY),
        ("environment/update", ENVIRONMENT_ENTRY),
        ("member/update", MEMBER_ENTRY),
    ],
)
def test_our_sample_entries_are_of_the_shape_of_those_there(
    checkout: Path, name: str, entry: Json
) -> None:
    theirs = json.loads((checkout / "sample-context" / f"{name}.json").read_text("utf-8"))
    assert shape_of(entry) == shape_of(theirs)
    assert [entry[word] for word in ("kind", "verbKind", "titleVerb")] == [
        theirs[word] for word in ("kind", "verbKind", "titleVerb")
    ]


def shape_of(value: Json) -> Json:
    """Return the names in a value, the type of what they hold, and whether it is empty."""
    if isinstance(value, dict):
        return {name: shape_of(child) for name, child in value.items()}
    return type(value).__name__, bool(value)


def test_mutants_get_the_verdict_of_the_framework(judged: list[Judged]) -> None:
    only_theirs, only_ours = [], []
    for one in judged:
        refused = bool(failures_to_find(one.failed, one.mutant))
        refused_here = bool(disputable(one.findings, one.mutant.key))
        if refused and not refused_here:
            only_theirs.append(f"{one.mutant.key}: {one.mutant.change}: {sorted(one.failed)}")
        if refused_here and not refused:
            found = [f"{x.rule} {x}" for x in disputable(one.findings, one.mutant.key)]
            only_ours.append(f"{one.mutant.key}: {one.mutant.change}: {found}")
    print_lines(
        *summary_of(judged),
        f"refused there only: {len(only_theirs)}; here only: {len(only_ours)}",
    )
    assert not only_theirs
    assert not only_ours


def test_the_schemas_give_mutants_the_same_verdict(judged: list[Judged]) -> None:
    disagreements = [
        f"{one.mutant.key}: {one.mutant.change}"
        for one in judged
        if (SCHEMA_TEST in one.failed) != breaks_our_schema(one)
    ]
    assert not disagreements


def breaks_our_schema(one: Judged) -> bool:
    return any(
        finding.rule.startswith("schema/") and not is_excused(finding, one.mutant.key)
        for finding in one.findings
    )


def test_on_mutants_that_keep_to_the_schema_each_rule_agrees_with_its_test(
    judged: list[Judged],
) -> None:
    keep_to_schema = [
        one for one in judged if SCHEMA_TEST not in one.failed and not breaks_our_schema(one)
    ]
    disagreements = [
        f"{one.mutant.key}: {one.mutant.change}: {what}"
        for one in keep_to_schema
        for what in disagreements_on(one)
    ]
    assert len(keep_to_schema) > MUTANTS / 4
    assert not disagreements


def disagreements_on(one: Judged) -> Iterator[str]:
    """Yield each test that fails without one of its rules, and each rule without one of its tests."""
    found = [x for x in one.findings if not is_excused(x, one.mutant.key)]
    answers = {title: each.found_in(found) for title, each in COUNTERPARTS.items()}
    failed = one.failed & COUNTERPARTS.keys()
    for title in failed:
        if not answers[title]:
            yield f"not found: {title}"
    answered = frozenset[str]().union(*(answers[title] for title in failed))
    for rule in frozenset[str]().union(*answers.values()) - answered:
        yield f"found: {rule}"


def test_each_test_of_the_framework_fails_for_some_mutant(judged: list[Judged]) -> None:
    failures = Counter(title for one in judged for title in one.failed)
    titles = {SCHEMA_TEST, *COUNTERPARTS, *AKAMAI_TESTS} - {"manifest exists"}
    assert not [title for title in titles if not failures[title]]
