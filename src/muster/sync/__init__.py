"""One sync request from payload to commit: the catalog of integrations, the service and the sync log."""
