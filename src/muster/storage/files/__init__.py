"""What Muster reads from plain folders: the catalog of integrations."""
