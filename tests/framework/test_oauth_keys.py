"""Comparing what both sides say of OAuth keys, which must differ between integrations.

Needs a checkout of the framework, see `conftest.py`.
"""

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from muster.manifests.folder import MANIFEST_NAME, IntegrationFolder
from muster.manifests.linter import lint
from muster.storage.files.integrations import read_integration_folders
from tests.framework.checkout import run_tests, write_round
from tests.framework.summary import print_lines
from tests.framework.verdicts import SHARED_KEY_TEST

EXCUSED_THERE = frozenset({"servicenow", "servicenow-app", "servicenow-normal"})
"""Integrations whose OAuth keys the framework's tests do not compare."""


def test_oauth_keys_of_several_integrations(checkout: Path, tmp_path: Path) -> None:
    groups = list(oauth_groups(read_integration_folders([checkout])))
    folders = [write_round(tmp_path / str(index), group) for index, group in enumerate(groups)]
    verdicts = run_tests(checkout, folders)
    refused = 0
    for group, verdict in zip(groups, verdicts, strict=True):
        findings = [finding.rule for report in lint(group) for finding in report.findings]
        is_refused = SHARED_KEY_TEST in verdict.failed_together
        refused += is_refused
        names = sorted(folder.name for folder in group)
        if is_refused:
            assert {"oauth/shared-key", "oauth/variants-share-key"} & {*findings}, names
        elif "oauth/shared-key" in findings:
            assert EXCUSED_THERE & {*names}, names
    print_lines(f"{len(groups)} groups with OAuth keys; the framework refuses {refused}")
    assert 0 < refused < len(groups)


def oauth_groups(published: Sequence[IntegrationFolder]) -> Iterator[list[IntegrationFolder]]:
    """Yield groups of integrations that have OAuth keys, of which some are the same."""
    rng = random.Random(3)
    names = [*sorted(EXCUSED_THERE), "sentry", "sentry-approvals", "appdynamics"]
    for _ in range(200):
        yield [
            with_oauth_key(published[0], name, rng.choice(["servicenow", "sentry", name]))
            for name in rng.sample(names, rng.randrange(2, 5))
        ]


def with_oauth_key(folder: IntegrationFolder, name: str, key: str) -> IntegrationFolder:
    """Return an integration under another name, with an OAuth key."""
    manifest = json.loads(bytes_of(folder, MANIFEST_NAME)) | {"oauthIntegrationKey": key}
    files = {**folder.files, MANIFEST_NAME: json.dumps(manifest).encode()}
    return IntegrationFolder(name, files, place=name)


def bytes_of(folder: IntegrationFolder, path: str) -> bytes:
    content = folder.files[path]
    assert isinstance(content, bytes)
    return content
