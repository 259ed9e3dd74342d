"""Manifests: what an integration says of itself, and the rules that it must keep to.

`read_manifest` turns a document that keeps to the schema into a `Manifest`; `linter.lint` checks whole
folders of integrations by every rule. Pure: no I/O beyond its own schema, no clock, no HTTP, and nothing
else of Muster but `core` and `payloads`, which knows what a request parser can read.
"""
