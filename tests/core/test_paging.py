"""Pages of a list."""

import pytest

from muster.core.errors import InvalidRequestError
from muster.core.paging import MAX_OFFSET, PageRequest


def test_as_many_can_be_passed_over_as_a_database_counts_and_no_more() -> None:
    assert PageRequest(offset=MAX_OFFSET).offset < 2**63
    for offset in (-1, MAX_OFFSET + 1, 10**20):
        with pytest.raises(InvalidRequestError, match="offset"):
            PageRequest(offset=offset)
