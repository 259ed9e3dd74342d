"""Reading and writing partners' payloads, as their manifests declare them.

`RequestParser.parse` turns a body into `SyncChanges`; `builder.build` is its inverse; `ResponseTemplate`
renders what a partner wants to be answered. Pure: no I/O, no clock, no HTTP, and nothing else of Muster
but `core`.
"""
