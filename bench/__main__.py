"""`python -m bench`: run the benchmarks and print each figure with its bound."""

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.rest_scenarios import rest_costs
from bench.scenarios import Figure, many_members, single_members, thousand_members
from bench.transfer_scenarios import many_transferred


def main() -> int:
    """Run what was asked for; return 1 when a figure misses its bound."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "scenarios",
        nargs="*",
        default=[],
        help="single, thousand, many, rest, transfers; all when none is named",
    )
    parser.add_argument(
        "--members", type=int, default=10_000_000, help="members of `many` and `transfers`"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--directory", type=Path, help="where to keep data (default: temporary)")
    arguments = parser.parse_args()
    known: dict[str, Callable[[Path], list[Figure]]] = {
        "single": lambda path: single_members(path, 10_000),
        "thousand": lambda path: thousand_members(path, 1000),
        "many": lambda path: many_members(path, arguments.members),
        "rest": rest_costs,
        "transfers": lambda path: many_transferred(path, arguments.members),
    }
    wrong = set(arguments.scenarios) - set(known)
    if wrong:
        parser.error(
            f"there is no scenario {', '.join(sorted(wrong))}; there are {', '.join(known)}"
        )
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as temporary:
        directory = arguments.directory or Path(temporary)
        for name in arguments.scenarios or known:
            print(f"running {name} ...", file=sys.stderr)
            figures += known[name](directory)
    if arguments.json:
        print(json.dumps([{"name": f.name, "value": f.value, "unit": f.unit} for f in figures]))
    else:
        _print_table(figures)
    return 0 if all(figure.kept for figure in figures) else 1


def _print_table(figures: list[Figure]) -> None:
    table = Table(title=f"Muster on {platform.machine()}, Python {platform.python_version()}")
    for column in ("figure", "measured", "unit", "bound", ""):
        table.add_column(column, justify="right" if column == "measured" else "left")
    for figure in figures:
        digits = 0 if figure.value >= 1000 else 2
        bound = ""
        if figure.at_least is not None:
            bound = f"at least {figure.at_least:,g}"
        elif figure.at_most is not None:
            bound = f"at most {figure.at_most:,g}"
        kept = ("ok" if figure.kept else "MISSED") if bound else ""
        table.add_row(figure.name, f"{figure.value:,.{digits}f}", figure.unit, bound, kept)
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
