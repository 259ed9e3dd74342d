"""Instructions about what a flag is in one environment."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.errors import InvalidRequestError
from muster.flags.reading import MAX_TARGETS
from muster.flags.targeting import (
    FlagTargets,
    Prerequisite,
    Rollout,
    Targeting,
    WeightedVariation,
)
from muster.flags.targeting_instructions import TARGETING_INSTRUCTIONS
from tests.flags.instructed import FLAG, LIVE, follow, rule_ids, targeting
from tests.segments.strategies import CONTEXT_KEYS, KINDS, RULES

BEFORE = FLAG.configuration_in(LIVE).targeting
CLAUSE = {"attribute": "email", "op": "in", "values": ["a@b.example"]}
HALVES = {"id-blue": 50_000, "id-red": 50_000}
SHARED = Rollout((WeightedVariation(0, 50_000), WeightedVariation(2, 50_000)), "org", "plan")
BY_PLAN = {"rolloutContextKind": "org", "rolloutBucketBy": "plan"}
RULE = {"clauses": [CLAUSE], "variationId": "id-blue"}


class TestOnAndOff:
    def test_it_is_turned_on_and_off(self) -> None:
        on = follow({"kind": "turnFlagOn"})
        assert on.configuration_in(LIVE).targeting == replace(BEFORE, on=True)
        off = follow({"kind": "turnFlagOff"}, flag=on)
        assert off.configuration_in(LIVE).targeting == BEFORE

    def test_what_is_served_while_it_is_off(self) -> None:
        asked = {"kind": "updateOffVariation", "variationId": "id-blue"}
        assert targeting(asked) == replace(BEFORE, off_variation=2)

    def test_events_are_tracked(self) -> None:
        every = targeting({"kind": "updateTrackEvents", "trackEvents": True})
        assert every == replace(BEFORE, track_events=True)
        others = targeting({"kind": "updateTrackEventsFallthrough", "trackEvents": True})
        assert others == replace(BEFORE, track_events_fallthrough=True)


class TestServed:
    def test_others_get_a_variation_or_shares(self) -> None:
        kind = "updateFallthroughVariationOrRollout"
        assert targeting({"kind": kind, "variationId": "id-blue"}).fallthrough == 2
        shared = targeting({"kind": kind, "rolloutWeights": HALVES, **BY_PLAN})
        assert shared.fallthrough == SHARED

    def test_a_rule_serves_something_else(self) -> None:
        asked = {"kind": "updateRuleVariationOrRollout", "ruleId": "r1"}
        first, second = targeting({**asked, "rolloutWeights": HALVES, **BY_PLAN}).rules
        assert first.served == SHARED
        assert second == BEFORE.rules[1]
        assert targeting({**asked, "variationId": "id-green"}).rules[0].served == 1

    def test_the_order_of_shares_stays_where_they_are_the_same(self) -> None:
        turned = Rollout(SHARED.variations[::-1], "org", "plan")
        flag = FLAG.with_targeting(LIVE, replace(BEFORE, fallthrough=turned), LIVE.created_at)
        asked = {"kind": "updateFallthroughVariationOrRollout", "rolloutWeights": HALVES, **BY_PLAN}
        assert follow(asked, flag=flag) == flag


class TestRules:
    def test_one_is_added_last_or_before_another(self) -> None:
        added = targeting({"kind": "addRule", **RULE, "description": "New", "trackEvents": True})
        new = added.rules[-1]
        assert rule_ids(added) == ["r1", "r2", new.id]
        assert (new.served, new.description, new.track_events) == (2, "New", True)
        assert new.clauses[0].values == ("a@b.example",)
        before = targeting({"kind": "addRule", **RULE, "beforeRuleId": "r2"})
        assert rule_ids(before)[::2] == ["r1", "r2"]

    def test_all_are_replaced_and_those_that_are_as_they_were_stay(self) -> None:
        first = BEFORE.rules[0].to_json()
        without_ids = {
            "clauses": [{**first["clauses"][0], "_id": None}],
            "variationId": "id-red",
            "description": "Staff",
        }
        asked = {"kind": "replaceRules", "rules": [without_ids, RULE]}
        found = targeting(asked)
        assert found.rules[0] == BEFORE.rules[0]
        assert found.rules[1].id != "r2"
        assert targeting({"kind": "replaceRules", "rules": []}).rules == ()
        named = targeting({"kind": "replaceRules", "rules": [{**RULE, "_id": "r9"}]})
        assert rule_ids(named) == ["r9"]
        again = targeting({**asked, "rules": [without_ids]}, {**asked, "rules": [without_ids]})
        assert again.rules == (BEFORE.rules[0],)

    @given(st.lists(RULES, min_size=1, max_size=4), st.randoms(use_true_random=False))
    def test_they_are_added_reordered_and_removed(
        self, sent: list[dict[str, Any]], random: Any
    ) -> None:
        rules = [{"clauses": one["clauses"], "variationId": "id-red"} for one in sent]
        added = follow(*({"kind": "addRule", **one} for one in rules))
        ids = rule_ids(added.configuration_in(LIVE).targeting)
        shuffled = random.sample(ids, len(ids))
        ordered = follow({"kind": "reorderRules", "ruleIds": shuffled}, flag=added)
        assert rule_ids(ordered.configuration_in(LIVE).targeting) == shuffled
        removals = [{"kind": "removeRule", "ruleId": one} for one in ids if one not in ("r1", "r2")]
        back = {"kind": "reorderRules", "ruleIds": ["r1", "r2"]}
        assert targeting(*removals, *removals, back, flag=ordered) == BEFORE

    def test_one_is_described_and_tracked(self) -> None:
        place = {"ruleId": "r1"}
        described = targeting({"kind": "updateRuleDescription", **place, "description": "All"})
        assert described.rules[0] == replace(BEFORE.rules[0], description="All")
        bare = targeting({"kind": "updateRuleDescription", **place})
        assert bare.rules[0].description == ""
        tracked = targeting({"kind": "updateRuleTrackEvents", **place, "trackEvents": True})
        assert tracked.rules[0] == replace(BEFORE.rules[0], track_events=True)

    def test_its_clauses_are_others(self) -> None:
        place = {"ruleId": "r1", "clauseId": "c1"}
        added = targeting({"kind": "addClauses", "ruleId": "r1", "clauses": [CLAUSE]}).rules[0]
        assert [one.op for one in added.clauses] == ["endsWith", "in"]
        updated = targeting({"kind": "updateClause", **place, "clause": CLAUSE}).rules[0]
        assert [(one.id, one.op) for one in updated.clauses] == [("c1", "in")]
        values = {"values": ["@b.example", "@c.example"]}
        more = targeting({"kind": "addValuesToClause", **place, **values}).rules[0]
        assert more.clauses[0].values == ("@a.example", "@b.example", "@c.example")
        fewer = targeting({"kind": "removeValuesFromClause", **place, **values}).rules[0]
        assert fewer.clauses[0].values == ("@a.example",)
        removed = targeting(
            {"kind": "addClauses", "ruleId": "r1", "clauses": [CLAUSE]},
            {"kind": "removeClauses", "ruleId": "r1", "clauseIds": ["c1"]},
        ).rules[0]
        assert [one.op for one in removed.clauses] == ["in"]
        assert removed.served == BEFORE.rules[0].served


class TestTargets:
    @given(st.lists(CONTEXT_KEYS), st.lists(CONTEXT_KEYS), KINDS)
    def test_they_are_those_added_less_those_removed(
        self, added: list[str], removed: list[str], kind: str
    ) -> None:
        place = {"variationId": "id-blue", "contextKind": kind}
        found = targeting(
            {"kind": "replaceTargets", "targets": []},
            {"kind": "addTargets", **place, "values": added},
            {"kind": "removeTargets", **place, "values": removed},
        )
        wanted = tuple(key for key in dict.fromkeys(added) if key not in set(removed))
        assert found.targets == ((FlagTargets(2, kind, wanted),) if wanted else ())

    def test_users_are_added_and_removed(self) -> None:
        place = {"variationId": "id-red", "values": ["ada", "eve"]}
        added = targeting({"kind": "addUserTargets", **place})
        assert added.targets == (FlagTargets(0, "user", ("ada", "eve")), BEFORE.targets[1])
        removed = targeting({"kind": "removeUserTargets", **place})
        assert removed.targets == BEFORE.targets[1:]

    def test_only_those_of_the_kind_and_the_variation_are_removed(self) -> None:
        for place in ({"variationId": "id-red", "contextKind": "org"}, {"variationId": "id-green"}):
            asked = {"kind": "removeTargets", **place, "values": ["ada", "till-7"]}
            assert targeting(asked) == BEFORE

    def test_those_of_a_variation_are_cleared(self) -> None:
        device = {"variationId": "id-red", "contextKind": "device", "values": ["till-1"]}
        add = {"kind": "addTargets", **device}
        users = targeting(add, {"kind": "clearUserTargets", "variationId": "id-red"})
        assert set(users.targets) == {
            FlagTargets(0, "device", ("till-1",)),
            FlagTargets(1, "device", ("till-7",)),
        }
        whole = targeting(add, {"kind": "clearTargets", "variationId": "id-red"})
        assert whole.targets == BEFORE.targets[1:]

    def test_all_are_replaced_or_all_users(self) -> None:
        new = {"variationId": "id-blue", "values": ["eve"]}
        whole = targeting({"kind": "replaceTargets", "targets": [{**new, "contextKind": "org"}]})
        assert whole.targets == (FlagTargets(2, "org", ("eve",)),)
        users = targeting({"kind": "replaceUserTargets", "targets": [new]})
        assert users.targets == (FlagTargets(2, "user", ("eve",)), BEFORE.targets[1])

    def test_there_are_so_many_and_no_more(self) -> None:
        keys = [f"u{number}" for number in range(MAX_TARGETS)]
        with pytest.raises(InvalidRequestError, match="15,002"):
            follow({"kind": "addUserTargets", "variationId": "id-red", "values": keys})


class TestPrerequisites:
    def test_they_are_added_changed_and_removed(self) -> None:
        pay = {"kind": "addPrerequisite", "key": "pay", "variationId": "pay-off"}
        added = follow(pay)
        assert prerequisites(added.configuration_in(LIVE).targeting) == [("pay", 1)]
        assert follow(pay, flag=added) == added
        changed = targeting(
            {**pay, "kind": "updatePrerequisite", "variationId": "pay-on"}, flag=added
        )
        assert prerequisites(changed) == [("pay", 0)]
        gone = {"kind": "removePrerequisite", "key": "pay"}
        assert targeting(gone, gone, flag=added) == BEFORE
        ship = {"key": "ship", "variationId": "ship-on"}
        other = targeting({"kind": "replacePrerequisites", "prerequisites": [ship]}, flag=added)
        assert prerequisites(other) == [("ship", 0)]

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"key": "nothing"}, "no flag 'nothing'"),
            ({"key": "old"}, "not archived"),
            ({"kind": "updatePrerequisite", "key": "ship", "variationId": "ship-on"}, "addPrereq"),
            ({"variationId": "pay-on"}, "updatePrerequisite"),
            ({"variationId": "id-red"}, "pay has no variation .* It has pay-on, pay-off"),
        ],
    )
    def test_those_that_can_not_be_are_refused(self, change: dict[str, str], says: str) -> None:
        pay = {"kind": "addPrerequisite", "key": "pay", "variationId": "pay-off"}
        with pytest.raises(InvalidRequestError, match=says):
            follow(pay, {**pay, **change})


PLACE_OF_CLAUSE = {"ruleId": "r1", "clauseId": "c1"}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"kind": "addRule", **RULE, "clauses": []}, "clauses"),
    ({"kind": "addRule", **RULE, "variationId": "id-pink"}, "variationId"),
    ({"kind": "addRule", **RULE, "rolloutWeights": HALVES}, "variationId"),
    ({"kind": "addRule", **RULE, "beforeRuleId": "r9"}, "beforeRuleId"),
    ({"kind": "addRule", **RULE, "trackEvents": "yes"}, "trackEvents"),
    ({"kind": "addRule", **RULE, "description": 1}, "description"),
    ({"kind": "removeRule"}, "ruleId"),
    ({"kind": "replaceRules", "rules": {}}, "rules"),
    ({"kind": "replaceRules", "rules": [RULE, {}]}, "rules/1/clauses"),
    ({"kind": "replaceRules", "rules": ["r1"]}, "rules/0"),
    ({"kind": "reorderRules", "ruleIds": ["r1"]}, "ruleIds"),
    ({"kind": "reorderRules", "ruleIds": ["r1", "r1"]}, "ruleIds"),
    ({"kind": "addClauses", "ruleId": "r9", "clauses": [CLAUSE]}, "ruleId"),
    ({"kind": "addClauses", "ruleId": "r1", "clauses": [{}]}, "clauses/0/op"),
    ({"kind": "removeClauses", "ruleId": "r1", "clauseIds": ["c1"]}, "clauseIds"),
    ({"kind": "updateClause", "ruleId": "r1", "clauseId": "c9", "clause": CLAUSE}, "clauseId"),
    ({"kind": "updateClause", **PLACE_OF_CLAUSE, "clause": {"op": "in"}}, "clause/attribute"),
    ({"kind": "addValuesToClause", **PLACE_OF_CLAUSE, "values": [1]}, "values/0"),
    ({"kind": "removeValuesFromClause", **PLACE_OF_CLAUSE, "values": "a"}, "values"),
    ({"kind": "updateRuleDescription", "ruleId": "r9"}, "ruleId"),
    ({"kind": "updateRuleVariationOrRollout", "ruleId": "r1"}, "variationId"),
    ({"kind": "updateRuleTrackEvents", "ruleId": "r1"}, "trackEvents"),
    ({"kind": "updateFallthroughVariationOrRollout"}, "variationId"),
    (
        {"kind": "updateFallthroughVariationOrRollout", "rolloutWeights": {"id-red": 99_999}},
        "rolloutWeights",
    ),
    (
        {"kind": "updateFallthroughVariationOrRollout", "rolloutWeights": {"id-red": 1.5}},
        "rolloutWeights/id-red",
    ),
    (
        {"kind": "updateFallthroughVariationOrRollout", "rolloutWeights": {"id-pink": 100_000}},
        "rolloutWeights",
    ),
    (
        {
            "kind": "updateFallthroughVariationOrRollout",
            "rolloutWeights": HALVES,
            "rolloutContextKind": "multi",
        },
        "rolloutContextKind",
    ),
    ({"kind": "updateOffVariation", "variationId": 1}, "variationId"),
    ({"kind": "addTargets", "variationId": "id-red", "values": [""]}, "values/0"),
    ({"kind": "addTargets", "variationId": "id-green", "values": ["ada"]}, "values"),
    (
        {"kind": "removeTargets", "variationId": "id-red", "contextKind": 1, "values": []},
        "contextKind",
    ),
    ({"kind": "addUserTargets", "values": ["ada"]}, "variationId"),
    ({"kind": "removeUserTargets", "variationId": "id-red"}, "values"),
    ({"kind": "clearTargets"}, "variationId"),
    ({"kind": "clearUserTargets", "variationId": "id-pink"}, "variationId"),
    ({"kind": "replaceTargets"}, "targets"),
    (
        {
            "kind": "replaceTargets",
            "targets": [{"variationId": f"id-{one}", "values": ["a"]} for one in ("red", "blue")],
        },
        "targets",
    ),
    ({"kind": "replaceUserTargets", "targets": [{"values": []}]}, "targets/0/variationId"),
    ({"kind": "addPrerequisite", "variationId": "pay-on"}, "key"),
    ({"kind": "updatePrerequisite", "key": "pay", "variationId": "pay-on"}, "key"),
    ({"kind": "removePrerequisite", "key": None}, "key"),
    ({"kind": "replacePrerequisites", "prerequisites": [1]}, "prerequisites/0"),
    ({"kind": "updateTrackEvents", "trackEvents": None}, "trackEvents"),
    ({"kind": "updateTrackEventsFallthrough", "trackEvents": 1}, "trackEvents"),
]


@pytest.mark.parametrize(("instruction", "field"), WRONG, ids=str)
def test_what_can_not_be_followed_is_refused_where_it_is(
    instruction: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        follow({"kind": "turnFlagOn"}, instruction)
    assert refused.value.pointer == f"/instructions/1/{field}"
    assert refused.value.message.startswith(f"/instructions/1/{field}: ")


def test_each_that_has_a_field_was_given_a_wrong_one() -> None:
    with_fields = TARGETING_INSTRUCTIONS.keys() - {"turnFlagOn", "turnFlagOff"}
    assert {one["kind"] for one, _ in WRONG} == with_fields


def prerequisites(found: Targeting) -> list[Prerequisite]:
    """Return the prerequisites."""
    return list(found.prerequisites)
