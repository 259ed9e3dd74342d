"""Writing changes as a partner would, and reading them back, for every bundled integration."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.payloads.builder import build, split
from muster.payloads.model import CohortChanges, SyncChanges
from muster.payloads.parser import RequestParser
from muster.storage.files.catalog import bundled_integrations, read_catalog
from muster.sync.catalog import Integration

CATALOG = read_catalog([bundled_integrations()]).catalog

keys = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12)
"""Ids of cohorts and of members."""


@st.composite
def cohorts(draw: st.DrawFn, cohort_id: str, *, has_url: bool) -> CohortChanges:
    """Return one cohort that somebody enters or leaves, or both."""
    members = draw(st.lists(keys, min_size=1, max_size=8, unique=True))
    entering = draw(st.integers(0, len(members)))
    return CohortChanges(
        cohort_id,
        name=draw(keys),
        url=draw(st.none() | st.just("https://cohorts.example.com/1")) if has_url else None,
        added=members[:entering],
        removed=members[entering:],
    )


@st.composite
def sync_changes(draw: st.DrawFn, parser: RequestParser) -> SyncChanges:
    """Return changes of up to three cohorts, of what the manifest has a place for."""
    has_kind = parser.spec.context_kind is not None
    has_url = parser.spec.cohort_url is not None
    ids = draw(st.lists(keys, min_size=1, max_size=3, unique=True))
    return SyncChanges(
        environment_id=draw(st.sampled_from(["65a1b2c3d4e5f60718293a4b", "0" * 24])),
        context_kind=draw(st.sampled_from(["user", "device"])) if has_kind else "user",
        cohorts=tuple(draw(cohorts(cohort_id, has_url=has_url)) for cohort_id in ids),
    )


def joined(parts: list[SyncChanges]) -> dict[str, tuple[str | None, set[str], set[str]]]:
    """Return what several requests say together: by cohort its URL, who enters, who leaves."""
    whole: dict[str, tuple[str | None, set[str], set[str]]] = {}
    for part in parts:
        for cohort in part.cohorts:
            url, added, removed = whole.get(cohort.cohort_id, (None, set(), set()))
            whole[cohort.cohort_id] = (
                cohort.url or url,
                added | set(cohort.added),
                removed | set(cohort.removed),
            )
    return whole


@pytest.mark.parametrize(
    "integration", CATALOG.list_integrations(), ids=lambda integration: integration.key
)
@given(data=st.data())
def test_what_is_built_is_read_back(integration: Integration, data: st.DataObject) -> None:
    parser = integration.parser
    assert parser is not None
    changes = data.draw(sync_changes(parser))
    parts = split(parser, changes)
    assert [parser.parse(build(parser, part)) for part in parts] == parts
    assert joined(parts) == joined([changes])
