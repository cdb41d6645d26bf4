"""The definition that a command works on, and the folder where its local system lives."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from hatoba.cli.exits import Exit, Failure
from hatoba.definition.faults import DefinitionError
from hatoba.definition.project import find, load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hatoba.definition.project import Project

FOLDER = ".hatoba"


def load_project(file: Path | None) -> Project:
    """Return the definition in ``file``, or the one found from here upwards.

    Raises:
        Failure: There is none, or it does not run.
    """
    with explained():
        return load(file)


def state_folder(file: Path | None) -> Path:
    """Return where the local system of a definition lives, without running the definition.

    Raises:
        Failure: There is no definition here or in a folder above.
    """
    from pathlib import Path as ConcretePath

    with explained():
        found = file.resolve() if file else find(ConcretePath.cwd())
    return found.parent / FOLDER


@contextmanager
def explained() -> Iterator[None]:
    """Turn the faults of a definition into a failure that shows them all."""
    try:
        yield
    except DefinitionError as error:
        count = len(error.faults)
        listed = "\n".join(f"  {fault.place}\n    {fault.rule}\n    {fault.remedy}" for fault in error.faults)
        raise Failure(
            f"The definition has {count} fault{'s' if count > 1 else ''}.\n{listed}", code=Exit.USAGE
        ) from error
