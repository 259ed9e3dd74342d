"""Filters: never a false "absent", and few false "maybe"."""

from hypothesis import given, settings
from hypothesis import strategies as st

from muster.storage.rocksdb.filter import AbsenceFilter, hash_keys

some_keys = st.lists(st.binary(max_size=8), unique=True, max_size=80)


@settings(deadline=None)
@given(batches=st.lists(some_keys, max_size=6), asked=some_keys)
def test_what_was_added_is_never_called_absent(
    batches: list[list[bytes]], asked: list[bytes]
) -> None:
    known: set[bytes] = set()
    tested = AbsenceFilter()
    for batch in batches:
        maybe = {batch[position] for position in tested.add_new(batch)}
        assert maybe >= known & set(batch)
        known |= set(batch)
    maybe = {asked[position] for position in tested.maybe_present(asked)}
    assert maybe >= known & set(asked)


def test_few_new_keys_are_doubted_as_it_grows() -> None:
    tested = AbsenceFilter()
    doubted = 0
    for start in range(0, 200_000, 1000):
        doubted += len(tested.add_new([b"key-%d" % n for n in range(start, start + 1000)]))
    assert doubted < 200_000 * 0.03
    assert tested.byte_count < 200_000 * 8


def test_single_keys_and_batches_agree() -> None:
    keys = [b"key-%d" % n for n in range(5000)]
    singly, together = AbsenceFilter(), AbsenceFilter()
    for key in keys:
        singly.add_new([key])
    together.add_new(keys)
    assert len(singly.maybe_present(keys)) == len(together.maybe_present(keys)) == len(keys)
    built = AbsenceFilter(len(keys))
    built.add_hashes(hash_keys(keys))
    assert [built.maybe_present([key]) for key in keys] == [[0]] * len(keys)
