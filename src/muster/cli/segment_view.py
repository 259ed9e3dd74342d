"""How commands show a segment."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import typer

from muster.accounts.model import Environment
from muster.cli.output import full_time, print_fields, print_json
from muster.core.clock import SystemClock
from muster.segments.details import SegmentDetails
from muster.segments.targets import ContextTargets

SegmentKeyArgument = Annotated[
    str, typer.Argument(metavar="KEY", help="Key of the segment.", show_default=False)
]


def print_segment(environment: Environment, details: SegmentDetails, *, as_json: bool) -> None:
    """Print all that is known of a segment but its members."""
    if as_json:
        print_json(segment_as_json(environment, details))
    else:
        print_fields(_fields(environment, details, SystemClock().now()))


def _fields(
    environment: Environment, details: SegmentDetails, now: datetime
) -> list[tuple[str, str]]:
    segment, members, source = details.segment, details.members, details.segment.source
    return [
        ("Key", segment.key),
        ("Name", segment.name),
        ("Description", segment.description),
        ("Tags", ", ".join(segment.tags)),
        ("Environment", f"{place_of(environment)} ({environment.id})"),
        ("Kind", segment.kind),
        ("Integration", source.integration_key if source else ""),
        ("Cohort", source.cohort_id if source else ""),
        ("Cohort URL", (source.url if source else None) or ""),
        ("Context kind", segment.context_kind),
        ("Included", f"{members.included_count:,}"),
        ("Excluded", f"{members.excluded_count:,}"),
        ("Last synced", full_time(members.synced_at, now) if source else ""),
        ("Members changed", full_time(members.changed_at, now) if segment.unbounded else ""),
        ("Rules", str(len(segment.rules) or "")),
        ("Version", str(details.version)),
        ("Created", full_time(segment.created_at, now)),
        ("Modified", full_time(segment.modified_at, now)),
        ("Reference", segment.reference),
    ]


def segment_as_json(environment: Environment, details: SegmentDetails) -> dict[str, Any]:
    """Return all that is known of a segment but the members of a big one."""
    segment, members, source = details.segment, details.members, details.segment.source
    return {
        "id": segment.id,
        "key": segment.key,
        "name": segment.name,
        "description": segment.description,
        "tags": list(segment.tags),
        "kind": segment.kind.value,
        "projectKey": environment.project_key,
        "environmentKey": environment.key,
        "environmentId": environment.id,
        "integration": source.integration_key if source else None,
        "cohortId": source.cohort_id if source else None,
        "cohortUrl": source.url if source else None,
        "contextKind": segment.context_kind,
        "generation": segment.generation,
        "reference": segment.reference,
        "includedCount": members.included_count,
        "excludedCount": members.excluded_count,
        "unbounded": segment.unbounded,
        "rules": [rule.to_json() for rule in segment.rules],
        "included": _targets_as_json(segment.included),
        "excluded": _targets_as_json(segment.excluded),
        "version": details.version,
        "syncedAt": members.synced_at,
        "changedAt": members.changed_at,
        "createdAt": segment.created_at,
        "modifiedAt": segment.modified_at,
    }


def place_of(environment: Environment) -> str:
    """Return an environment as people write it: `default/production`."""
    return f"{environment.project_key}/{environment.key}"


def _targets_as_json(targets: Iterable[ContextTargets]) -> dict[str, list[str]]:
    return {one.context_kind: list(one.keys) for one in targets}
