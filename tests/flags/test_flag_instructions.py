"""Instructions about what a flag is in all environments."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.errors import InvalidRequestError
from muster.flags.flag_instructions import FLAG_INSTRUCTIONS
from muster.flags.model import CustomProperty, Flag, FlagDefaults
from tests.clock import START
from tests.flags.instructed import BLUE, FLAG, GREEN, LIVE, RED, follow


def followed(*instructions: dict[str, Any], flag: Flag = FLAG) -> Flag:
    """Follow instructions that name no environment."""
    return follow(*instructions, flag=flag, environment=None)


class TestVariations:
    def test_one_is_added_once(self) -> None:
        pink = {"kind": "addVariation", "value": {"pink": 1}, "name": "Pink", "description": "D"}
        added = followed(pink)
        new = added.variations[-1]
        assert added == replace(FLAG, variations=(RED, GREEN, BLUE, new))
        assert (new.value, new.name, new.description) == ({"pink": 1}, "Pink", "D")
        assert followed(pink, flag=added) == added
        assert followed({"kind": "addVariation", "value": None}).variations[-1].value is None

    def test_one_is_changed_as_far_as_is_said(self) -> None:
        place = {"kind": "updateVariation", "variationId": "id-green"}
        assert followed({**place, "name": "Grass"}) == replace(
            FLAG, variations=(RED, replace(GREEN, name="Grass"), BLUE)
        )
        changed = followed({**place, "value": 7, "description": "Seven", "name": None})
        assert changed.variations[1] == replace(GREEN, value=7, description="Seven", name="")
        assert followed(place) == FLAG

    def test_one_that_is_served_nowhere_is_removed_and_the_others_are_meant_as_before(self) -> None:
        off = {"kind": "updateOffVariation", "variationId": "id-blue"}
        others = [
            {"kind": "clearTargets", "variationId": "id-green"},
            {"kind": "removeRule", "ruleId": "r2"},
            {"kind": "updateDefaultVariation", "offVariationValue": "blue"},
        ]
        gone = {"kind": "removeVariation", "variationId": "id-green"}
        changed = follow(off, *others, gone, gone)
        assert changed.variations == (RED, BLUE)
        assert changed.defaults == FlagDefaults(0, 1)
        configuration = changed.configuration_in(LIVE)
        assert (configuration.targeting.off_variation, configuration.version) == (1, 5)
        with pytest.raises(InvalidRequestError, match="Green can't be removed"):
            follow(gone)
        with pytest.raises(InvalidRequestError, match="two variations at least"):
            followed({"kind": "removeVariation", "variationId": "id-blue"}, flag=changed)

    def test_what_is_served_in_a_new_environment(self) -> None:
        place = {"kind": "updateDefaultVariation"}
        both = followed({**place, "onVariationValue": "blue", "offVariationValue": "red"})
        assert both.defaults == FlagDefaults(2, 0)
        assert followed({**place, "offVariationValue": "blue"}).defaults == FlagDefaults(0, 2)


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_tags_are_those_added_less_those_removed(added: list[str], removed: list[str]) -> None:
    asked = ({"kind": "addTags", "values": added}, {"kind": "removeTags", "values": removed})
    once = followed(*asked)
    assert set(once.tags) == ({"beta"} | set(added)) - set(removed)
    assert followed(*asked, flag=once) == once


@pytest.mark.parametrize(
    ("instruction", "change"),
    [
        ({"kind": "updateName", "value": "Till"}, {"name": "Till"}),
        ({"kind": "updateDescription", "value": ""}, {"description": ""}),
        ({"kind": "makeFlagPermanent"}, {"temporary": False}),
        ({"kind": "archiveFlag"}, {"archived_at": START + timedelta(minutes=1)}),
        (
            {"kind": "turnOnClientSideAvailability", "value": "usingMobileKey"},
            {"availability": (True, True)},
        ),
        (
            {"kind": "turnOffClientSideAvailability", "value": "usingEnvironmentId"},
            {"availability": (False, False)},
        ),
        (
            {"kind": "addCustomProperties", "key": "ticket", "values": ["SHOP-1", "SHOP-2"]},
            {"custom_properties": {"ticket": CustomProperty("Ticket", ("SHOP-1", "SHOP-2"))}},
        ),
        (
            {"kind": "addCustomProperties", "key": "by", "name": "By", "values": ["Ada"]},
            {
                "custom_properties": {
                    "ticket": CustomProperty("Ticket", ("SHOP-1",)),
                    "by": CustomProperty("By", ("Ada",)),
                }
            },
        ),
        (
            {"kind": "replaceCustomProperties", "key": "ticket", "name": "T", "values": ["S-2"]},
            {"custom_properties": {"ticket": CustomProperty("T", ("S-2",))}},
        ),
        (
            {"kind": "removeCustomProperties", "key": "ticket", "values": ["SHOP-1", "SHOP-9"]},
            {"custom_properties": {}},
        ),
    ],
    ids=lambda one: one.get("kind", ""),
)
def test_it_is_changed_and_to_follow_twice_is_to_follow_once(
    instruction: dict[str, Any], change: dict[str, Any]
) -> None:
    once = followed(instruction)
    assert once == replace(FLAG, **change)
    assert once != FLAG
    assert followed(instruction, flag=once) == once


def test_what_was_done_is_undone() -> None:
    away = followed({"kind": "archiveFlag"}, {"kind": "makeFlagPermanent"})
    assert followed({"kind": "restoreFlag"}, {"kind": "makeFlagTemporary"}, flag=away) == FLAG


def test_one_that_is_archived_stays_so_since_it_was() -> None:
    away = replace(FLAG, archived_at=START)
    assert followed({"kind": "archiveFlag"}, flag=away) == away


def test_some_values_of_a_custom_property_go() -> None:
    two = followed({"kind": "addCustomProperties", "key": "ticket", "values": ["SHOP-2"]})
    one = followed(
        {"kind": "removeCustomProperties", "key": "ticket", "values": ["SHOP-1"]},
        {"kind": "removeCustomProperties", "key": "nothing", "values": ["SHOP-2"]},
        flag=two,
    )
    assert one.custom_properties == {"ticket": CustomProperty("Ticket", ("SHOP-2",))}


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"kind": "addVariation", "name": "Pink"}, "value"),
    ({"kind": "addVariation", "value": "red"}, "value"),
    ({"kind": "addVariation", "value": 1, "name": 1}, "name"),
    ({"kind": "updateVariation", "variationId": "id-pink", "value": 1}, "variationId"),
    ({"kind": "updateVariation", "variationId": "id-red", "value": "green"}, "value"),
    ({"kind": "removeVariation"}, "variationId"),
    ({"kind": "updateDefaultVariation"}, "onVariationValue"),
    ({"kind": "updateDefaultVariation", "offVariationValue": "pink"}, "offVariationValue"),
    ({"kind": "addTags", "values": "eu"}, "values"),
    ({"kind": "removeTags"}, "values"),
    ({"kind": "updateName", "value": ""}, "value"),
    ({"kind": "updateDescription", "value": None}, "value"),
    ({"kind": "turnOnClientSideAvailability", "value": "usingTelepathy"}, "value"),
    ({"kind": "turnOffClientSideAvailability"}, "value"),
    ({"kind": "addCustomProperties", "key": "by", "values": ["Ada"]}, "name"),
    ({"kind": "replaceCustomProperties", "key": "ticket", "values": [1]}, "values"),
    ({"kind": "removeCustomProperties", "values": []}, "key"),
]


@pytest.mark.parametrize(("instruction", "field"), WRONG, ids=str)
def test_what_can_not_be_followed_is_refused_where_it_is(
    instruction: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        followed(instruction)
    assert refused.value.pointer == f"/instructions/0/{field}"


def test_each_that_has_a_field_was_given_a_wrong_one() -> None:
    without = {"makeFlagTemporary", "makeFlagPermanent", "archiveFlag", "restoreFlag"}
    assert {one["kind"] for one, _ in WRONG} == FLAG_INSTRUCTIONS.keys() - without
