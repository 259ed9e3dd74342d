"""Feature flags: what they serve, to whom, and which segments they ask for."""
