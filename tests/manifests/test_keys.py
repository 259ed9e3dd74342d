"""Integration keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.errors import InvalidRequestError
from muster.manifests.keys import parse_integration_key


@pytest.mark.parametrize("name", ["acme", "a", "0", "acme-2.0_beta", "a" * 64])
def test_a_folder_name_is_a_key(name: str) -> None:
    assert parse_integration_key(name) == name


def test_a_key_is_canonical_in_lower_case() -> None:
    assert parse_integration_key("ACME-Cohorts") == "acme-cohorts"


@pytest.mark.parametrize(
    "name", ["", "-a", ".a", "_a", "a b", "a/b", "a" * 65, "é", "a\n", "\u212a", "a\u0131"]
)
def test_another_name_is_not(name: str) -> None:
    with pytest.raises(InvalidRequestError, match="can't be an integration's key"):
        parse_integration_key(name)


@given(st.text(max_size=70))
def test_a_canonical_key_is_its_own_key(name: str) -> None:
    try:
        key = parse_integration_key(name)
    except InvalidRequestError:
        return
    assert parse_integration_key(key) == key == name.lower()
