"""Rows to store in tests."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from muster.access.policy import Policy
from muster.access.resources import segment_resource
from muster.access.roles import BasePermissions, BuiltInRole
from muster.accounts.installation import NewInstallation, ensure_installation
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
from muster.configurations.big_segment_stores.model import BigSegmentStore, EnvironmentPlace
from muster.configurations.big_segment_stores.places import RedisPlace
from muster.configurations.integrations.form import ConfigValues
from muster.configurations.integrations.model import IntegrationConfiguration
from muster.configurations.relay_proxies.model import RelayProxyConfiguration
from muster.contexts.model import ContextRecord
from muster.core.ids import (
    AuditEntryId,
    BigSegmentStoreId,
    DeliveryId,
    EnvironmentId,
    FlagId,
    FlagKey,
    IntegrationConfigurationId,
    IntegrationKey,
    MemberId,
    RelayProxyConfigurationId,
    RequestId,
    RoleId,
    RoleKey,
    SegmentId,
    SegmentKey,
    TokenId,
    WebhookId,
    new_id,
    new_uuid,
)
from muster.core.secrets import Secret
from muster.flags.model import (
    CustomProperty,
    Flag,
    FlagConfiguration,
    FlagDefaults,
    Variation,
)
from muster.flags.targeting import (
    FlagRule,
    FlagTargets,
    Prerequisite,
    Rollout,
    Targeting,
    WeightedVariation,
)
from muster.segments.csv_keys import BadRow
from muster.segments.expiry import ExpiringTarget
from muster.segments.model import MemberList, Segment, SyncSource
from muster.segments.rules import SEGMENT_MATCH, Clause
from muster.segments.transfers import (
    ExportStatus,
    ImportMode,
    ImportProgress,
    ImportStatus,
    SegmentExport,
    SegmentImport,
)
from muster.storage.sql.accounts import SqlAccountStore
from muster.sync.log import SyncRecord
from muster.webhooks.model import Claim, Delivery, Outcome, Webhook
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


def a_relay_proxy(**changes: Any) -> RelayProxyConfiguration:
    """Return the configuration of a Relay Proxy that gets all environments."""
    statement = {"effect": "allow", "actions": ["*"], "resources": ["proj/*:env/*"]}
    configuration = RelayProxyConfiguration(
        id=RelayProxyConfigurationId(new_id()),
        name="relay",
        policy=Policy.parse([statement]),
        ending="wxyz",
        created_at=START,
        modified_at=START,
    )
    return replace(configuration, **changes)


def a_big_segment_store(environment: Environment, **changes: Any) -> BigSegmentStore:
    """Return a Redis with a password."""
    store = BigSegmentStore(
        id=BigSegmentStoreId(new_id()),
        environment=EnvironmentPlace(environment.id, environment.project_key, environment.key),
        place=RedisPlace("redis.example.com", 6379, "muster", Secret("pa55word"), tls_enabled=True),
        name="Redis",
        is_on=True,
        tags=("eu",),
        version=1,
    )
    return replace(store, **changes)


def an_integration_configuration(**changes: Any) -> IntegrationConfiguration:
    """Return a configuration with a secret."""
    configuration = IntegrationConfiguration(
        id=IntegrationConfigurationId(new_id()),
        integration_key=IntegrationKey("acme"),
        name="Acme",
        is_enabled=True,
        tags=("eu",),
        values=ConfigValues({"region": "eu"}, {"apiKey": Secret("s3cret")}),
        created_at=START,
    )
    return replace(configuration, **changes)


def a_flag(project: Project, environment: Environment, **changes: Any) -> Flag:
    """Return a flag with all that one can have in an environment."""
    clause = Clause("c1", "", SEGMENT_MATCH, ("vip",))
    shares = Rollout((WeightedVariation(0, 40_000), WeightedVariation(1, 60_000)), "org", "plan")
    targeting = Targeting(
        on=True,
        fallthrough=shares,
        off_variation=1,
        prerequisites=(Prerequisite("other", 0),),
        targets=(FlagTargets(0, "user", ("ada",)), FlagTargets(1, "device", ("till-7",))),
        rules=(FlagRule("r1", (clause,), 0, "VIPs", track_events=True),),
        track_events=True,
    )
    flag = Flag(
        id=FlagId(new_id()),
        project_id=project.id,
        key=FlagKey("checkout"),
        name="Checkout",
        description="What Jürgen asked for",
        tags=("beta",),
        variations=(Variation("v1", True, "On"), Variation("v2", {"a": [1, None]}, "", "Off")),
        defaults=FlagDefaults(0, 1),
        temporary=False,
        availability=ClientSideAvailability(using_environment_id=True, using_mobile_key=False),
        created_at=START,
        custom_properties={"ticket": CustomProperty("Ticket", ("SHOP-1",))},
        archived_at=START,
        configurations={environment.id: FlagConfiguration(targeting, 4, START)},
    )
    return replace(flag, **changes)


def a_segment(environment_id: EnvironmentId, key: str, **changes: Any) -> Segment:
    """Return a synced segment."""
    segment = Segment(
        id=SegmentId(new_id()),
        environment_id=environment_id,
        key=SegmentKey(key),
        unbounded=True,
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


def an_expiring_target(segment: Segment, **changes: Any) -> ExpiringTarget:
    """Return the note that the user `u` leaves the included members of a segment at `START`."""
    target = ExpiringTarget(new_id(), segment.id, MemberList.INCLUDED, "user", "u", START)
    return replace(target, **changes)


def an_import(segment: Segment, **changes: Any) -> SegmentImport:
    """Return an import that is in progress."""
    one = SegmentImport(
        id=new_uuid(),
        segment_id=segment.id,
        created_at=START,
        mode=ImportMode.MERGE,
        status=ImportStatus.IN_PROGRESS,
        file_name="keys.csv",
        size_bytes=12,
        actor=Actor(MemberId("m1"), TokenId("t1"), "ci", "service"),
        progress=ImportProgress(3, bad_row_count=1, bad_rows=(BadRow(2, "found an empty string"),)),
    )
    return replace(one, **changes)


def an_export(segment: Segment, **changes: Any) -> SegmentExport:
    """Return an export that is in progress."""
    one = SegmentExport(
        id=new_uuid(),
        segment_id=segment.id,
        created_at=START,
        status=ExportStatus.IN_PROGRESS,
        size_bytes=0,
        member_count=0,
        actor=Actor(),
    )
    return replace(one, **changes)


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


def a_webhook(**changes: Any) -> Webhook:
    """Return a webhook that is on and gets all entries, signed."""
    webhook = Webhook(
        id=WebhookId(new_id()),
        url="https://hooks.example.com/1?a=b",
        name="Jürgen's",
        secret=Secret("frobozz"),
        is_on=True,
        statements=None,
        tags=("a", "b"),
        created_at=START,
    )
    return replace(webhook, **changes)


def a_delivery(claim: Claim, seconds: float = 0, **changes: Any) -> Delivery:
    """Return an attempt that succeeded, begun some seconds after `START`."""
    delivery = Delivery(
        id=DeliveryId(new_id()),
        webhook_id=claim.webhook_id,
        entry_id=claim.entry_id,
        attempt=claim.attempts + 1,
        at=START + timedelta(seconds=seconds),
        duration=timedelta(microseconds=1234),
        status=200,
        error=None,
        outcome=Outcome.DELIVERED,
    )
    return replace(delivery, **changes)


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
