"""What a request's story tells, and what it never tells."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace

from hatoba.gateway.memory import Memory
from hatoba.gateway.snapshot import Stage, Throttle
from hatoba.gateway.story import MASKED, masked
from tests.unit.gateway.builders import authorizer, routes, token
from tests.unit.gateway.test_connections import GET, HOST, OK, Bench, post

if TYPE_CHECKING:
    from hatoba.gateway.records import Story

LATER = 99_999_999_999


def last(bench: Bench) -> Story:
    return bench.serving.memory.recall(None, 0.0, 1)[0]


def asked(bench: Bench, target: str = "/", **headers: str) -> Story:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    bench.client.data_received(f"GET {target} HTTP/1.1\r\nHost: a\r\n{lines}\r\n".encode())
    if bench.serving.deadlines:
        bench.backend.data_received(OK)
    return last(bench)


def test_the_story_of_a_request_that_went_well() -> None:
    bench = Bench()
    story = asked(bench, "/pets/1?x=1")
    assert (story.method, story.path, story.status, story.integration_status) == (
        "GET",
        "/pets/1?x=1",
        200,
        200,
    )
    assert (story.api_id, story.stage, story.route_key) == ("abc1234567", "$default", "ANY /{proxy+}")
    assert story.why == (
        "The greedy variable of /{proxy+} takes the rest of the path; no full match is there. "
        "No route of the method itself is there, so ANY takes it."
    )
    assert (story.authorizer, story.failed_claim, story.error) == ("not asked", None, None)
    assert story.instance == "i (127.0.0.1:9)"
    assert story.sent[0] == "GET /pets/1?x=1 HTTP/1.1"
    assert "Host: a" in story.sent
    assert list(story.times_ms) == ["decide", "connect", "integration", "answer", "total"]


def test_times_of_the_steps_add_up() -> None:
    bench = Bench()
    bench.client.data_received(GET)
    bench.loop.now += 0.25
    bench.backend.data_received(OK)
    times = last(bench).times_ms
    assert times["integration"] == 250.0
    assert times["total"] == sum(took for step, took in times.items() if step != "total")


@pytest.mark.parametrize(
    ("changes", "claim", "text"),
    [
        ({"exp": 1}, "exp", "the token has expired"),
        ({"aud": "other"}, "aud", "valid audience"),
        ({"aud": ["other"]}, "aud", "valid audience"),
        ({"iss": "https://other.example"}, "iss", "issuer"),
        ({"nbf": LATER}, "nbf", "not valid yet"),
        ({"iat": LATER}, "iat", "before it was issued"),
    ],
)
def test_the_claim_that_failed_is_named(changes: dict[str, object], claim: str, text: str) -> None:
    bench = Bench(stages=(Stage("$default", routes("$default", jwt=authorizer())),))
    story = asked(bench, authorization=f"Bearer {token(**{'exp': LATER, **changes})}")
    assert (story.status, story.failed_claim) == (401, claim)
    assert story.authorizer.startswith("refused: invalid_token: ")
    assert text in story.authorizer
    assert story.instance is None
    assert story.sent == ()


def test_secrets_are_masked_wherever_they_stand() -> None:
    bench = Bench(stages=(Stage("$default", routes("$default", jwt=authorizer())),))
    good = token(exp=LATER)
    story = asked(
        bench,
        f"/a/{good}?token={good}&next=1&page={good}",
        authorization=f"Bearer {good}",
        cookie="session=geheim",
        x_api_key="geheim",
        x_note=f"see {good}",
        proxy_authorization="Basic Z2VoZWlt",
    )
    text = json.dumps(msgspec.to_builtins(story))
    assert good not in text
    assert good.split(".")[1] not in text
    assert good.split(".")[2] not in text
    assert "geheim" not in text
    assert "Z2VoZWlt" not in text
    assert ("authorization", f"Bearer {MASKED}") in story.headers
    assert story.path == f"/a/{MASKED}?token={MASKED}&next=1&page={MASKED}"
    assert story.authorizer == "admitted"
    assert story.claims["sub"] == "me"


@pytest.mark.parametrize("dot", [".", "%2E", "%2e"])
def test_a_token_under_a_harmless_name_is_masked_however_its_dots_are_written(dot: str) -> None:
    bench = Bench(stages=(Stage("$default", routes("$default", jwt=authorizer("$request.querystring.t"))),))
    story = asked(bench, f"/?t={token(exp=LATER).replace('.', dot)}&u=1")
    assert (story.path, story.authorizer) == (f"/?t={MASKED}&u=1", "admitted")
    assert story.sent[0] == f"GET /?t={MASKED}&u=1 HTTP/1.1"


def test_harmless_values_are_told() -> None:
    assert masked("accept", "text/html") == "text/html"
    assert masked("Authorization", "Digest abc") == f"Digest {MASKED}"
    assert masked("X-Amz-Signature", "abc") == MASKED


def test_why_no_route_took_it() -> None:
    story = asked(Bench("GET /only"), "/other")
    assert (story.status, story.route_key, story.integration_id) == (404, None, None)
    assert story.why == "Stage $default has no route for GET on this path."


def test_a_throttled_request_says_so() -> None:
    route = replace(routes("$default")[0], throttle=Throttle(0, 0))
    story = asked(Bench(stages=(Stage("$default", (route,)),)))
    assert story.status == 429
    assert story.why == "No other route takes it, so $default does. Its throttle was exceeded."


def test_a_client_that_went_away_leaves_a_story_without_status() -> None:
    bench = Bench()
    bench.client.data_received(GET)
    bench.client.connection_lost(None)
    assert (last(bench).status, last(bench).instance) == (None, "i (127.0.0.1:9)")


def test_bodies_are_counted_and_not_kept() -> None:
    bench = Bench()
    body = b"name=geheim" * 100
    bench.client.data_received(post(body))
    bench.backend.data_received(OK)
    story = last(bench)
    assert (story.body_bytes, story.sent_body_bytes, story.response_bytes) == (len(body), len(body), 2)
    kept = bench.serving.memory.kept[-1]
    assert kept.request.body == b""
    assert kept.sending is not None
    assert b"geheim" not in kept.sending.data


def test_the_last_requests_are_remembered_and_no_more() -> None:
    bench = Bench()
    bench.serving.memory = Memory(3)
    ids = [asked(bench, f"/{number}").request_id for number in range(5)]
    memory = bench.serving.memory
    assert [each.path for each in memory.recall(None, 0.0, 10)] == ["/2", "/3", "/4"]
    assert [each.path for each in memory.recall(None, 0.0, 2)] == ["/3", "/4"]
    assert [each.path for each in memory.recall(ids[3], 0.0, 10)] == ["/3"]
    assert memory.recall(ids[0], 0.0, 10) == ()
    assert memory.recall(None, memory.kept[-1].ended_at, 10) == ()


def test_a_request_for_no_api_says_which_host_it_named() -> None:
    bench = Bench(by_host=True)
    bench.client.data_received(b"GET / HTTP/1.1\r\n" + HOST)
    assert last(bench).why == "No API and no custom domain name answers to Host a here."
