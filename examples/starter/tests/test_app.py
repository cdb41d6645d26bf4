"""The service as its callers see it: through the API, with and without a token."""

import json
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

Hatoba = Callable[..., str]


def ask(url: str, token: str = "") -> Any:
    request = Request(url, headers={"Authorization": token} if token else {})  # noqa: S310 - our own API
    with urlopen(request, timeout=10) as answer:  # noqa: S310 - our own API
        return json.load(answer)


def test_health_needs_no_token(outputs: dict[str, str]) -> None:
    assert ask(f"{outputs['url']}/health") == {"status": "well"}


def test_everything_else_needs_one(system: Hatoba, outputs: dict[str, str]) -> None:
    assert ask(f"{outputs['url']}/world", system("token").strip()) == {"hello": "/world"}
    with pytest.raises(HTTPError, match="401") as refused:
        ask(f"{outputs['url']}/world")
    refused.value.close()
