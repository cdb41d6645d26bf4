"""Rules that several resources share: lengths, tags, members of WebSocket APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hatoba.cloud.apigateway.errors import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from urllib.parse import SplitResult

MOST_TAGS = 50
HEADER_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
"""A pattern of what may name a header: https://www.rfc-editor.org/rfc/rfc9110 section 5.1."""
OF_CLOUDFORMATION = "aws:cloudformation:"
"""Reserved too, but CloudFormation sets its tags by the same calls as everyone."""


def check_length(member: str, value: str | None, least: int, most: int) -> None:
    """Refuse a text that is shorter or longer than the service's model says."""
    if value is not None and not least <= len(value) <= most:
        raise bad_request(f"{member} must have {least} to {most} characters; the one given has {len(value)}.")


def check_tags(tags: Mapping[str, str]) -> None:
    """Refuse more tags than a resource may have, and keys that AWS keeps for itself."""
    if len(tags) > MOST_TAGS:
        raise bad_request(f"A resource has at most {MOST_TAGS} tags; {len(tags)} were given.")
    for key, value in tags.items():
        check_length("The key of a tag", key, 1, 128)
        check_length(f"The value of tag {key}", value, 0, 256)
        if key.startswith("aws:") and not key.startswith(OF_CLOUDFORMATION):
            raise bad_request(f"{key}: tag keys that begin with aws: are AWS's own. Choose another key.")


def refuse_members(request: Mapping[str, object], members: Sequence[str], reason: str) -> None:
    """Refuse members that mean something elsewhere but nothing for an HTTP API here.

    False and empty values pass: clients send them for what is not set.
    """
    for member in members:
        if request.get(member):
            raise bad_request(f"{member} cannot be used: {reason}. Leave it out.")


def web_address(url: str) -> SplitResult | None:
    """Return the parts of an ``http://`` or ``https://`` URL that names a host; None for anything else."""
    if not url.isascii() or any(character.isspace() or not character.isprintable() for character in url):
        return None  # urlsplit would leave some of these out, and a request line cannot hold them
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if is_address else None
