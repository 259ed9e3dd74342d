"""Rate limits: how many requests a window of ten seconds lets through.

Which limits apply to a request and what follows from the counts is pure (`model`); the counts lie behind
the Protocol of `counters`; `limiter` puts both together. Nothing here knows HTTP.
"""
