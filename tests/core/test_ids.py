"""Ids: what they look like, and that no two are the same."""

import os
import re
import time

import pytest

from muster.core.ids import new_id


def test_an_id_is_24_hexadecimal_digits_that_begin_with_the_time() -> None:
    before, made, after = int(time.time()), new_id(), int(time.time())
    assert re.fullmatch("[0-9a-f]{24}", made)
    assert before <= int(made[:8], 16) <= after


def test_ids_sort_by_age(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for second in (1_700_000_000, 1_700_000_001, 2_000_000_000):
        monkeypatch.setattr(time, "time", lambda second=second: second + 0.5)
        made.append(new_id())
    assert made == sorted(made)


def test_no_two_are_the_same() -> None:
    assert len({new_id() for _ in range(100_000)}) == 100_000


def test_a_forked_process_makes_others() -> None:
    """A fork has the state of its parent: it has to begin anew."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, new_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs, ours = os.read(reading, 24).decode(), new_id()
    os.close(reading)
    os.close(writing)
    assert theirs[8:] != ours[8:]
