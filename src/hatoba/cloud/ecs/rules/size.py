"""Task sizes: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html."""

from __future__ import annotations

import re

_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(vcpu|gb|mib)?\s*", re.IGNORECASE)
_UNITS = {"vcpu": 1024, "gb": 1024, "mib": 1, "": 1}


def size_text(member: str, value: str) -> str:
    """Return a size as it is kept: an integer in CPU units or MiB, from ``1 vCPU`` or ``2 GB`` too."""
    found = _SIZE.fullmatch(value)
    if found is None:
        return value
    unit = (found[2] or "").lower()
    if (unit == "vcpu") != (member == "cpu") and unit:
        return value
    return str(int(float(found[1]) * _UNITS[unit]))
