"""Token buckets, the journal, answers, messages: the small rules."""

from __future__ import annotations

import base64
import re

import pytest

from hatoba.gateway.answers import Answer, http_date, refuse, response_type, write
from hatoba.gateway.budget import Budget
from hatoba.gateway.ids import AT_ONCE, Ids
from hatoba.gateway.journal import Journal
from hatoba.gateway.messages import Frames, Serve, Taken, decode_to_gateway, frame
from hatoba.gateway.records import AccessLogLine
from hatoba.gateway.snapshot import Throttle
from hatoba.gateway.throttle import Bucket
from tests.unit.gateway.builders import NOW, routes, snapshot, stage


def taken(bucket: Bucket, at: float, count: int) -> int:
    return sum(bucket.take(at) for _ in range(count))


def test_a_bucket_gives_its_burst_at_once_and_its_rate_after() -> None:
    bucket = Bucket(Throttle(rate=10, burst=5), 0.0)
    assert taken(bucket, 0.0, 9) == 5
    assert taken(bucket, 0.05, 9) == 0
    assert taken(bucket, 0.25, 9) == 2
    assert taken(bucket, 100.0, 9) == 5


@pytest.mark.parametrize("limits", [Throttle(0, 0), Throttle(100, 0), Throttle(0.5, 0)])
def test_without_burst_everything_is_throttled(limits: Throttle) -> None:
    assert taken(Bucket(limits, 0.0), 1000.0, 3) == 0


def test_a_clock_that_goes_back_gives_nothing() -> None:
    bucket = Bucket(Throttle(1, 1), 10.0)
    assert taken(bucket, 10.0, 1) == 1
    assert taken(bucket, 5.0, 1) == 0


def line(number: int = 0) -> AccessLogLine:
    return AccessLogLine("arn", "abc", "$default", NOW, f"line {number}")


def test_a_batch_is_kept_until_it_is_confirmed() -> None:
    journal = Journal()
    journal.add(line(1))
    batch = journal.next_batch()
    assert batch is not None
    journal.add(line(2))
    assert journal.next_batch() is None
    assert journal.unconfirmed() == batch
    journal.confirm(batch.number + 7)
    assert not journal.is_empty
    journal.confirm(batch.number)
    second = journal.next_batch()
    assert second is not None
    assert [each.line for each in second.lines] == ["line 2"]
    journal.confirm(second.number)
    assert journal.is_empty


def test_a_full_journal_drops_the_oldest_lines_and_counts_them() -> None:
    journal = Journal(most_lines=3)
    for number in range(10):
        journal.add(line(number))
    batch = journal.next_batch()
    assert batch is not None
    assert [each.line for each in batch.lines] == ["line 7", "line 8", "line 9"]
    assert batch.dropped == 7


def test_the_journal_is_bounded_in_size_too() -> None:
    journal = Journal(most_characters=20)
    for number in range(10):
        journal.add(line(number))
    batch = journal.next_batch()
    assert batch is not None
    assert (len(batch.lines), batch.dropped) == (3, 7)


def test_the_first_line_that_waits_wakes_the_link_once() -> None:
    woken: list[int] = []
    journal = Journal()
    journal.on_waiting = lambda: woken.append(1)
    journal.add(line())
    journal.add(line())
    assert woken == [1]


def test_the_budget_is_a_limit() -> None:
    budget = Budget(10)
    assert budget.take(10)
    assert not budget.take(1)
    budget.give_back(4)
    assert budget.take(4)


def written(answer: Answer, *, head: bool = False, keep_alive: bool = True) -> bytes:
    return write(answer, "id=", 784_111_777.0, head=head, keep_alive=keep_alive)


def test_an_error_is_written_as_api_gateway_writes_it() -> None:
    assert written(refuse(404)) == (
        b"HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        b"Content-Type: application/json\r\nContent-Length: 23\r\nConnection: keep-alive\r\n"
        b'apigw-requestid: id=\r\n\r\n{"message":"Not Found"}'
    )


@pytest.mark.parametrize(
    ("status", "length", "message"),
    [
        (401, 26, "Unauthorized"),
        (403, 23, "Forbidden"),
        (404, 23, "Not Found"),
        (413, 38, "Request Entity Too Large"),
        (429, 31, "Too Many Requests"),
        (500, 35, "Internal Server Error"),
        (503, 33, "Service Unavailable"),
    ],
)
def test_error_bodies_have_the_observed_texts_and_lengths(status: int, length: int, message: str) -> None:
    answer = refuse(status)
    assert answer.body.decode() == f'{{"message":"{message}"}}'
    assert len(answer.body) == length


def test_head_gets_the_length_without_the_body() -> None:
    assert b"Content-Length: 23\r\n" in written(refuse(404), head=True)
    assert written(refuse(404), head=True).endswith(b"\r\n\r\n")
    assert b"Content-Length: 7\r\n" in written(Answer(200, length=b"7"), head=True)
    assert b"Content-Length" not in written(Answer(200), head=True)


@pytest.mark.parametrize("status", [204, 304])
def test_what_has_no_body_gets_none(status: int) -> None:
    data = written(Answer(status, body=b"xx"))
    assert b"Content-Length" not in data
    assert data.endswith(b"\r\n\r\n")


def test_a_closing_connection_says_so() -> None:
    assert b"Connection: close\r\n" in written(refuse(400), keep_alive=False)


def test_an_unknown_status_has_no_phrase() -> None:
    assert written(Answer(599)).startswith(b"HTTP/1.1 599 \r\n")


def test_response_types() -> None:
    assert [response_type(each) for each in (401, 404, 503, 502)] == [
        "UNAUTHORIZED",
        "DEFAULT_4XX",
        "INTEGRATION_FAILURE",
        "DEFAULT_5XX",
    ]


def test_dates_are_english_in_every_locale() -> None:
    assert http_date(784_111_777) == b"Sun, 06 Nov 1994 08:49:37 GMT"


def test_request_ids_look_like_api_gateways_and_differ() -> None:
    ids = Ids()
    made = {ids.request() for _ in range(3 * AT_ONCE)}
    assert len(made) == 3 * AT_ONCE
    assert all(len(each) == 16 and each.endswith("=") for each in made)
    assert all(len(base64.urlsafe_b64decode(each)) == 11 for each in made)
    assert not any(each.startswith("-") for each in made), "a command takes it for an option"


def test_traces_look_like_x_rays_and_differ() -> None:
    ids = Ids()
    made = {ids.trace(784_111_777.9) for _ in range(3 * AT_ONCE)}
    assert len(made) == 3 * AT_ONCE
    assert all(re.fullmatch(rb"1-2ebc98a1-[0-9a-f]{24}", each) for each in made)


def test_messages_survive_any_cutting() -> None:
    message = Serve(snapshot(stage("GET /{proxy+}")))
    data = frame(message) + frame(Taken(7))
    frames = Frames()
    bodies = [body for at in range(len(data)) for body in frames.feed(data[at : at + 1])]
    assert [decode_to_gateway(each) for each in bodies] == [message, Taken(7)]
    assert len(Frames().feed(data)) == 2


def test_a_length_beyond_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="a message of"):
        Frames().feed(b"\xff\xff\xff\xff")


def test_routes_come_back_from_json_as_they_went() -> None:
    sent = Serve(snapshot(stage(*(each.route_key for each in routes("$default", "ANY /{p+}")))))
    assert decode_to_gateway(frame(sent)[4:]) == sent
