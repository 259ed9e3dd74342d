"""How the REST API shows segments; the shape is that of LaunchDarkly's API v2."""

from collections.abc import Iterable
from typing import Any

from muster.accounts.model import Environment
from muster.api.representations import Json, link, path
from muster.core.clock import to_millis
from muster.segments.details import SegmentDetails
from muster.segments.targets import DEFAULT_CONTEXT_KIND, ContextTargets, keys_of


def segment_path(place: Environment, segment_key: str) -> str:
    """Return the path of a segment."""
    return path("segments", place.project_key, place.key, segment_key)


def segment(details: SegmentDetails, place: Environment) -> Json:
    """Show a segment; `place` is its environment."""
    one = details.segment
    shown: Json = {
        "_links": {
            "parent": link(path("segments", place.project_key, place.key)),
            "self": link(segment_path(place, one.key)),
            "site": link(f"/{place.project_key}/{place.key}/segments/{one.key}", "text/html"),
        },
        "key": one.key,
        "name": one.name,
        "description": one.description,
        "tags": list(one.tags),
        "creationDate": to_millis(one.created_at),
        "lastModifiedDate": to_millis(details.modified_at),
        "rules": [rule.to_json() for rule in one.rules],
        "version": details.version,
        "deleted": False,
        "generation": one.generation,
        "unbounded": one.unbounded,
        "included": list(keys_of(one.included, DEFAULT_CONTEXT_KIND)),
    }
    shown["_muster"] = _own_fields(details)
    if one.unbounded:
        shown |= _unbounded_fields(details)
    else:
        shown["excluded"] = list(keys_of(one.excluded, DEFAULT_CONTEXT_KIND))
        shown["includedContexts"] = _other_kinds(one.included)
        shown["excludedContexts"] = _other_kinds(one.excluded)
    if one.source is not None:
        shown["_external"] = one.source.integration_key
        shown["_externalLink"] = one.source.url or ""
    return shown


def _unbounded_fields(details: SegmentDetails) -> dict[str, Any]:
    one, members = details.segment, details.members
    return {
        "unboundedContextKind": one.context_kind,
        "_unboundedMetadata": {
            "envId": one.environment_id,
            "segmentId": one.id,
            "version": members.version,
            "includedCount": members.included_count,
            "excludedCount": members.excluded_count,
            "lastModified": to_millis(details.modified_at),
            "deleted": False,
        },
    }


def _own_fields(details: SegmentDetails) -> Json:
    """Show what Muster knows of a segment beyond LaunchDarkly's shape."""
    one, members = details.segment, details.members
    return {
        "_id": one.id,
        "environmentId": one.environment_id,
        "kind": one.kind.value,
        "contextKind": one.context_kind,
        "cohortId": None if one.source is None else one.source.cohort_id,
        "version": one.version,
        "lastModified": to_millis(one.modified_at),
        "members": {
            "includedCount": members.included_count,
            "excludedCount": members.excluded_count,
            "version": members.version,
            "lastModified": None if members.changed_at is None else to_millis(members.changed_at),
            "lastSynced": None if members.synced_at is None else to_millis(members.synced_at),
        },
    }


def _other_kinds(targets: Iterable[ContextTargets]) -> list[Json]:
    return [
        {"contextKind": one.context_kind, "values": list(one.keys)}
        for one in targets
        if one.context_kind != DEFAULT_CONTEXT_KIND
    ]
