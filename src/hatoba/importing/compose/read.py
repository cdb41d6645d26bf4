"""A Compose file's services: read, checked for their shape, variables filled in. The door to YAML."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hatoba.importing.draft import ImportFailed

if TYPE_CHECKING:
    from pathlib import Path

_VARIABLE = re.compile(r"\$(?:\$|(\w+)|\{(\w+)(?:(:?[-?+])([^}]*))?\})")


@dataclass
class Composed:
    """A file: its project's name, its services, its other parts, and variables that had no value."""

    name: str
    services: dict[str, dict[str, Any]]
    others: dict[str, Any]
    unset: list[str] = field(default_factory=list)


def read(file: Path) -> Composed:
    """Read a Compose file.

    Raises:
        ImportFailed: There is none, it is not YAML, or it has no services.
    """
    import yaml

    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ImportFailed(str(file), "there is no such file", "Give the path of a Compose file.") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{file}:{mark.line + 1}" if mark else str(file)
        raise ImportFailed(where, f"this is not YAML: {error.problem}", "Correct the line.") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ImportFailed(str(file), f"this cannot be read: {error}", "Look at the file.") from error
    services = found.get("services") if isinstance(found, dict) else None
    if not isinstance(services, dict) or not services:
        raise ImportFailed(str(file), "it has no services", "A Compose file has a mapping `services`.")
    for name, service in services.items():
        if not isinstance(service, dict):
            raise ImportFailed(f"{file}: {name}", "a service is a mapping", "Correct it.")
    unset: list[str] = []
    filled = {str(name): _filled(service, unset) for name, service in services.items()}
    others = {key: value for key, value in found.items() if key not in ("services", "name", "version")}
    name = str(found.get("name") or file.resolve().parent.name)
    return Composed(name, filled, others, list(dict.fromkeys(unset)))


def _filled(value: Any, unset: list[str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, unset) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, unset) for each in value]
    return _VARIABLE.sub(lambda found: _variable(found, unset), value) if isinstance(value, str) else value


def _variable(found: re.Match[str], unset: list[str]) -> str:
    bare, name, operator, default = found.groups()
    if not (bare or name):
        return "$"
    if operator in ("-", ":-"):
        return str(default)
    unset.append(bare or name)
    return ""
