"""``hatoba token``: a JWT of the local issuer, good, or wrong in one chosen way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hatoba.cli import local, output
from hatoba.cli.exits import Exit, Failure

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Wish:
    """What the token shall say; see ``hatoba token --help``."""

    subject: str
    pool_id: str | None
    client_id: str | None
    use: str
    scopes: tuple[str, ...]
    claims: tuple[str, ...]
    lifetime_s: int
    wrong: str | None


def token(folder: Path, wish: Wish, *, as_json: bool) -> None:
    """Print the token."""
    asked: dict[str, object] = {
        "subject": wish.subject,
        "use": wish.use,
        "scopes": list(wish.scopes),
        "claims": dict(_claim(text) for text in wish.claims),
        "lifetime_s": wish.lifetime_s,
    }
    if wish.pool_id:
        asked["pool_id"] = wish.pool_id
    if wish.client_id:
        asked["client_id"] = wish.client_id
    if wish.wrong:
        asked["wrong"] = wish.wrong
    answer = local.ask(local.running(folder), "POST", "token", asked)
    if as_json:
        output.print_json({"token": answer["token"]})
    else:
        print(answer["token"])  # noqa: T201 - the one line of data that a shell captures


def _claim(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise Failure(f"--claim {text} has no name and value.", "Write --claim name=value.", Exit.USAGE)
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value
