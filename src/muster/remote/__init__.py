"""What the commands call, over the REST API of a Muster elsewhere.

Each class does what the service of its name does in a data directory: it asks `/api/v2`, makes the domain's
models of the answers (a `Shape` reads each), and raises the domain's errors for refusals (`answers`).
"""
