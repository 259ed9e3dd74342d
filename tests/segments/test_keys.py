"""Keys of synced segments."""

import re

from hypothesis import given
from hypothesis import strategies as st

from muster.core.ids import IntegrationKey
from muster.segments.keys import MAX_SEGMENT_KEY_LENGTH, synced_segment_key

AMPLITUDE = IntegrationKey("amplitude")
cohort_ids = st.text(min_size=1, max_size=256) | st.text("ab/ .-\x00é", min_size=1, max_size=6)


def test_a_plain_id_stays_as_it_is() -> None:
    assert synced_segment_key(AMPLITUDE, "Xy_1.2-3") == "amplitude-Xy_1.2-3"


def test_other_characters_become_hyphens_and_a_hash_is_added() -> None:
    assert synced_segment_key(AMPLITUDE, "big spenders") == (
        "amplitude-big-spenders.h5e490283c93e9d15"
    )


def test_a_long_id_is_cut_and_a_hash_is_added() -> None:
    key = synced_segment_key(AMPLITUDE, "x" * 256)
    assert len(key) == MAX_SEGMENT_KEY_LENGTH
    assert key.startswith("amplitude-xxx")


def test_an_id_that_looks_like_a_hashed_one_gets_a_hash_too() -> None:
    hashed = synced_segment_key(AMPLITUDE, "big spenders")
    imitation = hashed.removeprefix("amplitude-")
    assert synced_segment_key(AMPLITUDE, imitation) != hashed


@given(one=cohort_ids, other=cohort_ids)
def test_two_cohorts_never_share_a_key(one: str, other: str) -> None:
    same = synced_segment_key(AMPLITUDE, one) == synced_segment_key(AMPLITUDE, other)
    assert same == (one == other)


@given(cohort_id=cohort_ids)
def test_every_key_is_a_valid_one(cohort_id: str) -> None:
    key = synced_segment_key(AMPLITUDE, cohort_id)
    assert re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", key)
    assert len(key) <= MAX_SEGMENT_KEY_LENGTH
