"""``hatoba init``: a small working project, or a copy of an example."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hatoba.cli import output
from hatoba.cli.exits import Exit, Failure
from hatoba.cli.project import explained, load_project

if TYPE_CHECKING:
    from collections.abc import Iterator

STARTER = "starter"
NOT_COPIED = shutil.ignore_patterns(".hatoba", ".hatoba-snapshots", "__pycache__", ".pytest_cache", "demo.py")
FOR_EVERY_PROJECT = (
    ".gitignore",
    ".github/workflows/hatoba.yml",
    "tests/conftest.py",
    "tests/test_system.py",
)
NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_ACCOUNT = re.compile(r"\d{12}")


@dataclass(frozen=True, slots=True)
class Wish:
    """What to write; see ``hatoba init --help``."""

    source: str | None = None
    name: str | None = None
    account: str | None = None
    region: str | None = None


def init(folder: Path, wish: Wish) -> None:
    """Write a project into a folder that is empty or not there.

    Raises:
        Failure: There is something in the folder, no such example, or a name that AWS would not take.
    """
    folder = folder.resolve()
    source = _example(wish.source)
    _check(folder, wish)
    name = wish.name or _asked(_suggested(folder))
    if not NAME.fullmatch(name):
        raise Failure(
            f"A system cannot be called {name}.",
            "Use small letters, digits and hyphens, a letter first, at most 40 characters: --name my-system",
            Exit.USAGE,
        )
    shutil.copytree(source, folder, ignore=NOT_COPIED, dirs_exist_ok=True)
    for path in FOR_EVERY_PROJECT:
        if not (folder / path).exists():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(_examples() / STARTER / path, folder / path)
    if wish.name or wish.source is None:
        _rename(folder, load_project(folder / "hatobafile.py").system.name, name)
    _place(folder / "environments.toml", wish)
    written = load_project(folder / "hatobafile.py")
    with explained():
        written.validate(written.environment())
    for written_file in sorted(each.relative_to(folder) for each in _files(folder)):
        output.say(f"  {written_file}")
    here = Path.cwd()
    go = (
        ""
        if folder == here
        else f"cd {folder.relative_to(here) if folder.is_relative_to(here) else folder}; "
    )
    output.hint(f"{go}hatoba up")


def _check(folder: Path, wish: Wish) -> None:
    if folder.exists() and (not folder.is_dir() or any(each.name != ".git" for each in folder.iterdir())):
        raise Failure(
            f"{folder} is not empty, and nothing was written.",
            "Name a folder that is not there yet: hatoba init my-system",
            Exit.REFUSED,
        )
    if wish.account and not _ACCOUNT.fullmatch(wish.account):
        raise Failure(f"{wish.account} is no account id.", "Give its 12 digits.", Exit.USAGE)


def _asked(suggestion: str) -> str:
    """The name that a person gives, or the suggestion where nobody is there or they agree."""
    if not sys.stdin.isatty():
        return suggestion
    output.stderr().print(f"Name of the system [{suggestion}]: ", end="", markup=False)
    return sys.stdin.readline().strip() or suggestion


def _suggested(folder: Path) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")
    return words if NAME.fullmatch(words) else f"my-{words}".rstrip("-")[:40]


def _examples() -> Path:
    """Where the examples are: in the wheel beside the package's modules, in a clone beside ``src``."""
    package = Path(__file__).parents[2]
    for folder in (package / "examples", package.parents[1] / "examples"):
        if (folder / STARTER).is_dir():
            return folder
    raise Failure("hatoba's examples are not installed with it.", "Install hatoba again.")


def _example(source: str | None) -> Path:
    if source is None:
        return _examples() / STARTER
    # `examples/order_desk` as it is called in the repository, `order_desk`, or any folder with a definition.
    for candidate in (Path(source), _examples() / Path(source).name):
        if (candidate / "hatobafile.py").is_file():
            return candidate
    names = ", ".join(sorted(each.parent.name for each in _examples().glob("*/hatobafile.py")))
    raise Failure(f"There is no example {source}.", f"Choose {names}.", Exit.USAGE)


def _rename(folder: Path, old: str, new: str) -> None:
    """Give the system's name to all that begins with the old one, in whatever the project's files name."""
    inside = re.compile(rf"""(?<=["'/ ]){re.escape(old)}(?=["'\-./: ]|$)""", re.MULTILINE)
    for path in _files(folder):
        text = path.read_text(encoding="utf-8")
        changed = inside.sub(new, text)
        if path.name == "README.md":
            changed = changed.replace(f"# {old}\n", f"# {new}\n", 1)
        if changed != text:
            path.write_text(changed, encoding="utf-8")


def _place(file: Path, wish: Wish) -> None:
    """Write account and region into the first environment on AWS."""
    text = file.read_text(encoding="utf-8")
    for key, value in (("account", wish.account), ("region", wish.region)):
        if value:
            head, mark, dev = text.partition("[dev]\n")
            text = (
                head
                + mark
                + re.sub(rf'^{key} = ".*"$', f'{key} = "{value}"', dev, count=1, flags=re.MULTILINE)
            )
    file.write_text(text, encoding="utf-8")


def _files(folder: Path) -> Iterator[Path]:
    kept = (".git", ".hatoba", "__pycache__")
    for path in folder.rglob("*"):
        if path.is_file() and not set(path.relative_to(folder).parts) & set(kept):
            yield path
