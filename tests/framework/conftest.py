"""Fixtures for the comparison with the integration framework: a checkout of it."""

import os
from pathlib import Path

import pytest

CHECKOUT_VARIABLE = "MUSTER_FRAMEWORK_CHECKOUT"


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The checkout that the environment names, with its node_modules; else the test is skipped."""
    named = os.environ.get(CHECKOUT_VARIABLE)
    if not named:
        pytest.skip(
            f"{CHECKOUT_VARIABLE} IS NOT SET: the verdicts are not compared with the integration "
            "framework's own (docs/framework.md says how to)"
        )
    folder = Path(named).absolute()
    for needed in ("__tests__", "integrations", "manifest.schema.json", "node_modules/ajv"):
        assert (folder / needed).exists(), f"{folder} has no {needed}: run `npm ci` in a checkout"
    return folder
