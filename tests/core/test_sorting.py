"""The order of a list."""

import pytest

from muster.core.errors import InvalidRequestError
from muster.core.sorting import SortFields, SortKey, parse_sort, sorted_by

WORDS = ["pear", "fig", "plum", "kiwi"]
FIELDS: "SortFields[str]" = {"word": str, "length": len}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["pear", "fig", "plum", "kiwi"]),
        ("word", ["fig", "kiwi", "pear", "plum"]),
        ("-word", ["plum", "pear", "kiwi", "fig"]),
        ("length", ["fig", "pear", "plum", "kiwi"]),
        ("-length", ["pear", "plum", "kiwi", "fig"]),
        ("length,-word", ["fig", "plum", "pear", "kiwi"]),
    ],
)
def test_the_first_key_counts_first(text: str, words: list[str]) -> None:
    assert sorted_by(WORDS, parse_sort(text), FIELDS) == words


def test_a_field_that_there_is_not() -> None:
    with pytest.raises(InvalidRequestError, match="word, length"):
        sorted_by(WORDS, [SortKey("colour", descending=False)], FIELDS)
