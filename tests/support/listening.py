"""A listener that remembers what a runtime told it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.request import urlopen


@dataclass
class Heard:
    """What was told, in order: ``("line", container, text)`` or ``("exited", container, exit code)``."""

    told: list[tuple[str, str, object]] = field(default_factory=list)
    reasons: dict[str, str | None] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)

    def output(self, task_id: str, container: str, lines: list[tuple[float, str]]) -> None:
        del task_id
        self.times += [at for at, _ in lines]
        self.told += [("line", container, text) for _, text in lines]

    def exited(self, task_id: str, container: str, exit_code: int | None, reason: str | None) -> None:
        del task_id
        self.told.append(("exited", container, exit_code))
        self.reasons[container] = reason

    def lines(self, container: str = "app") -> list[object]:
        return [text for kind, name, text in self.told if kind == "line" and name == container]

    def exits(self, container: str = "app") -> list[object]:
        return [code for kind, name, code in self.told if kind == "exited" and name == container]


def asked(url: str) -> str:
    """Return the body that a URL answers, empty while nobody answers."""
    try:
        with urlopen(url, timeout=2) as answer:
            text: str = answer.read().decode()
            return text
    except OSError:
        return ""
