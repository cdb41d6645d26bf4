"""docs/coverage.md says what the code does: no operation more, no operation less."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hatoba.cloud.coverage import page, still_cloud
from hatoba.cloud.server.assembly import Cloud
from hatoba.cloud.wire import NotImplementedHere
from hatoba.cloud.wire.models import service_model

PAGE = Path(__file__).parents[3] / "docs" / "coverage.md"
SERVICES = ("apigatewayv2", "cloudformation", "ec2", "ecs", "iam", "logs", "servicediscovery", "sts")


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    cloud = still_cloud()
    yield cloud
    cloud.state.close()


def listed(service: str, title: str) -> set[str]:
    """Read one of a service's two lists from the page."""
    text = PAGE.read_text(encoding="utf-8")
    section = re.split(r"^## ", text.partition(f"(`{service}`)")[2], flags=re.MULTILINE)[0]
    found = re.search(rf"\*\*{title}\*\*: (.*?)\n\n", section, re.DOTALL)
    return set(re.split(r"[\s·]+", found[1])) if found else set()


def test_the_page_is_what_the_code_generates(cloud: Cloud) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(cloud), "docs/coverage.md is old: run `make coverage`"


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_of_the_model_is_listed_once(service: str) -> None:
    works, refused = listed(service, "Works"), listed(service, "Refused")

    assert works
    assert works | refused == set(service_model(service).operation_names)
    assert not works & refused


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_listed_as_refused_is_refused_by_name(service: str, cloud: Cloud) -> None:
    async def refuse_all() -> None:
        for operation in sorted(listed(service, "Refused")):
            call = cloud.call_as(cloud.home, service)
            with pytest.raises(NotImplementedHere, match=f"^NotImplementedException: {service}:{operation} "):
                await cloud.dispatcher(call, service, operation, {})

    asyncio.run(refuse_all())


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_listed_as_working_has_a_function(service: str, cloud: Cloud) -> None:
    assert set(cloud.dispatcher.services[service].names()) == listed(service, "Works")
