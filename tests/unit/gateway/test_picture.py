"""A picture is built for each API by itself: one that is broken stays as it was, the others change."""

from __future__ import annotations

import pytest

from hatoba.gateway.picture import compile_picture
from hatoba.gateway.served import Picture
from hatoba.gateway.snapshot import Api, Cors, Integration, Route, Snapshot, Stage

ROUTES = (Route("r", "GET /", Integration("i", url="http://b.example/")),)
BROKEN = Cors((), (), ("波",), allow_credentials=False)  # no header can name it; API Gateway refuses it


def api(name: str, port: int, cors: Cors | None = None, stage: str = "$default") -> Api:
    return Api(name, "0", "r", port, (f"{name}.Example",), (Stage(stage, ROUTES, cors),))


def picture_of(version: int, *apis: Api, before: Picture | None = None) -> Picture:
    return compile_picture(Snapshot(version, "127.0.0.1", 0, apis, {}), before or Picture(), 0.0)


def test_an_api_that_cannot_be_compiled_is_served_as_before_and_the_others_change(
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = picture_of(1, api("a", 4601), api("b", 4602))

    after = picture_of(2, api("a", 4601, BROKEN), api("b", 4602, stage="dev"), before=before)

    assert after.by_port[4601] is before.by_port[4601]
    assert after.by_host["a.example"] is before.by_host["a.example"]
    assert after.by_port[4602] is not before.by_port[4602]
    assert "API a cannot be compiled" in caplog.text


def test_an_api_that_never_could_be_compiled_is_not_served() -> None:
    picture = picture_of(1, api("a", 4601, BROKEN), api("b", 4602))

    assert sorted(picture.by_port) == [4602]
    assert sorted(picture.by_host) == ["b.example"]
