"""Under which names the endpoint answers: names of this machine, and AWS's own that are led here.

A web page can have its own name point at 127.0.0.1 (DNS rebinding) and then speak to the cloud as its own
origin, which no browser stops. The name is the one thing that it cannot forge: it stands in ``Host``.
"""

from __future__ import annotations

import ipaddress
import re

_OURS = frozenset({"localhost", "localhost.localstack.cloud"})
_OURS_UNDER = (
    ".localhost",
    ".localhost.localstack.cloud",
    *(".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".on.aws"),
    *(".docker.internal", ".containers.internal"),
    *(".internal", ".test", ".localdomain", ".home.arpa", ".local"),
)
"""Names that nobody can register and lead elsewhere: reserved ones, AWS's, and those of container engines."""
_PREFIX = re.compile(r"\A(?:data|stream|streaming)-")
"""What botocore puts before the endpoint's name: for Cloud Map's data operations, for streams of Logs."""
_PORT = re.compile(r":\d*\Z")


def is_own_name(host: str) -> bool:
    """Tell whether a ``Host`` header names this machine: by address, by a bare or by a reserved name."""
    name = _PORT.sub("", host.strip()).lower().rstrip(".")
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    bare = _PREFIX.sub("", name)
    if "." not in bare and ":" not in bare:
        return True  # no public name is without a dot
    return bare in _OURS or bare.endswith(_OURS_UNDER) or _is_address(bare)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
