"""Configurations that an account keeps of what works with it from outside: Relay Proxies, which fetch
their environments with a key; big segment stores, which are filled with an environment's segments; and
integrations, set up with the values that their manifests ask for.

Each of the three is a package of its own shape: `model`, `store` (the Protocol) and `service`.
"""
