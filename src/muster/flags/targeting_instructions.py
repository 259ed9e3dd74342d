"""Instructions about what a flag is in one environment, by LaunchDarkly's names."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from muster.core.ids import new_uuid
from muster.core.json_values import read_boolean, read_text_or_none
from muster.core.naming import check_key
from muster.flags.instruction_fields import FlagInstruction
from muster.flags.model import Flag
from muster.flags.reading import MAX_PREREQUISITES, MAX_TARGETS, gathered_targets, read_rule_clauses
from muster.flags.targeting import (
    FlagRule,
    FlagTargets,
    Prerequisite,
    Rollout,
    Served,
    Targeting,
    is_of_users,
)
from muster.segments.instruction import (
    CLAUSE_INSTRUCTIONS,
    find_rule,
    reordered_rules,
    with_other_clauses,
    with_rule,
    without_rule,
)
from muster.segments.rules import MAX_RULES
from muster.segments.targets import DEFAULT_CONTEXT_KIND

_Follow = Callable[[Targeting, FlagInstruction], Targeting]


def _turn(*, on: bool) -> _Follow:
    return lambda targeting, _: replace(targeting, on=on)


def _add_rule(targeting: Targeting, one: FlagInstruction) -> Targeting:
    new, rules = _read_rule(one, new_uuid()), targeting.rules
    if one.fields.get("beforeRuleId") is None:
        return replace(targeting, rules=(*rules, new))
    place = rules.index(find_rule(rules, one, "beforeRuleId"))
    return replace(targeting, rules=(*rules[:place], new, *rules[place:]))


def _remove_rule(targeting: Targeting, one: FlagInstruction) -> Targeting:
    return replace(targeting, rules=without_rule(targeting.rules, one))


def _replace_rules(targeting: Targeting, one: FlagInstruction) -> Targeting:
    rules = []
    for index, each in enumerate(one.items("rules", MAX_RULES, "rules")):
        rule_id = read_text_or_none(each.fields.get("_id"), each.at("_id"))
        new = _read_rule(each, rule_id or new_uuid())
        old = targeting.rules[index] if index < len(targeting.rules) else None
        stays = (
            old is not None and rule_id in (None, old.id) and _without_ids(old) == _without_ids(new)
        )
        rules.append(old if old is not None and stays else new)
    return replace(targeting, rules=tuple(rules))


def _reorder_rules(targeting: Targeting, one: FlagInstruction) -> Targeting:
    return replace(targeting, rules=reordered_rules(targeting.rules, one))


def _edit_clauses(targeting: Targeting, one: FlagInstruction) -> Targeting:
    return replace(targeting, rules=with_other_clauses(targeting.rules, one))


def _describe_rule(targeting: Targeting, one: FlagInstruction) -> Targeting:
    return _with_rule(
        targeting, replace(find_rule(targeting.rules, one), description=_description(one))
    )


def _serve_by_rule(targeting: Targeting, one: FlagInstruction) -> Targeting:
    rule = find_rule(targeting.rules, one)
    return _with_rule(targeting, replace(rule, served=_same_or(rule.served, one.served())))


def _track_rule(targeting: Targeting, one: FlagInstruction) -> Targeting:
    rule = find_rule(targeting.rules, one)
    return _with_rule(targeting, replace(rule, track_events=_track_events(one)))


def _serve_others(targeting: Targeting, one: FlagInstruction) -> Targeting:
    return replace(targeting, fallthrough=_same_or(targeting.fallthrough, one.served()))


def _serve_while_off(targeting: Targeting, one: FlagInstruction) -> Targeting:
    return replace(targeting, off_variation=one.variation())


def _add_targets(*, users: bool = False) -> _Follow:
    def follow(targeting: Targeting, one: FlagInstruction) -> Targeting:
        targets = [*targeting.targets, _read_targets(one, users=users)]
        return replace(targeting, targets=gathered_targets(targets, one.at("values")))

    return follow


def _remove_targets(*, users: bool = False) -> _Follow:
    def follow(targeting: Targeting, one: FlagInstruction) -> Targeting:
        gone = _read_targets(one, users=users)
        keys = set(gone.keys)
        targets = [
            each.without(keys) if each[:2] == gone[:2] else each for each in targeting.targets
        ]
        return replace(targeting, targets=gathered_targets(targets, one.at("values")))

    return follow


def _clear_targets(*, users: bool = False) -> _Follow:
    def follow(targeting: Targeting, one: FlagInstruction) -> Targeting:
        variation = one.variation()
        kept = tuple(
            each
            for each in targeting.targets
            if each.variation != variation or (users and not is_of_users(each))
        )
        return replace(targeting, targets=kept)

    return follow


def _replace_targets(*, users: bool = False) -> _Follow:
    def follow(targeting: Targeting, one: FlagInstruction) -> Targeting:
        kept = [each for each in targeting.targets if users and not is_of_users(each)]
        new = [
            _read_targets(each, users=users)
            for each in one.items("targets", MAX_TARGETS, "targets")
        ]
        return replace(targeting, targets=gathered_targets([*kept, *new], one.at("targets")))

    return follow


def _add_prerequisite(targeting: Targeting, one: FlagInstruction) -> Targeting:
    new = _read_prerequisite(one)
    if new in targeting.prerequisites:
        return targeting
    if _has_prerequisite(targeting, new.flag_key):
        raise one.refused(
            "key",
            f"{new.flag_key} is a prerequisite already, with another variation: use updatePrerequisite",
        )
    return replace(targeting, prerequisites=(*targeting.prerequisites, new))


def _update_prerequisite(targeting: Targeting, one: FlagInstruction) -> Targeting:
    new = _read_prerequisite(one)
    if not _has_prerequisite(targeting, new.flag_key):
        raise one.refused("key", f"{new.flag_key} is no prerequisite yet: use addPrerequisite")
    changed = tuple(
        new if each.flag_key == new.flag_key else each for each in targeting.prerequisites
    )
    return replace(targeting, prerequisites=changed)


def _remove_prerequisite(targeting: Targeting, one: FlagInstruction) -> Targeting:
    gone = one.text("key")
    kept = tuple(each for each in targeting.prerequisites if each.flag_key != gone)
    return replace(targeting, prerequisites=kept)


def _replace_prerequisites(targeting: Targeting, one: FlagInstruction) -> Targeting:
    items = one.items("prerequisites", MAX_PREREQUISITES, "prerequisites")
    return replace(targeting, prerequisites=tuple(_read_prerequisite(each) for each in items))


def _track(targeting: Targeting, one: FlagInstruction) -> Targeting:
    return replace(targeting, track_events=_track_events(one))


def _track_others(targeting: Targeting, one: FlagInstruction) -> Targeting:
    return replace(targeting, track_events_fallthrough=_track_events(one))


def _read_rule(one: FlagInstruction, rule_id: str) -> FlagRule:
    return FlagRule(
        id=rule_id,
        clauses=read_rule_clauses(one.fields, one.pointer),
        served=one.served(),
        description=_description(one),
        track_events=read_boolean(one.fields.get("trackEvents", False), one.at("trackEvents")),
    )


def _read_targets(one: FlagInstruction, *, users: bool) -> FlagTargets:
    kind = DEFAULT_CONTEXT_KIND if users else one.context_kind()
    return FlagTargets(one.variation(), kind, tuple(one.context_keys()))


def _read_prerequisite(one: FlagInstruction) -> Prerequisite:
    key = one.text("key")
    check_key(key, "flag")
    asked: Flag | None = one.place.find_flag(key)
    if asked is None or asked.archived_at is not None:
        raise one.refused("key", f"the project has no flag {key[:256]!r} that is not archived")
    return Prerequisite(key, one.variation(asked))


def _has_prerequisite(targeting: Targeting, flag_key: str) -> bool:
    return any(each.flag_key == flag_key for each in targeting.prerequisites)


def _description(one: FlagInstruction) -> str:
    return read_text_or_none(one.fields.get("description"), one.at("description")) or ""


def _track_events(one: FlagInstruction) -> bool:
    return read_boolean(one.fields.get("trackEvents"), one.at("trackEvents"))


def _with_rule(targeting: Targeting, new: FlagRule) -> Targeting:
    return replace(targeting, rules=with_rule(targeting.rules, new))


def _same_or(old: Served, new: Served) -> Served:
    """Return what is to be served: what is, where only the order of its variations is another.

    The order decides which contexts get which, and instructions have none.
    """
    if isinstance(old, Rollout) and isinstance(new, Rollout):
        in_order = replace(old, variations=tuple(sorted(old.variations)))
        return old if in_order == new else new
    return new


def _without_ids(rule: FlagRule) -> FlagRule:
    clauses = tuple(replace(clause, id="") for clause in rule.clauses)
    return replace(rule, id="", clauses=clauses)


TARGETING_INSTRUCTIONS: Final[Mapping[str, _Follow]] = {
    "turnFlagOn": _turn(on=True),
    "turnFlagOff": _turn(on=False),
    "addRule": _add_rule,
    "removeRule": _remove_rule,
    "replaceRules": _replace_rules,
    "reorderRules": _reorder_rules,
    **dict.fromkeys(CLAUSE_INSTRUCTIONS, _edit_clauses),
    "updateRuleDescription": _describe_rule,
    "updateRuleVariationOrRollout": _serve_by_rule,
    "updateRuleTrackEvents": _track_rule,
    "updateFallthroughVariationOrRollout": _serve_others,
    "updateOffVariation": _serve_while_off,
    "addTargets": _add_targets(),
    "removeTargets": _remove_targets(),
    "addUserTargets": _add_targets(users=True),
    "removeUserTargets": _remove_targets(users=True),
    "clearTargets": _clear_targets(),
    "clearUserTargets": _clear_targets(users=True),
    "replaceTargets": _replace_targets(),
    "replaceUserTargets": _replace_targets(users=True),
    "addPrerequisite": _add_prerequisite,
    "updatePrerequisite": _update_prerequisite,
    "removePrerequisite": _remove_prerequisite,
    "replacePrerequisites": _replace_prerequisites,
    "updateTrackEvents": _track,
    "updateTrackEventsFallthrough": _track_others,
}
"""What makes another targeting of one, by the kind of the instruction."""
