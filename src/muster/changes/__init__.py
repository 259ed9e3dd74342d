"""The revision log: each committed change of an environment's memberships, in order.

Streams, mirrors, webhooks and history each read it from a cursor of their own, so a crash loses nothing.
"""
