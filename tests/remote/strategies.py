"""Models for Hypothesis, as stores hold them: times to the millisecond, which is what the API tells."""

from hypothesis import strategies as st

from muster.access.policy import Policy
from muster.access.roles import BasePermissions, BuiltInRole
from muster.accounts.model import (
    AccessToken,
    ClientSideAvailability,
    CustomRole,
    Environment,
    Member,
    Project,
    TokenKind,
)
from muster.audit.model import Access, Actor, AuditEntry
from muster.core.clock import LATEST_MILLIS, from_millis
from muster.core.secrets import Secret
from muster.segments.details import SegmentDetails
from muster.segments.model import MembershipSummary, Segment, SegmentKind, SyncSource
from tests.access.strategies import actions, resources, statements

ids = st.from_regex(r"[0-9a-f]{24}", fullmatch=True)
keys = st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,9}", fullmatch=True)
texts = st.text(max_size=10)
moments = st.integers(0, LATEST_MILLIS).map(from_millis)
late_moments = st.integers(1, LATEST_MILLIS).map(from_millis)
"""Not the first moment of 1970, which the API shows for never."""
tags = st.lists(keys, max_size=3).map(tuple)
secrets = st.text(min_size=4, max_size=40).map(Secret)
policies = st.lists(statements(), min_size=1, max_size=3).map(lambda some: Policy(tuple(some)))

projects = st.builds(
    Project,
    id=ids,
    key=keys,
    name=texts,
    tags=tags,
    created_at=moments,
    include_in_snippet_by_default=st.booleans(),
    default_availability=st.builds(ClientSideAvailability, st.booleans(), st.booleans()),
)
environments = st.builds(
    Environment,
    id=ids,
    project_id=ids,
    project_key=keys,
    key=keys,
    name=texts,
    color=texts,
    sdk_key=secrets,
    mobile_key=secrets,
    tags=tags,
    critical=st.booleans(),
    created_at=moments,
    project_tags=tags,
    default_ttl_minutes=st.integers(0, 60),
    secure_mode=st.booleans(),
    default_track_events=st.booleans(),
    require_comments=st.booleans(),
    confirm_changes=st.booleans(),
)
roles = st.builds(
    CustomRole,
    id=ids,
    key=keys,
    name=texts,
    description=texts,
    policy=policies,
    base_permissions=st.sampled_from(BasePermissions),
    resource_category=st.none() | st.sampled_from(["organization", "project", "any"]),
    created_at=moments,
    modified_at=st.none() | moments,
)
_role_lists = st.lists(roles, max_size=3, unique_by=(lambda role: role.key, lambda role: role.id))
role_tuples = _role_lists.map(lambda some: tuple(sorted(some, key=lambda role: role.key)))
members = st.builds(
    Member,
    id=ids,
    email=texts,
    role=st.none() | st.sampled_from(BuiltInRole),
    created_at=moments,
    custom_roles=role_tuples,
    first_name=texts,
    last_name=texts,
    last_seen_at=st.none() | late_moments,
)
tokens = st.builds(
    AccessToken,
    id=ids,
    name=texts,
    kind=st.sampled_from(TokenKind),
    member_id=ids,
    role=st.none() | st.sampled_from(BuiltInRole),
    inline_policy=st.none() | policies,
    ending=st.text(min_size=4, max_size=4),
    created_at=st.just(from_millis(5)),
    expires_at=st.none() | moments,
    last_used_at=st.none() | moments,
    description=texts,
    modified_at=st.none() | st.integers(6, LATEST_MILLIS).map(from_millis),
    custom_roles=role_tuples,
)
_sources = st.builds(
    SyncSource, integration_key=keys, cohort_id=texts, url=st.none() | st.text(min_size=1)
)


@st.composite
def segments(draw: st.DrawFn) -> SegmentDetails:
    """Return segments of every kind; those that are synced have a source."""
    kind = draw(st.sampled_from(SegmentKind))
    fields = {
        "id": ids,
        "environment_id": ids,
        "key": keys,
        "unbounded": st.just(kind is not SegmentKind.RULE_BASED),
        "version": st.integers(1, 99),
        "generation": st.integers(1, 9),
        "context_kind": keys,
        "name": texts,
        "description": texts,
        "tags": tags,
        "source": _sources if kind is SegmentKind.SYNCED else st.none(),
        "created_at": moments,
        "modified_at": moments,
    }
    counts = st.integers(0, 10**12)
    summary = st.builds(
        MembershipSummary,
        included_count=counts,
        excluded_count=counts,
        version=counts,
        changed_at=st.none() | moments,
        synced_at=st.none() | moments,
    )
    return SegmentDetails(draw(st.builds(Segment, **fields)), draw(summary))


_values = st.dictionaries(texts, st.none() | st.booleans() | st.integers(-9, 9) | texts, max_size=3)
_actors = st.sampled_from([Actor(), Actor.server()]) | st.builds(
    Actor, ids, ids, texts, st.sampled_from(["service", "personal"])
)
entries = st.builds(
    AuditEntry,
    id=ids,
    at=moments,
    actor=_actors,
    accesses=st.lists(st.builds(Access, actions, resources), min_size=1, max_size=3).map(tuple),
    kind=keys,
    name=texts,
    verb=st.sampled_from(["created", "deleted", "reset the SDK key of", "updated the"]),
    comment=texts,
    before=st.none() | _values,
    after=st.none() | _values,
)
