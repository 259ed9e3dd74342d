"""Five hundred folders of integrations that nobody should have to read."""
