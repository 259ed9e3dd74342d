"""Segments of contexts: what they are, who their members are, and what their stores must do."""
