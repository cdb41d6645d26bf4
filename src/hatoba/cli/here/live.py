"""The live view of ``hatoba up``: log lines as they come, and under them how the services are."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hatoba.cli import aws, output
from hatoba.cli.here.logs import POLL_S, Reader, print_line
from hatoba.cli.here.ps import service_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table
    from rich.text import Text

    from hatoba.cli.here.logs import Line
    from hatoba.cloud.server.runfile import RunFile

SERVICES_EVERY_S = 1.0
LOOK_BACK_S = 60.0
SAYS_A_REQUEST = {"httpMethod", "path", "status", "requestId"}
"""Members of an access log's line, by the names of ``$context`` that AWS's own formats give them."""
COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "bright_cyan", "bright_green", "bright_magenta")


def show_until_interrupted(run: RunFile, outputs: Mapping[str, str]) -> None:
    """Show a running system until Ctrl-C: redrawn on a terminal, plain lines elsewhere."""
    reader = Reader(aws.client(run, "logs"), [], int((time.time() - LOOK_BACK_S) * 1000))
    if not output.is_live():
        for line in reader.follow():
            print_line(line)
    from rich.live import Live

    ecs = aws.client(run, "ecs")
    looked_at = 0.0
    console = output.stderr()
    with Live(console=console, auto_refresh=False, transient=True) as view:
        while True:
            for line in reader.read():
                console.print(_coloured(line), soft_wrap=True)
            if time.monotonic() - looked_at > SERVICES_EVERY_S:
                looked_at = time.monotonic()
                view.update(_services(service_rows(ecs), outputs), refresh=True)
            time.sleep(POLL_S)


def _services(rows: list[output.Row], outputs: Mapping[str, str]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=None, pad_edge=False, header_style="bold", caption=_caption(outputs), caption_justify="left"
    )
    for heading in ("SERVICE", "TASKS", "DEPLOYMENT", "LAST EVENT"):
        table.add_column(heading, no_wrap=True, overflow="ellipsis")
    for row in rows:
        is_steady = row["running"] == row["desired"]
        tasks = f"{'●' if is_steady else '○'} {row['running']}/{row['desired']}"
        style = "green" if is_steady else "yellow"
        cells = (row["service"], tasks, row["deployment"], row["event"])
        table.add_row(*(Text(str(cell)) for cell in cells), style=style)
    return table


def _caption(outputs: Mapping[str, str]) -> str:
    urls = [value for value in outputs.values() if value.startswith("http")]
    return "  ".join([*urls, "Ctrl-C drains and stops"])


def worded(message: str) -> str:
    """Return what a person reads of a log line: of an access log in JSON the request, else the line itself.

    The whole line is in ``hatoba logs``, the request's story in ``hatoba requests`` under the id told here.
    """
    try:
        entry = json.loads(message)
    except ValueError:
        return message
    if not isinstance(entry, dict) or SAYS_A_REQUEST - entry.keys():
        return message
    return f"{entry['httpMethod']} {entry['path']} {entry['status']}  {entry['requestId']}"


def _coloured(line: Line) -> Text:
    from rich.text import Text

    at = datetime.fromtimestamp(line.at / 1000, UTC).astimezone()
    colour = COLOURS[sum(line.source.partition("/")[0].encode()) % len(COLOURS)]
    return Text.assemble(
        (f"{at:%H:%M:%S} ", "dim"), (line.source.partition("/")[0], colour), " ", worded(line.message)
    )
