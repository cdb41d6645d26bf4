"""CloudWatch Logs' filter pattern language, as pure code.

::

    ERROR -"timed out"                      terms          text
    { $.status = 4* && $.path != "/" }      JSON events    json_events ─┐
    [ip, ..., status >= 400, bytes]         fields         delimited ───┴─ expression ─ condition

:func:`compile_pattern` reads a pattern once; :meth:`Pattern.matches` is then asked for each message.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

from typing import Protocol

from hatoba.cloud.logs.pattern.condition import BadPattern
from hatoba.cloud.logs.pattern.delimited import DelimitedPattern
from hatoba.cloud.logs.pattern.json_events import JsonPattern
from hatoba.cloud.logs.pattern.text import TextPattern

__all__ = ["BadPattern", "Pattern", "compile_pattern"]


class Pattern(Protocol):
    """A filter pattern, ready to be asked."""

    def matches(self, message: str) -> bool:
        """Say whether an event's message matches."""

    def extracted(self, message: str) -> dict[str, str]:
        """Return the fields that a matching message gives; empty but for space-delimited patterns."""


def compile_pattern(pattern: str) -> Pattern:
    """Return the pattern, ready to be asked.

    Raises:
        BadPattern: With what is wrong and where.
    """
    pattern = pattern.strip()
    if pattern.startswith("{"):
        return JsonPattern(_inside(pattern, "}"))
    if pattern.startswith("["):
        return DelimitedPattern(_inside(pattern, "]"))
    return TextPattern(pattern)


def _inside(pattern: str, end: str) -> str:
    if not pattern.endswith(end):
        raise BadPattern(f"it begins with {pattern[0]} and does not end with {end}")
    return pattern[1:-1]
