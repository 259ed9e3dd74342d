"""Segments as SDKs get to know them, and evaluate them."""

from muster.core.pointers import Json
from muster.segments.model import Segment
from muster.segments.rules import Clause, SegmentRule
from muster.segments.targets import DEFAULT_CONTEXT_KIND, ContextTargets, keys_of


def to_sdk_json(segment: Segment) -> dict[str, Json]:
    """Return a segment as server-side SDKs read it; what is not there is left out, never null."""
    shown: dict[str, Json] = {
        "key": segment.key,
        "version": segment.version,
        "generation": segment.generation,
        "salt": segment.id,
        "rules": [_rule(rule) for rule in segment.rules],
    }
    if segment.unbounded:
        return {
            **shown,
            "unbounded": True,
            "unboundedContextKind": segment.context_kind,
            "included": [],
            "excluded": [],
        }
    return {
        **shown,
        "included": list(keys_of(segment.included, DEFAULT_CONTEXT_KIND)),
        "excluded": list(keys_of(segment.excluded, DEFAULT_CONTEXT_KIND)),
        "includedContexts": _other_kinds(segment.included),
        "excludedContexts": _other_kinds(segment.excluded),
    }


def _other_kinds(targets: tuple[ContextTargets, ...]) -> list[Json]:
    return [
        {"contextKind": one.context_kind, "values": list(one.keys)}
        for one in targets
        if one.context_kind != DEFAULT_CONTEXT_KIND
    ]


def clause_to_sdk_json(clause: Clause) -> dict[str, Json]:
    """Return a clause of a rule, of a segment or of a flag, as SDKs read it."""
    return {
        "contextKind": clause.context_kind,
        "attribute": clause.attribute,
        "op": clause.op,
        "values": list(clause.values),
        "negate": clause.negate,
    }


def _rule(rule: SegmentRule) -> dict[str, Json]:
    shown: dict[str, Json] = {
        "id": rule.id,
        "clauses": [clause_to_sdk_json(clause) for clause in rule.clauses],
        "rolloutContextKind": rule.rollout_context_kind,
    }
    if rule.weight is not None:
        shown["weight"] = rule.weight
    if rule.bucket_by is not None:
        shown["bucketBy"] = rule.bucket_by
    return shown
