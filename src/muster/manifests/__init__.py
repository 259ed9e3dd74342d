"""Manifests: what an integration says of itself, and the JSON Schema that it must keep to.

`ManifestSource` decodes a file's text and knows where each value stands in it; `check` lists what is
wrong with a document; `read_manifest` turns a document that is right into a `Manifest`. Pure: no I/O
beyond its own schema, no clock, no HTTP, and nothing else of Muster but `core`.
"""
