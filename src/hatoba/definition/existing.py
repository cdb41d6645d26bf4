"""What stands already, outside the system: named once, then used like the system's own.

Nothing here is created, changed or deleted. Names may be inputs, so that each environment has its own.
"""

from __future__ import annotations

from hatoba.definition.construct import Existing, construct
from hatoba.definition.values import ACCOUNT, PARTITION, REGION, Attribute, Joined, Text


def _arn(service: str, resource: Text) -> Joined:
    return "arn:" + PARTITION + f":{service}:" + REGION + ":" + ACCOUNT + ":" + resource


@construct
class Table(Existing):
    """A DynamoDB table in the same account and region, by its name."""

    name: Text

    @property
    def arn(self) -> Attribute:
        """Its ARN, for permissions."""
        return Attribute(self, "arn")

    @property
    def indexes_arn(self) -> Attribute:
        """All of its indexes: a query of an index needs a permission of its own."""
        return Attribute(self, "indexes_arn")

    def written(self, attribute: str) -> Text:
        """An attribute as text."""
        arn = _arn("dynamodb", "table/" + self.name)
        return arn + "/index/*" if attribute == "indexes_arn" else arn


@construct
class Bucket(Existing):
    """An S3 bucket, by its name."""

    name: Text

    @property
    def arn(self) -> Attribute:
        """Its ARN, for permissions on the bucket itself, such as ``s3:ListBucket``."""
        return Attribute(self, "arn")

    @property
    def objects_arn(self) -> Attribute:
        """All objects in it, for ``s3:GetObject`` and the like."""
        return Attribute(self, "objects_arn")

    def written(self, attribute: str) -> Text:
        """An attribute as text."""
        arn = "arn:" + PARTITION + ":s3:::" + self.name
        return arn + "/*" if attribute == "objects_arn" else arn


@construct
class Parameter(Existing):
    """A parameter of Systems Manager in the same account and region, by its name: ``/shop/key``."""

    name: Text

    @property
    def arn(self) -> Attribute:
        """Its ARN: what a container's ``secrets`` and permissions take."""
        return Attribute(self, "arn")

    def written(self, attribute: str) -> Text:
        """An attribute as text."""
        del attribute
        if isinstance(self.name, str):
            return _arn("ssm", "parameter/" + self.name.removeprefix("/"))
        # A name that is not known yet is taken as a path, which starts with a slash.
        return _arn("ssm", "parameter" + self.name)


@construct
class Secret(Existing):
    """A secret of Secrets Manager, by its whole ARN, which ends in six characters of its own.

    ``key`` takes one member of a secret that is a JSON object.
    """

    arn: Text
    key: str | None = None

    @property
    def value_from(self) -> Attribute:
        """What a container's ``secrets`` take."""
        return Attribute(self, "value_from")

    def written(self, attribute: str) -> Text:
        """An attribute as text."""
        del attribute
        return self.arn if self.key is None else self.arn + f":{self.key}::"


@construct
class UserPool(Existing):
    """A Cognito user pool in the same region, by its id: ``ap-northeast-1_Abc123``."""

    id: Text

    @property
    def issuer(self) -> Attribute:
        """The issuer of its tokens, for ``apigateway.JwtAuthorizer``."""
        return Attribute(self, "issuer")

    def written(self, attribute: str) -> Text:
        """An attribute as text."""
        del attribute
        return "https://cognito-idp." + REGION + ".amazonaws.com/" + self.id
