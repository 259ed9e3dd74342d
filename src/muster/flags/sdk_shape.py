"""Flags as SDKs get to know them, and evaluate them."""

from muster.accounts.model import Environment
from muster.core.pointers import Json
from muster.flags.model import Flag
from muster.flags.targeting import FlagTargets, Rollout, Served, is_of_users
from muster.segments.sdk_shape import clause_to_sdk_json
from muster.segments.targets import DEFAULT_CONTEXT_KIND


def to_sdk_json(flag: Flag, environment: Environment) -> dict[str, Json]:
    """Return a flag as server-side SDKs read it; what is not there is left out, never null."""
    targeting = flag.configuration_in(environment).targeting
    shown: dict[str, Json] = {
        "key": flag.key,
        "version": flag.version,
        "on": targeting.on,
        "salt": flag.salt_in(environment.id),
        "variations": [one.value for one in flag.variations],
        "prerequisites": [one.to_json() for one in targeting.prerequisites],
        "targets": [
            {"variation": one.variation, "values": list(one.keys)}
            for one in targeting.targets
            if is_of_users(one)
        ],
        "contextTargets": [_context_target(one) for one in targeting.targets],
        "rules": [
            {
                "id": rule.id,
                "clauses": [clause_to_sdk_json(clause) for clause in rule.clauses],
                "trackEvents": rule.track_events,
                **_served(rule.served),
            }
            for rule in targeting.rules
        ],
        "fallthrough": _served(targeting.fallthrough),
        "trackEvents": targeting.track_events,
        "trackEventsFallthrough": targeting.track_events_fallthrough,
        "clientSide": flag.availability.using_environment_id,
        "clientSideAvailability": flag.availability.to_json(),
    }
    if targeting.off_variation is not None:
        shown["offVariation"] = targeting.off_variation
    return shown


def _context_target(targets: FlagTargets) -> dict[str, Json]:
    """Return targets in the list that SDKs go through; of users it only says when their turn is."""
    keys = () if is_of_users(targets) else targets.keys
    kind = DEFAULT_CONTEXT_KIND if is_of_users(targets) else targets.context_kind
    return {"contextKind": kind, "variation": targets.variation, "values": list(keys)}


def _served(served: Served) -> dict[str, Json]:
    if not isinstance(served, Rollout):
        return {"variation": served}
    return {"rollout": {"kind": "rollout", **served.to_json()}}
