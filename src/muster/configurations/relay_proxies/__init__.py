"""Relay Proxy configurations: each gives whoever has its key the environments that its policy allows."""
