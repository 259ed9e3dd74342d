"""What new flags of a project have, as it is shown and read."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.accounts.flag_defaults import (
    USUAL_FLAG_DEFAULTS,
    BooleanFlagDefaults,
    NewFlagDefaults,
    read_new_flag_defaults,
)
from muster.core.errors import InvalidRequestError

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9)
INDEXES = st.integers(0, 1)
DEFAULTS = st.builds(
    NewFlagDefaults,
    st.lists(st.sampled_from(["a", "b", "c"])).map(tuple),
    st.booleans(),
    st.builds(BooleanFlagDefaults, TEXTS, TEXTS, TEXTS, TEXTS, INDEXES, INDEXES),
)


@given(DEFAULTS)
def test_what_is_shown_is_read_as_it_was(defaults: NewFlagDefaults) -> None:
    assert read_new_flag_defaults(defaults.to_json()) == defaults


def test_a_text_that_is_left_out_is_empty() -> None:
    shown = USUAL_FLAG_DEFAULTS.to_json()
    named = replace(USUAL_FLAG_DEFAULTS, booleans=BooleanFlagDefaults(true_name="Yes"))
    fields = {
        "trueDisplayName": "Yes",
        "onVariation": 0,
        "offVariation": 1,
        "trueDescription": None,
    }
    assert read_new_flag_defaults({**shown, "booleanDefaults": fields}) == named


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"tags": "a"}, "/tags"),
        ({"tags": [1]}, "/tags/0"),
        ({"temporary": 1}, "/temporary"),
        ({"booleanDefaults": None}, "/booleanDefaults"),
        (
            {"booleanDefaults": {"onVariation": 2, "offVariation": 1}},
            "/booleanDefaults/onVariation",
        ),
        ({"booleanDefaults": {"onVariation": 0}}, "/booleanDefaults/offVariation"),
        ({"booleanDefaults": {"trueDisplayName": "\0"}}, "/booleanDefaults/trueDisplayName"),
    ],
    ids=str,
)
def test_what_can_be_none_is_refused_where_it_is(change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        read_new_flag_defaults({**USUAL_FLAG_DEFAULTS.to_json(), **change})
    assert refused.value.pointer == pointer
