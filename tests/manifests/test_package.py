"""What of a folder is submitted."""

import json
from typing import Any

import pytest

from muster.core.errors import InvalidRequestError
from muster.manifests.folder import IntegrationFolder, UnreadableFile
from muster.manifests.package import gather_package, submitted_paths
from tests.manifests.documents import document


def folder(files: dict[str, bytes | UnreadableFile], **changes: Any) -> IntegrationFolder:
    """Return a folder with a manifest and these files."""
    manifest = json.dumps(document(**changes)).encode()
    return IntegrationFolder("Acme", {"manifest.json": manifest, **files}, "integrations/Acme")


LOGOS: dict[str, bytes | UnreadableFile] = {
    "assets/square.svg": b"<svg/>",
    "assets/horizontal.svg": b"<svg />",
}


def test_the_manifest_and_what_it_names_are_packed_and_the_rest_is_left_out() -> None:
    hook = {"templates": {"flag": "templates/flag.json.hbs", "default": "./templates/any.hbs"}}
    packed = gather_package(
        folder(
            {
                **LOGOS,
                "README.md": b"# Acme",
                "LICENSE.md": b"Apache-2.0",
                "templates/flag.json.hbs": b"{}",
                "templates/any.hbs": b"{{x}}",
                "templates/old.hbs": b"{}",
                "sample-payload.json": b"{}",
                "submission.json": b"{}",
            },
            capabilities={"auditLogEventsHook": hook},
        )
    )
    assert packed.root == "integrations/acme"
    assert list(packed.files) == [
        "LICENSE.md",
        "README.md",
        "assets/horizontal.svg",
        "assets/square.svg",
        "manifest.json",
        "templates/any.hbs",
        "templates/flag.json.hbs",
    ]
    assert packed.left_out == ("sample-payload.json", "submission.json", "templates/old.hbs")
    assert packed.files["README.md"] == b"# Acme"


def test_a_file_that_is_named_and_can_not_be_read_stops_the_packing() -> None:
    broken = folder({**LOGOS, "assets/square.svg": UnreadableFile("It is a link.", "Copy it.")})
    with pytest.raises(InvalidRequestError) as caught:
        gather_package(broken)
    assert caught.value.message == "integrations/Acme/assets/square.svg: It is a link. Copy it."


@pytest.mark.parametrize("manifest", [b"", b"{", b"\xff", b"null", b'["README"]'])
def test_of_a_folder_with_a_broken_manifest_only_known_names_are_submitted(
    manifest: bytes,
) -> None:
    files = {"manifest.json": manifest, "README.md": b"", "assets/square.svg": b""}
    paths = submitted_paths(IntegrationFolder("acme", files))
    assert paths == {"manifest.json", "README.md"}


def test_a_folder_without_a_manifest_can_not_be_packed() -> None:
    with pytest.raises(InvalidRequestError, match=r"manifest\.json: there is no such file"):
        gather_package(IntegrationFolder("acme", {"README.md": b""}, "integrations/acme"))
