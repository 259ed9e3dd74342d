"""Sending bodies to a Muster over HTTP: one, or many a second with their latencies measured."""
