"""Comparing our schema with the integration framework's, assertion by assertion.

Needs a checkout of the framework, see `conftest.py`.
"""

import json
from pathlib import Path

from muster.manifests.schema import check_schema, schema
from tests.framework.checkout import check_by_schema
from tests.framework.probes import probes_of
from tests.framework.summary import print_lines
from tests.framework.verdicts import is_excused


def test_every_assertion_of_both_schemas_is_the_same(checkout: Path) -> None:
    theirs = json.loads((checkout / "manifest.schema.json").read_text("utf-8"))
    probes = list(probes_of(theirs, schema()))
    verdicts = check_by_schema(checkout, [manifest for _, manifest in probes])
    print_lines(f"{len(probes)} manifests that try the schema; theirs keeps {sum(verdicts)}")
    differing = [
        change
        for (change, manifest), keeps in zip(probes, verdicts, strict=True)
        if keeps == any(not is_excused(finding, "") for finding in check_schema(manifest))
    ]
    assert not differing
