"""Muster keeps the cohorts of customer data platforms as segments of contexts.

Partners push cohorts to one HTTP endpoint; feature flags target the segments that come of them; SDKs
see each change within milliseconds. The layers are described in docs/architecture.md.
"""

__version__ = "0.1.0"
