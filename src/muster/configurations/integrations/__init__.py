"""Configurations of integrations: the values that whoever sets one up fills in, as its manifest asks."""
