"""What holds for any system: it comes up, and every service runs its tasks."""

import json
from collections.abc import Callable

Hatoba = Callable[..., str]


def test_every_service_runs_its_tasks(system: Hatoba) -> None:
    services = json.loads(system("ps", "--json"))["services"]

    assert services
    assert all(service["running"] == service["desired"] for service in services)
