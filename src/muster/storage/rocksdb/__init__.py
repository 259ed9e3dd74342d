"""The embedded membership store: RocksDB, one writing process, group commit.

Requests are applied one after the other by one thread, each as one atomic write to the write-ahead
log; those that arrive while the log is on its way to the disk share the next trip. Counts are exact
without reading before each write: a filter per segment knows for certain which keys are new.
"""
