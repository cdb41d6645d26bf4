"""``hatoba state``: snapshots of all that the local cloud keeps: taken, put back, listed; and a reset."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from hatoba.cli import local, output
from hatoba.cli.exits import Exit, Failure
from hatoba.cloud.server import runfile
from hatoba.cloud.state.copying import copy_state, remove_state
from hatoba.cloud.state.store import StateError

if TYPE_CHECKING:
    from pathlib import Path

SNAPSHOTS = ".hatoba-snapshots"
RESET_WITHIN_S = 160.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_COLUMNS = {"name": "NAME", "taken": "TAKEN", "size_kib": "KIB"}


def save(folder: Path, name: str) -> None:
    """Copy the state as it is now, also while the cloud runs."""
    snapshot, source = _snapshot(folder, name), _state(folder)
    if not source.exists():
        raise Failure(
            "No state is on disk in this folder.",
            "`hatoba up` makes one; a cloud that was started with --ephemeral keeps none.",
        )
    _copy(source, snapshot)
    output.say(f"Saved as {name}. `hatoba state load {name}` brings it back.")


def load(folder: Path, name: str) -> None:
    """Put a snapshot in place of the state. A cloud that runs is stopped first."""
    snapshot = _snapshot(folder, name)
    if not snapshot.exists():
        raise Failure(f"There is no snapshot {name}.", "`hatoba state list` shows what there is.", Exit.USAGE)
    run = runfile.read(folder)
    if run is not None:
        local.stop(folder, run)
    for line in local.sweep(folder):
        output.say(line)
    _copy(snapshot, _state(folder))
    output.say(f"Loaded {name}. `hatoba up` goes on from there.")


def list_all(folder: Path, *, as_json: bool) -> None:
    """Print the snapshots."""
    rows: list[output.Row] = []
    for path in sorted((folder.parent / SNAPSHOTS).glob("*.db")):
        found = path.stat()
        taken = datetime.fromtimestamp(found.st_mtime).astimezone()
        rows.append(
            {
                "name": path.stem,
                "taken": taken.isoformat(timespec="seconds"),
                "size_kib": found.st_size // 1024,
            }
        )
    if as_json:
        output.print_json({"snapshots": rows})
        return
    output.print_table(rows, _COLUMNS, empty="No snapshot is there. `hatoba state save NAME` takes one.")


def reset(folder: Path) -> None:
    """Empty the cloud: a running one stops its tasks first and runs on; of a stopped one the file goes."""
    run = runfile.read(folder)
    if run is not None:
        local.ask(run, "POST", "reset", within_s=RESET_WITHIN_S)
        output.say("Everything is gone; the cloud runs on. `hatoba deploy` brings the system back.")
        return
    for line in local.sweep(folder):
        output.say(line)
    remove_state(_state(folder))
    output.say("Everything is gone.")


def _state(folder: Path) -> Path:
    return folder / "state.db"


def _snapshot(folder: Path, name: str) -> Path:
    """Return where a snapshot stands: beside the cloud's own folder, which `hatoba down` removes."""
    if not _NAME.fullmatch(name):
        raise Failure(
            f"{name!r} cannot be a snapshot's name.",
            "Use letters, digits, dots, dashes and underscores; 64 at most.",
            Exit.USAGE,
        )
    return folder.parent / SNAPSHOTS / f"{name}.db"


def _copy(source: Path, target: Path) -> None:
    try:
        copy_state(source, target)
    except StateError as error:
        raise Failure(str(error)) from error
