"""Where a template's text comes from: the request, S3, or the stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from hatoba.cloud.cloudformation.errors import Invalid
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.wire import Call
    from hatoba.cloud.world import World

LONGEST_BODY = 51_200
LONGEST_OBJECT = 1_000_000
_PATH_STYLE = re.compile(r"s3[.-]?(?:[a-z0-9-]+\.)*amazonaws\.com(?:\.cn)?")
_HOST_STYLE = re.compile(r"(?P<bucket>[a-z0-9.-]+)\.s3[.-]?(?:[a-z0-9-]+\.)*amazonaws\.com(?:\.cn)?")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "host.docker.internal"})


async def template_text(world: World, call: Call, request: Mapping[str, Any], previous: str | None) -> str:
    """Return the text that a request means.

    Args:
        world: To ask S3.
        call: The request's call.
        request: With TemplateBody, TemplateURL or UsePreviousTemplate.
        previous: The stack's template, if it has one.

    Raises:
        Invalid: None or several are given, or the text is too long or cannot be had.
    """
    body, url = request.get("TemplateBody"), request.get("TemplateURL")
    if request.get("UsePreviousTemplate"):
        if body or url or previous is None:
            raise Invalid("You must specify either UsePreviousTemplate or a template, but not both.")
        return previous
    if body and url:
        raise Invalid("Only one of TemplateBody or TemplateURL must be specified.")
    if url:
        return await _from_s3(world, call, str(url))
    if not body:
        raise Invalid("Either Template URL or Template Body must be specified.")
    if len(body.encode()) > LONGEST_BODY:
        raise Invalid(
            f"1 validation error detected: Value '{body[:100]}…' at 'templateBody' failed to satisfy"
            f" constraint: Member must have length less than or equal to {LONGEST_BODY}"
        )
    return str(body)


def locate(url: str, endpoint: str) -> tuple[str, str]:
    """Return bucket and key of a template's URL: path style, virtual hosts, or at a local endpoint.

    Raises:
        Invalid: With AWS's text, where the URL is none of these.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme == "s3":
        raise Invalid(f"S3 error: Domain name specified in {host} is not a valid S3 domain")
    bucket, _, key = parts.path.lstrip("/").partition("/")
    virtual = _HOST_STYLE.fullmatch(host)
    if parts.scheme == "https" and virtual:
        bucket, key = virtual["bucket"], parts.path.lstrip("/")
    elif not (
        (parts.scheme == "https" and _PATH_STYLE.fullmatch(host))
        or host in _LOOPBACK
        or parts.netloc == urlsplit(endpoint).netloc
    ):
        raise Invalid("TemplateURL must be a supported URL.")
    if not bucket or not key:
        raise Invalid("TemplateURL must be a supported URL.")
    return bucket, unquote(key)


async def _from_s3(world: World, call: Call, url: str) -> str:
    return await object_text(world, call, *locate(url, call.endpoint))


async def object_text(world: World, call: Call, bucket: str, key: str) -> str:
    """Return the text of an object of S3, of a template's length at the most.

    Raises:
        Invalid: There is none, or it is too long.
    """
    try:
        answer = await world.invoke(call, "s3", "GetObject", {"Bucket": bucket, "Key": key})
    except ServiceError as error:
        raise Invalid(f"S3 error: {error.message}") from error
    body = answer.get("Body", b"")
    content = body if isinstance(body, bytes) else body.read()
    if len(content) > LONGEST_OBJECT:
        raise Invalid(f"Template may not exceed {LONGEST_OBJECT} bytes in size.")
    return str(content.decode())
