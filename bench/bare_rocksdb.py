"""The bare loop that ingest is compared with: read each key, write the new ones, sync; nothing else."""

import time
from pathlib import Path

from bench.payloads import random_uuids
from muster.core.ids import SegmentId, new_id
from muster.segments.model import MemberList
from muster.storage.rocksdb.database import Database
from muster.storage.rocksdb.layout import member_prefix


def bare_members_per_second(directory: Path, batches: int, batch_size: int) -> float:
    """Write `batches` durable batches with exact counts; return members a second.

    The keys are Muster's, in Muster's database settings; each batch is read before it is written, so
    that the count is exact.
    """
    prefix = member_prefix(SegmentId(new_id()), MemberList.INCLUDED)
    prepared = [[prefix + key.encode() for key in random_uuids(batch_size)] for _ in range(batches)]
    count = 0
    with Database.open(directory) as database:
        began = time.perf_counter()
        for keys in prepared:
            batch = database.new_batch()
            values = database.members.get_many(keys)
            for key, value in zip(keys, values, strict=True):
                if value is None:
                    batch.put(key, b"", database.members_handle)
                    count += 1
            database.write(batch)
            database.sync()
        seconds = time.perf_counter() - began
    assert count == batches * batch_size
    return count / seconds
