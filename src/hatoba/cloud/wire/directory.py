"""What tells our services apart in a request that did not say: names, prefixes and versions.

A table, because reading it from the models would load all of them before the first answer;
a test compares it with the models.
"""

from __future__ import annotations

import msgspec


class Listing(msgspec.Struct, frozen=True):
    """One service as requests name it.

    Attributes:
        service: botocore's name.
        signing_name: As in the credential scope of SigV4.
        protocols: botocore's names of the protocols it speaks, the oldest one first.
        target: The prefix of ``X-Amz-Target``, and the service's name in Smithy RPC paths.
        versions: Values of Query's ``Version``.
        invalid: The code it gives for parameters that do not fit.
    """

    service: str
    signing_name: str
    protocols: tuple[str, ...]
    invalid: str
    target: str = ""
    versions: tuple[str, ...] = ()


LISTINGS = (
    Listing(
        "ecs", "ecs", ("json",), "InvalidParameterException", target="AmazonEC2ContainerServiceV20141113"
    ),
    Listing(
        "servicediscovery",
        "servicediscovery",
        ("json", "smithy-rpc-v2-cbor"),
        "InvalidInput",
        target="Route53AutoNaming_v20170314",
    ),
    Listing("logs", "logs", ("json",), "InvalidParameterException", target="Logs_20140328"),
    Listing("apigatewayv2", "apigateway", ("rest-json",), "BadRequestException"),
    Listing("cloudformation", "cloudformation", ("query",), "ValidationError", versions=("2010-05-15",)),
    Listing("iam", "iam", ("query",), "ValidationError", versions=("2010-05-08",)),
    Listing("sts", "sts", ("query",), "ValidationError", versions=("2011-06-15",)),
    Listing("ec2", "ec2", ("ec2",), "InvalidParameterValue", versions=("2016-11-15",)),
    Listing("elbv2", "elasticloadbalancing", ("query",), "ValidationError", versions=("2015-12-01",)),
)

BY_SERVICE = {listing.service: listing for listing in LISTINGS}
BY_TARGET = {listing.target: listing for listing in LISTINGS if listing.target}
BY_VERSION = {version: listing for listing in LISTINGS for version in listing.versions}
BY_SIGNING_NAME = {listing.signing_name: listing for listing in LISTINGS}
