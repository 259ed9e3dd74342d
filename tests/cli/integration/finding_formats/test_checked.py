"""Paths as the user sees them."""

from pathlib import Path

import pytest

from muster.cli.integration.finding_formats.checked import CheckedFolder
from muster.manifests.folder import IntegrationFolder
from tests.cli.integration.finding_formats.findings import TOO_LARGE, UNKNOWN_KEY, checked


@pytest.mark.parametrize(
    ("place", "directory", "path"),
    [
        ("/w/integrations/acme", "/w", "integrations/acme/manifest.json"),
        ("integrations/acme", "/w", "integrations/acme/manifest.json"),
        ("./integrations/../integrations/acme", "/w", "integrations/acme/manifest.json"),
        ("/w/acme", "/w/acme", "manifest.json"),
        (".", "/w/acme", "manifest.json"),
        ("../acme", "/w/other", "/w/acme/manifest.json"),
        ("/wider/acme", "/w", "/wider/acme/manifest.json"),
        ("/w/caf\udce9", "/w", r"caf\udce9/manifest.json"),
    ],
)
def test_paths_are_relative_to_the_working_directory_where_they_lie_in_it(
    place: str, directory: str, path: str
) -> None:
    folder = CheckedFolder.of(IntegrationFolder("acme", {}, place), [], Path(directory))
    assert folder.path_of(UNKNOWN_KEY) == path


def test_errors_and_warnings_are_counted() -> None:
    folder = checked(UNKNOWN_KEY, TOO_LARGE, UNKNOWN_KEY)
    assert (folder.error_count, folder.warning_count) == (2, 1)
