"""A team's project: the folder with the definition, loaded and checked.

::

    load() ── finds hatobafile.py, runs it, takes its System ──→ Project
                                                                   ├─ environment(name): values of inputs
                                                                   └─ validate(environment): all rules

Finding a definition is all that many commands need: what constructs are made of is loaded with the first one.
"""

from __future__ import annotations

import builtins
import difflib
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from hatoba.definition.faults import DefinitionError, Fault, NoDefinitionError, Place

if TYPE_CHECKING:
    from hatoba.definition.environments import Environment
    from hatoba.definition.system import System

FILE_NAMES = ("hatobafile.py", "hatoba.py")
"""What a definition's file is called. ``hatoba.py`` hides the package from Python's ``-m`` and
from editors in its folder, so the first name is the better one."""

_MODULE = "hatobafile"


@dataclass(frozen=True)
class Project:
    """A loaded definition. ``file`` is absolute."""

    file: Path
    system: System

    @property
    def folder(self) -> Path:
        """The folder that the definition is in."""
        return self.file.parent

    @property
    def environments_file(self) -> Path:
        """The file with the values of the inputs; it may be missing."""
        return self.folder / "environments.toml"

    def environment_names(self) -> tuple[str, ...]:
        """The environments that there are."""
        from hatoba.definition.environments import environment_names

        return environment_names(self.environments_file)

    def environment(self, name: str = "local") -> Environment:
        """Read an environment.

        Raises:
            DefinitionError: There is none of the name, or its values do not fit the inputs.
        """
        from hatoba.definition.environments import read_environment

        return read_environment(self.environments_file, name, self.system.inputs)

    def validate(self, environment: Environment) -> None:
        """Check the definition with the values of an environment against every rule.

        Raises:
            DefinitionError: With all faults.
        """
        from hatoba.definition.check import check

        faults = check(self.system, environment)
        if faults:
            raise DefinitionError(faults)


def find(start: Path) -> Path:
    """The definition's file in a folder or the nearest folder above.

    Raises:
        NoDefinitionError: There is none.
    """
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        for name in FILE_NAMES:
            if (candidate / name).is_file():
                return candidate / name
    rule = f"there is no {FILE_NAMES[0]} here or in a folder above"
    remedy = "Go to the folder of your system, give its file with --file, or begin one with hatoba init."
    raise NoDefinitionError([Fault(Place(str(folder)), rule, remedy)])


def has_definition(folder: Path) -> bool:
    """Whether a definition's file lies in the folder itself."""
    return any((folder / name).is_file() for name in FILE_NAMES)


def load(file: Path | None = None, *, start: Path | None = None) -> Project:
    """Load the definition in ``file``, or the one found from ``start`` (the current folder) upwards.

    Raises:
        DefinitionError: There is no such file, it does not run, or it does not define exactly one system.
    """
    path = file.resolve() if file else find(start or Path.cwd())
    if not path.is_file():
        fault = Fault(Place(str(path)), "there is no such file", f"Give the path of a {FILE_NAMES[0]}.")
        raise NoDefinitionError([fault])
    return Project(path, _only_system(path, _run(path)))


def _run(path: Path) -> ModuleType:
    module = ModuleType(_MODULE)
    module.__file__ = str(path)
    try:
        with _importable(path.parent, module):
            exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)  # noqa: S102 - the user's own file
    except DefinitionError:
        raise
    except SyntaxError as error:
        place = Place(error.filename or str(path), error.lineno)
        raise DefinitionError(
            [Fault(place, f"this is not Python: {error.msg}", "Correct the line.")]
        ) from error
    except (Exception, SystemExit) as error:
        rule = f"the definition stopped with {type(error).__name__}: {error}"
        fault = Fault(_place_of(error, path), rule, _remedy(error, module))
        raise DefinitionError([*_faults_so_far(module), fault]) from error
    return module


def _remedy(error: BaseException, module: ModuleType) -> str:
    """Name what a misspelt name is near to."""
    known: list[str] = []
    if isinstance(error, AttributeError):
        known = dir(error.obj)
    elif isinstance(error, NameError):
        known = [*vars(module), *vars(builtins)]
    name = getattr(error, "name", None) or ""
    near = difflib.get_close_matches(name, (each for each in known if not each.startswith("_")), n=1)
    return f"Did you mean {near[0]}?" if near else "Correct the line, or what it calls."


def _faults_so_far(module: ModuleType) -> Iterator[Fault]:
    """Faults of what was made before the definition stopped: they may be why it did."""
    from hatoba.definition.construct import constructs_in
    from hatoba.definition.system import below

    for value in vars(module).values():
        for made in constructs_in(value):
            yield from (fault for construct in below(made, set()) for fault in construct.faults)


@contextmanager
def _importable(folder: Path, module: ModuleType) -> Iterator[None]:
    """Let the definition import modules beside it, and leave nothing of that behind."""
    before = sys.modules.get(_MODULE)
    sys.modules[_MODULE] = module
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        del sys.modules[_MODULE]
        if before is not None:
            sys.modules[_MODULE] = before


def _place_of(error: BaseException, path: Path) -> Place:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).parent == path.parent]
    return Place(own[-1].filename, own[-1].lineno) if own else Place(str(path))


def _only_system(path: Path, module: ModuleType) -> System:
    from hatoba.definition.system import System

    systems = list(
        {id(value): value for value in vars(module).values() if isinstance(value, System)}.values()
    )
    if not systems:
        rule = "the file defines no system"
        remedy = 'Assign one to a name: system = System("my-system", services=[…]).'
        raise DefinitionError([Fault(Place(str(path)), rule, remedy)])
    if len(systems) > 1:
        rule = f"the file defines {len(systems)} systems; one file defines one"
        remedy = "Give each system a folder with a file of its own."
        raise DefinitionError([Fault(system.place, rule, remedy) for system in systems])
    return systems[0]
