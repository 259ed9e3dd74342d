"""Where a Muster takes bodies."""


def endpoint_url(server_url: str, integration_key: str) -> str:
    """Return the address that takes an integration's bodies.

    Args:
        server_url: the server's own address, with or without a slash at the end.
    """
    return f"{server_url.rstrip('/')}/api/v2/segment-targets/{integration_key}"
