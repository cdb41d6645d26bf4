"""What a person reads of the lines that pass under ``hatoba up``."""

from __future__ import annotations

import pytest

from hatoba.cli.here.live import worded

REQUEST = '{"requestId":"GuxL","httpMethod":"GET","path":"/hello","status":"401","errMsg":"-"}'


def test_a_line_of_an_access_log_is_worded_as_the_request_and_its_status() -> None:
    assert worded(REQUEST) == "GET /hello 401  GuxL"


@pytest.mark.parametrize(
    "message", ["listening on 80", "{not json", "[1]", "7", '{"path":"/hello"}', "GET /hello 401"]
)
def test_any_other_line_is_shown_as_it_was_written(message: str) -> None:
    assert worded(message) == message
