"""Manifests: what an integration says of itself, and the JSON Schema that it must keep to.

Pure: no I/O, no clock, no HTTP, and nothing else of Muster but `core`.
"""
