"""Keys, names and tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.errors import InvalidRequestError
from muster.core.naming import check_key, check_name, clean_tags

TAG = st.from_regex(r"[a-zA-Z0-9_.-]{1,64}", fullmatch=True)


@pytest.mark.parametrize("key", ["a", "0", "A.b_c-d", "a" * 256])
def test_a_key(key: str) -> None:
    check_key(key, "project")


@pytest.mark.parametrize("key", ["", ".a", "_a", "-a", "a b", "a/b", "a\n", "é", "a" * 257])
def test_no_key(key: str) -> None:
    with pytest.raises(InvalidRequestError, match="key of a project") as refused:
        check_key(key, "project")
    assert refused.value.pointer == "/key"


@pytest.mark.parametrize("name", ["", " ", "a\nb", "\x00", "a" * 257])
def test_no_name(name: str) -> None:
    with pytest.raises(InvalidRequestError, match="name of a project"):
        check_name(name, "project")
    check_name("Ä shop, and more", "project")


@given(st.lists(TAG, max_size=100))
def test_tags_are_kept_once_and_in_order(tags: list[str]) -> None:
    cleaned = clean_tags(tags)
    assert set(cleaned) == set(tags)
    assert list(cleaned) == sorted(set(cleaned))
    assert clean_tags(cleaned) == cleaned


@pytest.mark.parametrize("tags", [[""], ["a b"], ["a,b"], ["a\n"], ["*"], ["a" * 65], ["é"]])
def test_no_tag(tags: list[str]) -> None:
    with pytest.raises(InvalidRequestError, match="no tag"):
        clean_tags(["fine", *tags])


def test_too_many_tags() -> None:
    with pytest.raises(InvalidRequestError, match="101 tags"):
        clean_tags([str(number) for number in range(101)])
