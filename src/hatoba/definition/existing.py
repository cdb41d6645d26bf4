"""What stands already, outside the system: named once, then used like the system's own.

Nothing here is created, changed or deleted. Names may be inputs, so that each environment has its own.
"""

from __future__ import annotations

from hatoba.definition.construct import Construct, construct
from hatoba.definition.values import ACCOUNT, PARTITION, REGION, Joined, Text


def _arn(service: str, resource: Text) -> Joined:
    return "arn:" + PARTITION + f":{service}:" + REGION + ":" + ACCOUNT + ":" + resource


@construct
class Table(Construct):
    """A DynamoDB table in the same account and region, by its name."""

    name: Text

    @property
    def arn(self) -> Joined:
        """Its ARN, for permissions."""
        return _arn("dynamodb", "table/" + self.name)

    @property
    def indexes_arn(self) -> Joined:
        """All of its indexes: a query of an index needs a permission of its own."""
        return self.arn + "/index/*"


@construct
class Bucket(Construct):
    """An S3 bucket, by its name."""

    name: Text

    @property
    def arn(self) -> Joined:
        """Its ARN, for permissions on the bucket itself, such as ``s3:ListBucket``."""
        return "arn:" + PARTITION + ":s3:::" + self.name

    @property
    def objects_arn(self) -> Joined:
        """All objects in it, for ``s3:GetObject`` and the like."""
        return self.arn + "/*"


@construct
class Parameter(Construct):
    """A parameter of Systems Manager in the same account and region, by its name: ``/shop/key``."""

    name: Text

    @property
    def arn(self) -> Joined:
        """Its ARN: what a container's ``secrets`` and permissions take."""
        if isinstance(self.name, str):
            return _arn("ssm", "parameter/" + self.name.removeprefix("/"))
        # A name that is not known yet is taken as a path, which starts with a slash.
        return _arn("ssm", "parameter" + self.name)


@construct
class Secret(Construct):
    """A secret of Secrets Manager, by its whole ARN, which ends in six characters of its own.

    ``key`` takes one member of a secret that is a JSON object.
    """

    arn: Text
    key: str | None = None

    @property
    def value_from(self) -> Text:
        """What a container's ``secrets`` take."""
        return self.arn if self.key is None else self.arn + f":{self.key}::"


@construct
class UserPool(Construct):
    """A Cognito user pool in the same region, by its id: ``ap-northeast-1_Abc123``."""

    id: Text

    @property
    def issuer(self) -> Joined:
        """The issuer of its tokens, for ``apigateway.JwtAuthorizer``."""
        return "https://cognito-idp." + REGION + ".amazonaws.com/" + self.id
