"""AWS's rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from hatoba.definition.construct import Construct
from hatoba.definition.faults import Finding
from hatoba.definition.known import Known

Rule = Callable[[Any, Known], Iterable[Finding]]

RULES: tuple[tuple[type[Construct], Rule], ...] = ()
