from __future__ import annotations

import json
import os
from importlib.metadata import version
from typing import get_args

import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from typer.testing import CliRunner

from hatoba.cli import local, output
from hatoba.cli.exits import Exit, Failure
from hatoba.cli.here.logs import Line, seconds
from hatoba.cli.here.token import _claim
from hatoba.cli.main import _as_failure, app
from hatoba.cloud.identity.model import Wrong


@pytest.mark.parametrize(("text", "length"), [("30s", 30), ("10m", 600), ("2h", 7200), ("1d", 86400)])
def test_a_length_of_time_is_read(text: str, length: int) -> None:
    assert seconds(text) == length


@pytest.mark.parametrize("text", ["", "10", "m", "1w", "-5m", "1.5h"])
def test_what_is_no_length_of_time_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(Failure) as raised:
        seconds(text)

    assert raised.value.code == Exit.USAGE
    assert "10m" in raised.value.remedy


@pytest.mark.parametrize(
    ("stream", "source"),
    [("prefix/app/0123", "app/0123"), ("api/$default", "api/$default"), ("alone", "alone")],
)
def test_a_line_is_told_by_who_wrote_it(stream: str, source: str) -> None:
    assert Line(0, "group", stream, "text").source == source


def test_a_claim_is_json_where_it_can_be_read_so_and_text_otherwise() -> None:
    assert _claim("admin=true") == ("admin", True)
    assert _claim('groups=["a","b"]') == ("groups", ["a", "b"])
    assert _claim("name=Hanako") == ("name", "Hanako")
    assert _claim("equation=a=b") == ("equation", "a=b")


def test_a_claim_without_a_value_is_refused() -> None:
    with pytest.raises(Failure, match="no name and value"):
        _claim("admin")


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (
            ClientError({"Error": {"Code": "AccessDeniedException"}}, "DescribeServices"),
            "ask for the permission",
        ),
        (ClientError({"Error": {"Code": "ExpiredTokenException"}}, "GetApis"), "sign in again"),
        (NoCredentialsError(), "AWS_PROFILE"),
    ],
)
def test_an_error_of_awss_api_has_its_remedy_wherever_it_comes_from(error: Exception, remedy: str) -> None:
    assert remedy in _as_failure(error).remedy


def test_what_is_no_error_of_awss_is_a_bug_and_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        _as_failure(ZeroDivisionError())


def test_rows_are_the_same_object_as_json_and_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[output.Row] = [{"name": "a", "count": 1}, {"name": "b", "count": None}]
    columns = {"name": "NAME", "count": "COUNT"}

    output.print_json({"things": rows})
    document = json.loads(capsys.readouterr().out)
    output.print_table(rows, columns, empty="none")
    table = capsys.readouterr().out.splitlines()

    assert document == {"format": 1, "things": [{"name": "a", "count": 1}, {"name": "b", "count": None}]}
    assert [line.split() for line in table] == [["NAME", "COUNT"], ["a", "1"], ["b", "-"]]


def test_a_row_in_a_pipe_is_one_line_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table([{"text": "word " * 100}], {"text": "TEXT"}, empty="none")

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines == [line.rstrip() for line in lines]


def test_without_rows_a_person_reads_why_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table([], {"name": "NAME"}, empty="Nothing runs.")

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "Nothing runs.\n"


@pytest.mark.parametrize("words", [["--version"], ["-V"], ["version"]])
def test_the_version_is_told_however_it_is_asked_for(words: list[str]) -> None:
    told = CliRunner().invoke(app, words)

    assert (told.exit_code, told.stdout) == (0, version("hatoba") + "\n")


@pytest.mark.parametrize(
    ("words", "choices"),
    [
        (["token", "--wrong", "odd"], get_args(Wrong)),
        (["token", "--use", "odd"], ("id", "access")),
        (["up", "--runtime", "odd"], ("auto", "container", "process")),
        (["cloud", "--port", "70000"], ("65535",)),
    ],
)
def test_a_word_that_cannot_be_is_refused_with_those_that_can(
    words: list[str], choices: tuple[str, ...]
) -> None:
    told = CliRunner().invoke(app, words)

    assert told.exit_code == Exit.USAGE
    assert all(choice in told.stderr for choice in choices)


def test_colours_are_as_the_environment_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    def is_coloured() -> bool:
        return bool(output.stdout().color_system and not output.stdout().no_color)

    for name in ("NO_COLOR", "FORCE_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    assert not is_coloured()  # no terminal reads here
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert is_coloured()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not is_coloured()


def test_no_gateway_workers_are_one_for_each_processor() -> None:
    assert local._workers(0) == os.cpu_count()
    assert local._workers(3) == 3
