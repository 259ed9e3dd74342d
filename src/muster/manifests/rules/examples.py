"""The sound integration that the examples of rules change, and the folders that come of it."""

import json
from collections.abc import Mapping
from typing import Any, Final

from muster.core.pointers import Json
from muster.manifests.folder import MANIFEST_NAME, IntegrationFolder, UnreadableFile
from muster.manifests.rules.rule import Example

SQUARE_LOGO: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48">'
    '<circle cx="24" cy="24" r="20" fill="#444444"/></svg>\n'
)
HORIZONTAL_LOGO: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 48">'
    '<circle cx="24" cy="24" r="20" fill="#444444"/>'
    '<rect x="56" y="16" width="96" height="16" fill="#444444"/></svg>\n'
)
README: Final = "# Acme cohorts\n\nSync the cohorts that you make in Acme.\n"
SOUND_MANIFEST: Final[Mapping[str, Json]] = {
    "name": "Acme cohorts",
    "version": "1.0.0",
    "overview": "Sync the cohorts that you make in Acme.",
    "description": "Acme finds groups of users by what they do. This integration keeps them as segments.",
    "author": "Acme",
    "supportEmail": "support@acme.example",
    "links": {
        "site": "https://acme.example",
        "privacyPolicy": "https://acme.example/privacy",
    },
    "categories": ["synced-segments"],
    "icons": {"square": "assets/square.svg", "horizontal": "assets/horizontal.svg"},
    "capabilities": {
        "syncedSegment": {
            "requestParser": {
                "environmentIdPath": "/environmentId",
                "contextKindPath": "/contextKind",
                "cohortIdPath": "/cohort/id",
                "cohortNamePath": "/cohort/name",
                "memberArrayPath": "/members",
                "memberArrayParser": {
                    "memberIdPath": "/userId",
                    "booleanMembershipPath": "/isMember",
                },
            }
        }
    },
}
"""A manifest that keeps every rule."""


def folder_of(example: Example) -> list[IntegrationFolder]:
    """Return the folder that shows a rule; and where the example has one, a second beside it."""
    files: dict[str, bytes | UnreadableFile] = _sound_files(example.patch)
    for path, content in example.files.items():
        if content is None:
            files.pop(path, None)
        else:
            files[path] = content if isinstance(content, bytes) else content.encode()
    for path in example.unreadable:
        files[path] = UnreadableFile("The file can't be read.", "Let others read it.")
    folders = [_folder(example.folder, files)]
    if example.beside is not None:
        second = {"name": "Borealis", **example.beside}
        folders.append(_folder(example.beside_folder, _sound_files(second)))
    return folders


def merge(document: Json, patch: Json) -> Json:
    """Return a document with a JSON merge patch (RFC 7386) applied; neither is changed."""
    if not isinstance(patch, Mapping):
        return patch
    merged: dict[str, Any] = dict(document) if isinstance(document, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def _sound_files(patch: Json) -> dict[str, bytes | UnreadableFile]:
    manifest = merge(SOUND_MANIFEST, {} if patch is None else patch)
    return {
        MANIFEST_NAME: json.dumps(manifest, indent=2).encode(),
        "assets/square.svg": SQUARE_LOGO.encode(),
        "assets/horizontal.svg": HORIZONTAL_LOGO.encode(),
        "README.md": README.encode(),
    }


def _folder(name: str, files: Mapping[str, bytes | UnreadableFile]) -> IntegrationFolder:
    return IntegrationFolder(name, files, place=f"integrations/{name}")
