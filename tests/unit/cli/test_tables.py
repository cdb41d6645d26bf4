"""A table on a terminal: whole words at any width."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from io import StringIO

import pytest
from rich.console import Console

from hatoba.cli.output import _fitting, print_json, print_table

HEADINGS = ["TASK", "STATUS", "STARTED", "REASON"]
ROWS = [
    ["3ce91c6575df4a83464af6ec7c8af2a8", "RUNNING", "2026-11-22 20:55:57", "-"],
    ["0d27fb8ad0794909a978a60056ad130f", "PENDING", "-", "-"],
]


def shown(width: int) -> list[str]:
    console = Console(file=StringIO(), width=width)
    console.print(_fitting(HEADINGS, ROWS, width))
    assert isinstance(console.file, StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


@pytest.mark.parametrize("width", [120, 72, 66, 58, 57, 45])
def test_no_word_is_cut_at_any_width(width: int) -> None:
    words = " ".join(shown(width)).split()

    for row in ROWS:
        assert set(" ".join(row).split()) - {"-"} <= set(words)
    assert all(len(line) <= width for line in shown(width))


def test_a_narrow_terminal_gets_no_empty_column() -> None:
    assert shown(120)[0].split() == HEADINGS
    assert shown(66)[0].split() == HEADINGS[:3]


def test_lines_are_broken_between_words_before_rows_become_lists() -> None:
    assert shown(58)[1:3] == [
        "3ce91c6575df4a83464af6ec7c8af2a8  RUNNING  2026-11-22",
        " " * 43 + "20:55:57",
    ]


def test_where_even_that_has_no_room_each_row_is_a_list_of_what_it_has() -> None:
    assert shown(45) == [
        "TASK     3ce91c6575df4a83464af6ec7c8af2a8",
        "STATUS   RUNNING",
        "STARTED  2026-11-22 20:55:57",
        "",
        "TASK     0d27fb8ad0794909a978a60056ad130f",
        "STATUS   PENDING",
        "",
    ]


def test_text_is_shown_as_it_is_however_wide_its_letters_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(
        [{"text": "営業支援 [bold]x[/bold] [/]", "more": "a"}], {"text": "TEXT", "more": "MORE"}, empty=""
    )

    assert capsys.readouterr().out.splitlines()[1] == "営業支援 [bold]x[/bold] [/]  a"


def test_times_are_rfc_3339_in_utc_for_scripts_and_local_for_people(
    capsys: pytest.CaptureFixture[str],
) -> None:
    at = datetime(2026, 11, 22, 20, 55, 57, 123456, tzinfo=timezone(timedelta(hours=9)))

    print_json({"at": at, "never": None})
    print_table([{"at": at}], {"at": "AT"}, empty="")

    document, _, table = capsys.readouterr().out.partition("}\n")
    assert json.loads(document + "}") == {"format": 1, "at": "2026-11-22T11:55:57Z", "never": None}
    assert table.splitlines()[1] == at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
