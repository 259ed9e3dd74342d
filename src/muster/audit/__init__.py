"""The audit log: each change, through whichever face, is one entry: who, what, to which resource, when.

An entry is written in the transaction that makes the change, so there is no change without one and no
entry without its change. What partners sync into segments is not here but in the sync log, a row a
request, and in the revision log, a revision a change.
"""
