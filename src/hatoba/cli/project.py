"""The definition that a command works on, and the folder where its local system lives."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from hatoba.cli.exits import Exit, Failure
from hatoba.definition.faults import DefinitionError, NoDefinitionError
from hatoba.definition.project import find, has_definition, load

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
    """Return where a local system lives: beside its definition, or where ``hatoba cloud`` was started.

    The definition is not run. Without ``file`` the current folder counts, then those above it.

    Raises:
        Failure: There is neither.
    """
    from pathlib import Path as ConcretePath

    if file:
        return file.resolve().parent / FOLDER
    here = ConcretePath.cwd()
    for folder in (here, *here.parents):
        if has_definition(folder) or (folder / FOLDER / "run").is_dir():
            return folder / FOLDER
    with explained():
        return find(here).parent / FOLDER


@contextmanager
def explained() -> Iterator[None]:
    """Turn the faults of a definition into a failure that shows them all."""
    try:
        yield
    except NoDefinitionError as error:
        (fault,) = error.faults
        raise Failure(f"{fault.place}: {fault.rule}", fault.remedy, Exit.USAGE) from error
    except DefinitionError as error:
        count = len(error.faults)
        listed = "\n".join(f"  {fault.place}\n    {fault.rule}\n    {fault.remedy}" for fault in error.faults)
        raise Failure(
            f"The definition has {count} fault{'s' if count > 1 else ''}.\n{listed}", code=Exit.USAGE
        ) from error
