"""Free texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.errors import InvalidRequestError
from muster.core.texts import check_text

CONTROL = [chr(code) for code in (*range(9), 11, 12, *range(14, 32), 127)]


def checked(value: object) -> str:
    return check_text(value, "A description", "/description", max_length=20)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=18))
def test_a_text_stays_as_it_is(text: str) -> None:
    assert checked(f"\t{text}\n") == f"\t{text}\n"


@given(
    st.text(max_size=9),
    st.one_of(st.characters(categories=["Cs"]), st.sampled_from(CONTROL)),
    st.text(max_size=9),
)
def test_what_no_store_or_terminal_takes_is_refused(before: str, bad: str, after: str) -> None:
    with pytest.raises(InvalidRequestError, match="has a control character, or half") as refused:
        checked(before + bad + after)
    assert refused.value.pointer == "/description"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("x" * 21, "at most 20 characters; 21 were found"),
        (7, "is a text; a number was found"),
        (None, "is a text; nothing was found"),
        ([], "is a text; a list was found"),
    ],
)
def test_other_things_are_refused(value: object, said: str) -> None:
    with pytest.raises(InvalidRequestError, match=said):
        checked(value)
