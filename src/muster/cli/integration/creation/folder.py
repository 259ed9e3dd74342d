"""Where `muster integration new` makes a folder, and what it tells of it."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from muster.cli.integration.creation.plan import Plan
from muster.cli.integration.creation.view import (
    folder_document,
    folder_lines,
    next_steps,
    print_contents,
    print_proposal,
)
from muster.cli.integration.finding_formats.checked import CheckedFolder
from muster.cli.integration.finding_formats.text import print_findings
from muster.cli.output import print_json, print_line, print_note
from muster.cli.runtime import Runtime
from muster.manifests.folder import IntegrationFolder
from muster.manifests.linter import lint
from muster.manifests.scaffold.answers import AnswerError
from muster.manifests.scaffold.files import make_files
from muster.storage.files.integrations import find_nearest_integrations

_DEFAULT_DIRECTORY: Final = Path("integrations")


@dataclass(frozen=True, slots=True)
class Destination:
    """The folder that an integration's folder is made in.

    Attributes:
        is_default: whether commands find what is in it by its key alone.
    """

    directory: Path
    is_default: bool

    @classmethod
    def choose(cls, given: Path | None) -> "Destination":
        """Return the given folder, else the nearest `integrations`, else one to be made here.

        Raises:
            ConfigurationError: the nearest can't be used.
        """
        if given is not None:
            return cls(given, is_default=False)
        return cls(find_nearest_integrations() or _DEFAULT_DIRECTORY, is_default=True)

    def check_key(self, key: str) -> None:
        """Refuse a key that an integration of the folder has, in whatever case.

        Raises:
            AnswerError: it is taken.
        """
        try:
            names = os.listdir(self.directory)  # noqa: PTH208 - names are all that is asked for
        except FileNotFoundError:
            return
        except OSError as error:
            raise AnswerError(f"{self.directory} can't be read: {error.strerror}.") from error
        taken = next((name for name in names if name.lower() == key), None)
        if taken is not None:
            raise AnswerError(f"{self.directory / taken} is there already. Choose another key.")

    def folder_of(self, key: str) -> Path:
        """Return the path of an integration's folder."""
        return self.directory / key

    def name_of(self, key: str) -> str:
        """Return what other commands know an integration by."""
        return key if self.is_default else str(self.folder_of(key))


@dataclass(frozen=True, slots=True)
class NewFolder:
    """The folder of a plan: its path and its files, not written yet."""

    destination: Destination
    plan: Plan
    files: Mapping[str, bytes]

    @classmethod
    def of(cls, destination: Destination, plan: Plan) -> "NewFolder":
        """Return the folder that a plan makes."""
        return cls(destination, plan, make_files(plan.answers))

    @property
    def path(self) -> Path:
        """The folder's path."""
        return self.destination.folder_of(self.plan.answers.key)

    def preview(self) -> Iterator[str]:
        """Yield the folder and its files, in lines."""
        return folder_lines(str(self.path), self.files)

    def write(self, runtime: Runtime) -> CheckedFolder:
        """Write the folder, all of it or nothing, and check what is there then.

        Raises:
            ConflictError: there is such a folder.
            ConfigurationError: it can't be written.
        """
        runtime.write_integration_folder(self.path, self.files)
        (folder,) = runtime.read_integration_folders([self.path])
        return _check(folder)

    def check(self) -> CheckedFolder:
        """Check the folder as it would be written."""
        key = self.plan.answers.key
        return _check(IntegrationFolder(key, dict(self.files), str(self.path)))

    def print_dry_run(self, checked: CheckedFolder) -> None:
        """Print each file, for people."""
        self._print_proposal()
        print_contents(str(self.path), self.files)
        print_findings([checked])
        print_note("Nothing was written.")

    def print_written(self, checked: CheckedFolder, *, is_new_to_user: bool) -> None:
        """Print what was written, what is wrong with it, and what comes next, for people.

        Args:
            is_new_to_user: whether they have not seen what is in it.
        """
        if is_new_to_user:
            self._print_proposal()
            for line in self.preview():
                print_line(line)
        print_findings([checked])
        if not checked.findings:
            print_line(f"{self.path} is there, and keeps every rule.")
        print_note("")
        for line in next_steps(self.destination.name_of(self.plan.answers.key), str(self.path)):
            print_note(line)

    def print_document(self, checked: CheckedFolder, *, written: bool) -> None:
        """Print all of it, for scripts."""
        document = folder_document(
            self.plan.answers.key,
            str(self.path),
            self.files,
            checked,
            self.plan.draft,
            written=written,
        )
        print_json(document)

    def _print_proposal(self) -> None:
        if self.plan.draft is not None:
            print_proposal(self.plan.draft)
            print_line("")


def _check(folder: IntegrationFolder) -> CheckedFolder:
    (report,) = lint([folder])
    return CheckedFolder.of(folder, report.findings, Path.cwd())
