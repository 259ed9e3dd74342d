"""Writes the pages of this folder that are made from the code: `make docs`."""

from pathlib import Path

from muster.manifests.rules.page import rules_page
from muster.manifests.rules.registry import all_rules

(Path(__file__).parent / "rules.md").write_text(rules_page(all_rules()), "utf-8")
