"""Stores in memory: what one server may forget when it ends."""
