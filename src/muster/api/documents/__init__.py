"""The documents that the REST API answers with, described for the published OpenAPI document.

One module a resource; each document is a TypedDict whose attributes' docstrings describe its fields, with an
example that a test holds against it. They only describe: a route returns plain dictionaries, which nothing
validates again at run time. `answers` says which documents a route answers with.
"""
