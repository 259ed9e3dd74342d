"""Numbers of things, in words."""

from muster.core.wording import count_of


def test_one_is_told_in_the_singular() -> None:
    told = [count_of(number, "error") for number in (0, 1, 2, 1200)]
    assert told == ["0 errors", "1 error", "2 errors", "1,200 errors"]


def test_a_plural_of_its_own_can_be_given() -> None:
    told = [count_of(number, "entry", "entries") for number in (0, 1, 2)]
    assert told == ["0 entries", "1 entry", "2 entries"]
