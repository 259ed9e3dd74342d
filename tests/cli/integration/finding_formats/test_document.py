"""Findings as JSON."""

from muster.cli.integration.finding_formats.document import findings_document
from tests.cli.integration.finding_formats.findings import TOO_LARGE, UNKNOWN_KEY, checked


def test_the_document_is_stable() -> None:
    assert findings_document([checked(UNKNOWN_KEY, TOO_LARGE), checked(place="/w/b")]) == {
        "integrations": [
            {
                "key": "acme",
                "folder": "integrations/acme",
                "errorCount": 1,
                "warningCount": 1,
                "findings": [
                    {
                        "rule": "schema/unknown-key",
                        "severity": "error",
                        "path": "integrations/acme/manifest.json",
                        "line": 3,
                        "column": 3,
                        "pointer": "/vershun",
                        "message": 'There is no key "vershun" here.',
                        "hint": 'Did you mean "version"?',
                    },
                    {
                        "rule": "asset/too-large",
                        "severity": "warning",
                        "path": "integrations/acme/assets/square.svg",
                        "line": None,
                        "column": None,
                        "pointer": "",
                        "message": "It has 70,000 bytes.",
                        "hint": "",
                    },
                ],
            },
            {"key": "acme", "folder": "b", "errorCount": 0, "warningCount": 0, "findings": []},
        ],
        "totalCount": 2,
        "errorCount": 1,
        "warningCount": 1,
    }
