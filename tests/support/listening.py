"""A listener that remembers what a runtime told it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Heard:
    """What was told, in order: ``("line", container, text)`` or ``("exited", container, exit code)``."""

    told: list[tuple[str, str, object]] = field(default_factory=list)
    reasons: dict[str, str | None] = field(default_factory=dict)

    def output(self, task_id: str, container: str, lines: list[tuple[float, str]]) -> None:
        self.told += [("line", container, text) for _, text in lines]

    def exited(self, task_id: str, container: str, exit_code: int | None, reason: str | None) -> None:
        self.told.append(("exited", container, exit_code))
        self.reasons[container] = reason

    def lines(self, container: str = "app") -> list[object]:
        return [text for kind, name, text in self.told if kind == "line" and name == container]

    def exits(self, container: str = "app") -> list[object]:
        return [code for kind, name, code in self.told if kind == "exited" and name == container]
