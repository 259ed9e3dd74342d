"""Edits of flags: what serves whom stays so, whatever else is changed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ldclient import Context
from ldclient.impl.evaluator import Evaluator
from ldclient.impl.events.types import EventFactory
from ldclient.impl.model import FeatureFlag

from muster.accounts.model import FOR_MOBILE, Environment
from muster.core.errors import InvalidRequestError
from muster.core.ids import FlagId, FlagKey
from muster.flags.edits import changes_of, serving_context, with_variations
from muster.flags.model import Flag, FlagConfiguration, FlagDefaults, Variation
from muster.flags.reading import read_targeting
from muster.flags.sdk_shape import to_sdk_json
from tests.clock import START, FakeClock
from tests.flags.places import place
from tests.flags.strategies import VARIATIONS, targetings

PLACE = place()
LIVE = PLACE.environments[0]
CONTEXTS = [
    Context.create(key, kind) for kind in ("user", "org", "device.v-1") for key in ("ada", "0", "b")
]


def a_flag(sent: dict[str, Any]) -> Flag:
    """Return a flag with this targeting in the first environment."""
    targeting = read_targeting({**sent, "prerequisites": []}, "", VARIATIONS)
    return Flag(
        id=FlagId("6" * 24),
        project_id=PLACE.project.id,
        key=FlagKey("checkout"),
        name="Checkout",
        description="",
        tags=(),
        variations=tuple(Variation(f"v{index}", f"value {index}") for index in range(VARIATIONS)),
        defaults=FlagDefaults(0, VARIATIONS - 1),
        temporary=True,
        availability=FOR_MOBILE,
        created_at=START,
        configurations={LIVE.id: FlagConfiguration(targeting, 1, START)},
    )


def served(flag: Flag, environment: Environment = LIVE) -> Sequence[Any]:
    """Return what LaunchDarkly's evaluator says that each of the contexts gets."""
    evaluator = Evaluator(lambda _: None, lambda _: None, lambda _: (None, "NOT_CONFIGURED"))
    known = FeatureFlag(to_sdk_json(flag, environment))
    details = (evaluator.evaluate(known, one, EventFactory(False)).detail for one in CONTEXTS)
    return [detail and detail.value for detail in details]


@given(targetings(), st.permutations(range(VARIATIONS)))
def test_variations_in_another_order_serve_everybody_the_same(
    sent: dict[str, Any], order: Sequence[int]
) -> None:
    flag = a_flag(sent)
    changed = with_variations(flag, tuple(flag.variations[index] for index in order))
    for environment in PLACE.environments:
        assert served(changed, environment) == served(flag, environment)
    is_other = changed.variations != flag.variations
    assert [one.action for one in changes_of(flag, changed, PLACE)] == (
        ["updateFlagVariations"] if is_other else []
    )


@given(targetings(), st.integers(0, VARIATIONS - 1))
def test_a_variation_goes_only_where_nothing_names_it(sent: dict[str, Any], gone: int) -> None:
    flag = a_flag(sent)
    left = flag.variations[:gone] + flag.variations[gone + 1 :]
    targeting = flag.configurations[LIVE.id].targeting
    used = {variation for _, variation in targeting.uses()} | set(flag.defaults)
    if gone in used:
        with pytest.raises(InvalidRequestError, match="can't be removed while"):
            with_variations(flag, left)
    else:
        assert served(with_variations(flag, left)) == served(flag)


@given(targetings(), st.integers(0, VARIATIONS - 1), st.sampled_from(CONTEXTS))
def test_a_context_that_is_set_gets_that_and_all_others_what_they_got(
    sent: dict[str, Any], variation: int, context: Context
) -> None:
    flag = a_flag({**sent, "on": True})
    value = flag.variations[variation].value
    edit = serving_context(LIVE, context.kind, context.key, value, FakeClock())
    changed = edit(flag, PLACE)
    before, after = served(flag), served(changed)
    for one, was, now in zip(CONTEXTS, before, after, strict=True):
        assert now == (value if one == context else was)
    back = serving_context(LIVE, context.kind, context.key, None, FakeClock())(changed, PLACE)
    assert not any(
        context.key in one.keys and one.context_kind == context.kind
        for one in back.configuration_in(LIVE).targeting.targets
    )


def test_a_value_that_no_variation_has_can_not_be_set() -> None:
    flag = a_flag({"on": True, "fallthrough": {"variation": 0}})
    with pytest.raises(InvalidRequestError, match='It has "value 0", "value 1"'):
        serving_context(LIVE, "user", "ada", "value 9", FakeClock())(flag, PLACE)


def test_each_change_takes_the_action_of_what_it_changes() -> None:
    flag = a_flag({"on": True, "fallthrough": {"variation": 0}})
    targeting = flag.configuration_in(LIVE).targeting
    off = flag.with_targeting(LIVE, replace(targeting, on=False), START)
    changed = replace(off, name="Renamed", archived_at=START, defaults=FlagDefaults(1, 0))
    accesses = {(one.action, str(one.resource)) for one in changes_of(flag, changed, PLACE)}
    everywhere = "proj/shop:env/*:flag/checkout"
    assert {one for one in accesses if one[1] == everywhere} == {
        ("updateName", everywhere),
        ("updateGlobalArchived", everywhere),
        ("updateFlagDefaultVariations", everywhere),
    }
    assert ("updateOn", "proj/shop:env/live:flag/checkout") in accesses
