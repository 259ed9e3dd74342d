"""Muster as its users have it: a real server in a process of its own, spoken to over HTTP."""
