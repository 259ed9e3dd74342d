"""Sets of many keys."""

from hypothesis import given
from hypothesis import strategies as st

from muster.segments.key_set import KeySet

KEYS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=60)


@given(st.lists(KEYS, max_size=4), KEYS)
def test_those_that_were_not_added_are_absent(parts: list[list[str]], asked: list[str]) -> None:
    keys = KeySet()
    for part in parts:
        keys.add(part)
    known = {key for part in parts for key in part}
    assert keys.absent(asked) == [key for key in asked if key not in known]


def test_many_are_told_apart() -> None:
    keys = KeySet()
    keys.add(f"user-{number}" for number in range(0, 200_000, 2))
    everyone = [f"user-{number}" for number in range(200_000)]
    assert keys.absent(everyone) == everyone[1::2]


@given(KEYS, KEYS, KEYS)
def test_those_that_are_met_are_not_asked_for_again(
    added: list[str], met: list[str], asked: list[str]
) -> None:
    keys = KeySet()
    keys.add(added)
    assert keys.meet(met) == (set(met) <= set(added))
    known = set(added) & set(met)
    assert keys.unmet(asked) == [key for key in asked if key not in known]
