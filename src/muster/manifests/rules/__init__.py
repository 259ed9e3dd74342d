"""The rules of a manifest beyond its schema: each a small function with an id, a reason and examples."""
