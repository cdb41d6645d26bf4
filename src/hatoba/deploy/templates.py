"""How a template reaches CloudFormation: with the call, or by S3 where it is too large for that.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, TypedDict

from hatoba.definition.environments import LOCAL_BUCKET
from hatoba.deploy.connect import told

if TYPE_CHECKING:
    from hatoba.deploy.connect import Connection

BODY_LIMIT = 51_200
"""Bytes that CloudFormation takes with a call."""

OBJECT_LIMIT = 1_000_000
"""Bytes that it takes from S3."""


class Sent(TypedDict, total=False):
    """The argument of a call: one of the two."""

    TemplateBody: str
    TemplateURL: str


def limit(bucket: str | None) -> int:
    """How large a template may be, with a bucket or without."""
    return BODY_LIMIT if bucket is None else OBJECT_LIMIT


def sent(connection: Connection, stack: str, template: str) -> Sent:
    """The argument of a call that takes a template; a large one is uploaded first.

    Raises:
        CallFailed: S3 does not take it.
    """
    body = template.encode()
    if len(body) <= BODY_LIMIT or connection.bucket is None:
        return {"TemplateBody": template}
    s3 = connection.client("s3")
    # The same template has the same name: uploading it again changes nothing.
    key = f"{stack}/{hashlib.sha256(body).hexdigest()}.json"
    with told():
        if connection.bucket == LOCAL_BUCKET:
            _make_local_bucket(s3)
        s3.put_object(Bucket=connection.bucket, Key=key, Body=body, ContentType="application/json")
    return {"TemplateURL": f"{s3.meta.endpoint_url}/{connection.bucket}/{key}"}


def _make_local_bucket(s3: Any) -> None:
    """Make the local cloud's bucket, unless it stands."""
    if LOCAL_BUCKET in {each["Name"] for each in s3.list_buckets()["Buckets"]}:
        return
    where = {"LocationConstraint": s3.meta.region_name}
    is_first_region = s3.meta.region_name == "us-east-1"
    s3.create_bucket(Bucket=LOCAL_BUCKET, **({} if is_first_region else {"CreateBucketConfiguration": where}))
