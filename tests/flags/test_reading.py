"""Reading what requests spell of flags."""

from typing import Any

import pytest
from hypothesis import given

from muster.core.errors import InvalidRequestError
from muster.core.pointers import Json
from muster.flags.reading import (
    MAX_TARGETS,
    MAX_VARIATION_LENGTH,
    MAX_VARIATIONS,
    read_custom_properties,
    read_defaults,
    read_targeting,
    read_variations,
)
from tests.flags.strategies import VARIATIONS, targetings

OFF = {"on": False, "fallthrough": {"variation": 0}}
CLAUSE = {"op": "segmentMatch", "values": ["vip"]}


def fault_of(targeting: Json) -> str | None:
    """Return where a targeting is refused."""
    with pytest.raises(InvalidRequestError) as refused:
        read_targeting(targeting, "/here", 2)
    assert refused.value.pointer is not None
    assert refused.value.message.startswith(refused.value.pointer)
    return refused.value.pointer


@given(targetings())
def test_what_is_shown_is_read_as_the_same(sent: dict[str, Any]) -> None:
    read = read_targeting(sent, "", VARIATIONS)
    assert read_targeting(read.to_json(), "", VARIATIONS) == read


@given(targetings())
def test_each_use_of_a_variation_is_found(sent: dict[str, Any]) -> None:
    read = read_targeting(sent, "", VARIATIONS)
    used = {variation for _, variation in read.uses()}
    shifted = read.with_places({index: index + 10 for index in range(VARIATIONS)})
    assert {variation for _, variation in shifted.uses()} == {one + 10 for one in used}
    assert shifted.with_places({index + 10: index for index in range(VARIATIONS)}) == read


def test_targets_of_one_variation_and_kind_come_together_users_first() -> None:
    sent = {
        **OFF,
        "contextTargets": [
            {"contextKind": "device", "variation": 1, "values": ["till-7"]},
            {"contextKind": "user", "variation": 1, "values": ["eve"]},
            {"contextKind": "org", "variation": 0, "values": []},
        ],
        "targets": [{"variation": 1, "values": ["ada", "ada"]}],
    }
    read = read_targeting(sent, "", 2)
    assert [(one.context_kind, one.variation, one.keys) for one in read.targets] == [
        ("user", 1, ("ada", "eve")),
        ("device", 1, ("till-7",)),
    ]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"on": "yes"}, "/on"),
        ({"offVariation": 2}, "/offVariation"),
        ({"offVariation": True}, "/offVariation"),
        ({"fallthrough": None}, "/fallthrough"),
        ({"fallthrough": {"variation": 0, "rollout": {}}}, "/fallthrough"),
        ({"fallthrough": {"variation": -1}}, "/fallthrough/variation"),
        ({"fallthrough": {"rollout": {"variations": []}}}, "/fallthrough/rollout/variations"),
        (
            {"fallthrough": {"rollout": {"variations": [{"variation": 0, "weight": 1.0}]}}},
            "/fallthrough/rollout/variations/0/weight",
        ),
        (
            {"fallthrough": {"rollout": {"variations": [{"variation": 0, "weight": 50_000}] * 2}}},
            "/fallthrough/rollout/variations",
        ),
        ({"rules": {}}, "/rules"),
        ({"rules": [{"variation": 0, "clauses": []}]}, "/rules/0/clauses"),
        ({"rules": [{"clauses": [CLAUSE]}]}, "/rules/0"),
        ({"rules": [{"_id": "r", "variation": 0, "clauses": [CLAUSE]}] * 2}, "/rules"),
        ({"targets": [{"variation": 0, "values": [""]}]}, "/targets/0/values/0"),
        ({"targets": [{"variation": v, "values": ["ada"]} for v in (0, 1)]}, "/targets"),
        ({"prerequisites": [{"variation": 0}]}, "/prerequisites/0/key"),
        ({"prerequisites": [{"key": "a", "variation": 0}] * 2}, "/prerequisites"),
        ({"trackEvents": 1}, "/trackEvents"),
    ],
)
def test_what_can_not_be_is_refused_where_it_stands(changes: Json, where: str) -> None:
    assert isinstance(changes, dict)
    assert fault_of({**OFF, **changes}) == f"/here{where}"


def test_more_targets_than_a_flag_holds_are_sent_to_a_segment() -> None:
    keys: list[Json] = [f"user-{number}" for number in range(MAX_TARGETS)]
    sent = {**OFF, "targets": [{"variation": 0, "values": keys}]}
    assert len(read_targeting(sent, "", 2).targets[0].keys) == MAX_TARGETS
    others = [{"contextKind": "org", "variation": 0, "values": ["acme"]}]
    with pytest.raises(InvalidRequestError, match="into a segment"):
        read_targeting({**sent, "contextTargets": others}, "", 2)


@pytest.mark.parametrize(
    ("variations", "where"),
    [
        ({}, ""),
        ([{"value": 1}], ""),
        ([{"value": 1}, {"name": "no value"}], "/1/value"),
        ([{"value": {"a": 1}}, {"value": {"a": 1.0}}], "/1"),
        ([{"value": 1, "_id": "v"}, {"value": 2, "_id": "v"}], "/1"),
        ([{"value": 1}, {"value": float("nan")}], "/1/value"),
        ([{"value": 1}, {"value": "\ud800"}], "/1/value"),
        ([{"value": 1}, {"value": "x" * MAX_VARIATION_LENGTH}], "/1/value"),
        ([{"value": number} for number in range(MAX_VARIATIONS + 1)], ""),
    ],
)
def test_variations_that_can_not_be(variations: Json, where: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        read_variations(variations, "/variations")
    assert refused.value.pointer == f"/variations{where}"


def test_true_and_one_are_two_values() -> None:
    read = read_variations([{"value": True}, {"value": 1}, {"value": None}], "")
    assert [one.value for one in read] == [True, 1, None]
    assert len({one.id for one in read}) == 3


def test_defaults_name_variations_that_there_are() -> None:
    assert read_defaults({"onVariation": 1, "offVariation": 0}, "", 2) == (1, 0)
    for other in ({"onVariation": 2, "offVariation": 0}, {"onVariation": 0}, [0, 1]):
        with pytest.raises(InvalidRequestError):
            read_defaults(other, "/defaults", 2)


def test_custom_properties_are_texts() -> None:
    read = read_custom_properties({"ticket": {"name": "Ticket", "value": ["SHOP-1"]}}, "")
    assert (read["ticket"].name, read["ticket"].values) == ("Ticket", ("SHOP-1",))
    refused: list[Json] = [
        [],
        {"a": None},
        {"a": {"name": "A"}},
        {"a": {"name": "A", "value": [1]}},
    ]
    for other in refused:
        with pytest.raises(InvalidRequestError):
            read_custom_properties(other, "/customProperties")
