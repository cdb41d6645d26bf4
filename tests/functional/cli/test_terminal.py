"""``hatoba up`` on a terminal: log lines, and under them how the services are."""

from __future__ import annotations

from urllib.request import Request, urlopen

from tests.functional.cli.terminal import Terminal
from tests.support.command import Hatoba
from tests.support.waiting import wait_until


def test_a_terminal_shows_logs_and_services_until_ctrl_c(hatoba: Hatoba) -> None:
    with Terminal(hatoba, "up", "--runtime", "process", "--port", "0") as terminal:
        wait_until(lambda: "● 1/1" in terminal.text, within_s=60, what="the table of services")
        url = hatoba.json("status")["outputs"]["apigateway_endpoint"]
        good = {"Authorization": hatoba("token").strip()}

        urlopen(Request(f"{url}/seen-live", headers=good), timeout=60).close()

        wait_until(lambda: "GET /seen-live 200  " in terminal.text, what="the access log's line, worded")
        assert terminal.interrupt() == 0
        wait_until(lambda: "Stopped; its state is kept." in terminal.text, what="the last line")
    assert hatoba.processes() == []
