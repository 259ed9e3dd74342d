"""Rows to store in tests."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from muster.access.policy import Policy
from muster.access.resources import segment_resource
from muster.access.roles import BasePermissions, BuiltInRole
from muster.accounts.installation import NewInstallation, ensure_installation
from muster.accounts.model import AccessToken, CustomRole, Member, TokenKind
from muster.audit.model import Access, Actor, AuditEntry
from muster.contexts.model import ContextRecord
from muster.core.ids import (
    AuditEntryId,
    EnvironmentId,
    IntegrationKey,
    MemberId,
    RequestId,
    RoleId,
    RoleKey,
    SegmentId,
    SegmentKey,
    TokenId,
    new_id,
)
from muster.segments.model import Segment, SegmentKind, SyncSource
from muster.storage.sql.accounts import SqlAccountStore
from muster.sync.log import SyncRecord
from tests.clock import START, FakeClock

VIP = segment_resource(
    "shop", "live", "vip", project_tags=frozenset({"eu"}), critical=True, tags=frozenset({"beta"})
)


def install(engine: Engine) -> NewInstallation:
    """Create what an installation begins with."""
    created = ensure_installation(SqlAccountStore(engine), FakeClock(), None)
    assert created is not None
    return created


def a_token(member_id: MemberId, **changes: Any) -> AccessToken:
    """Return a service token with the role writer."""
    token = AccessToken(
        id=TokenId(new_id()),
        name="partner",
        kind=TokenKind.SERVICE,
        member_id=member_id,
        role=BuiltInRole.WRITER,
        inline_policy=None,
        ending="wxyz",
        created_at=START,
        expires_at=None,
        last_used_at=None,
    )
    return replace(token, **changes)


def a_role(key: str, **changes: Any) -> CustomRole:
    """Return a custom role that lets segments be changed."""
    statement = {"effect": "allow", "actions": ["*"], "resources": ["proj/*:env/*:segment/*"]}
    role = CustomRole(
        id=RoleId(new_id()),
        key=RoleKey(key),
        name=f"Role {key}",
        description="",
        policy=Policy.parse([statement]),
        base_permissions=BasePermissions.NO_ACCESS,
        resource_category=None,
        created_at=START,
    )
    return replace(role, **changes)


def a_member(email: str, **changes: Any) -> Member:
    """Return a member with the role reader."""
    return replace(Member(MemberId(new_id()), email, BuiltInRole.READER, START), **changes)


def a_segment(environment_id: EnvironmentId, key: str, **changes: Any) -> Segment:
    """Return a synced segment."""
    segment = Segment(
        id=SegmentId(new_id()),
        environment_id=environment_id,
        key=SegmentKey(key),
        kind=SegmentKind.SYNCED,
        generation=1,
        context_kind="user",
        name=f"Cohort {key}",
        description="",
        tags=("beta", "eu"),
        source=SyncSource(IntegrationKey("hightouch"), key, "https://partner.example/1"),
        created_at=START,
        modified_at=START,
    )
    return replace(segment, **changes)


def a_context(environment_id: EnvironmentId, key: str, **changes: Any) -> ContextRecord:
    """Return a user that was evaluated at `START`."""
    return replace(ContextRecord(environment_id, "user", key, {"n": 1}, START), **changes)


def an_entry(seconds: float = 0, **changes: Any) -> AuditEntry:
    """Return the entry of a segment that was changed some seconds after `START`, by a token."""
    entry = AuditEntry(
        id=AuditEntryId(new_id()),
        at=START + timedelta(seconds=seconds),
        actor=Actor(MemberId("m1"), TokenId("t1"), "ci", "service"),
        accesses=(Access("updateName", VIP), Access("updateTags", VIP)),
        kind="segment",
        name="VIPs",
        verb="updated",
        comment="",
        before={"name": "Vips"},
        after={"name": "VIPs"},
    )
    return replace(entry, **changes)


def a_record(seconds: float = 0, **changes: Any) -> SyncRecord:
    """Return the record of a request that succeeded, received some seconds after `START`."""
    values: dict[str, Any] = {
        "id": RequestId(new_id()),
        "received_at": START + timedelta(seconds=seconds),
        "integration_key": IntegrationKey("hightouch"),
        "environment_id": "0123456789abcdef01234567",
        "segment_keys": (SegmentKey("hightouch-vip"),),
        "token_id": TokenId(new_id()),
        "status": 204,
        "received": 3,
        "added": 2,
        "removed": 0,
        "unchanged": 1,
        "duration": timedelta(microseconds=1234),
    }
    return SyncRecord(**(values | changes))
