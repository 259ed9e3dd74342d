"""Semantic patches of segments."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.errors import InvalidRequestError
from muster.core.ids import EnvironmentId, new_id
from muster.segments.edits import Edited
from muster.segments.instructions import MAX_TARGET_OPERATIONS, follow_instructions
from muster.segments.model import MemberList, Segment
from muster.segments.targets import keys_of
from tests.segments.strategies import CONTEXT_KEYS, KINDS, RULES
from tests.storage.sql.things import a_segment

SMALL = replace(a_segment(EnvironmentId(new_id()), "small", source=None), unbounded=False)
BIG = a_segment(EnvironmentId(new_id()), "big", source=None)


def follow(segment: Segment, *instructions: dict[str, Any]) -> Edited:
    """Follow instructions."""
    return follow_instructions(segment, list(instructions))


@given(st.lists(CONTEXT_KEYS), st.lists(CONTEXT_KEYS), KINDS)
def test_targets_are_those_added_less_those_removed(
    added: list[str], removed: list[str], kind: str
) -> None:
    edited = follow(
        SMALL,
        {"kind": "addIncludedTargets", "contextKind": kind, "values": added},
        {"kind": "removeIncludedTargets", "contextKind": kind, "values": removed},
    )
    wanted = [key for key in dict.fromkeys(added) if key not in set(removed)]
    assert list(keys_of(edited.segment.included, kind)) == wanted
    assert edited.segment.excluded == ()


@given(st.lists(st.tuples(st.booleans(), CONTEXT_KEYS), min_size=1))
def test_the_last_word_on_a_member_of_a_big_one_counts(words: list[tuple[bool, str]]) -> None:
    edited = follow(
        BIG,
        *(
            {
                "kind": f"{'add' if enters else 'remove'}BigSegmentExcludedTargets",
                "values": [key],
            }
            for enters, key in words
        ),
    )
    (edit,) = edited.members
    last = {key: enters for enters, key in words}
    assert edit.member_list is MemberList.EXCLUDED
    assert set(edit.added) == {key for key, enters in last.items() if enters}
    assert set(edit.removed) == {key for key, enters in last.items() if not enters}
    assert edited.segment is BIG


@given(st.lists(RULES, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_rules_are_added_reordered_and_removed(sent: list[dict[str, Any]], random: Any) -> None:
    added = follow(SMALL, *({**rule, "kind": "addRule"} for rule in sent)).segment
    ids = [rule.id for rule in added.rules]
    shuffled = random.sample(ids, len(ids))
    ordered = follow(added, {"kind": "reorderRules", "ruleIds": shuffled}).segment
    assert [rule.id for rule in ordered.rules] == shuffled
    removals = [{"kind": "removeRule", "ruleId": one} for one in ids]
    assert follow(ordered, *removals, *removals).segment == SMALL


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_to_follow_twice_is_to_follow_once(added: list[str], removed: list[str]) -> None:
    instructions = (
        {"kind": "addTags", "values": added},
        {"kind": "removeTags", "values": removed},
    )
    once = follow(SMALL, *instructions).segment
    assert follow(once, *instructions).segment == once


@pytest.mark.parametrize(
    ("instructions", "pointer"),
    [
        (None, "/instructions"),
        ([], "/instructions"),
        (["addTags"], "/instructions/0"),
        ([{"kind": "addColour"}], "/instructions/0/kind"),
        ([{"kind": "addTags", "values": [1]}], "/instructions/0/values"),
        ([{"kind": "updateName", "value": ""}], "/instructions/0/value"),
        ([{"kind": "addIncludedUsers", "values": ["u", ""]}], "/instructions/0/values/1"),
        (
            [{"kind": "addIncludedTargets", "contextKind": "multi", "values": []}],
            "/instructions/0/contextKind",
        ),
        (
            [{"kind": "addIncludedTargets", "contextKind": False, "values": []}],
            "/instructions/0/contextKind",
        ),
        ([{"kind": "reorderRules", "ruleIds": ["a"]}], "/instructions/0/ruleIds"),
        ([{"kind": "updateRuleDescription", "ruleId": "a"}], "/instructions/0/ruleId"),
        ([{"kind": "addBigSegmentIncludedTargets", "values": ["u"]}], "/instructions/0/kind"),
    ],
    ids=str,
)
def test_what_can_not_be_followed_is_refused_where_it_is(instructions: Any, pointer: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        follow_instructions(SMALL, instructions)
    assert caught.value.pointer == pointer


def test_a_big_one_has_no_targets_of_its_own() -> None:
    with pytest.raises(InvalidRequestError, match="big"):
        follow(BIG, {"kind": "addIncludedUsers", "values": ["u"]})


def test_a_patch_names_so_many_targets_and_no_more() -> None:
    half = [f"u{number}" for number in range(MAX_TARGET_OPERATIONS // 2)]
    follow(SMALL, *[{"kind": "addIncludedUsers", "values": half}] * 2)
    with pytest.raises(InvalidRequestError, match="1,500"):
        follow(SMALL, *[{"kind": "addIncludedUsers", "values": half}] * 3)


def test_true_is_no_number_among_values() -> None:
    clause = {"attribute": "vip", "op": "in", "values": [1, "1"], "negate": False}
    segment = follow(SMALL, {"kind": "addRule", "clauses": [clause]}).segment
    rule = segment.rules[0]
    place = {"ruleId": rule.id, "clauseId": rule.clauses[0].id}
    changed = follow(segment, {"kind": "addValuesToClause", **place, "values": [True, 1]}).segment
    assert [*map(repr, changed.rules[0].clauses[0].values)] == ["1", "'1'", "True"]
    changed = follow(changed, {"kind": "removeValuesFromClause", **place, "values": [1]}).segment
    assert [*map(repr, changed.rules[0].clauses[0].values)] == ["'1'", "True"]
