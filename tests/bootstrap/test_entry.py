"""How the program begins."""

import subprocess
import sys

INTERRUPTED_WHILE_LOADING = """
import sys

class Interrupter:
    def find_spec(self, name, path=None, target=None):
        if name == "muster.cli.app":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupter())
from muster.bootstrap.entry import main
main()
"""


def test_an_interruption_while_it_loads_ends_it_quietly() -> None:
    run = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_WHILE_LOADING],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (130, "", "")
