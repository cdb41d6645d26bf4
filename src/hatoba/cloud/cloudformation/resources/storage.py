"""What CDK's bootstrap stack is made of beside roles: a bucket, its policy, a repository, a parameter.

These services are neighbours; the handlers know only their API.
https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.errors import PropertyFault
from hatoba.cloud.cloudformation.resources import tags
from hatoba.cloud.cloudformation.resources.base import Base
from hatoba.cloud.cloudformation.resources.convert import document, scalar, to_params
from hatoba.cloud.cloudformation.resources.protocol import Schema, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

NO_BUCKET = words("NoSuchBucket 404 NoSuchBucketPolicy")
CLASSIC_REGION = "us-east-1"


class Bucket(Base):
    """An S3 bucket with versioning, encryption, public access block, ownership and simple life cycles."""

    schema = Schema(
        "AWS::S3::Bucket",
        properties=words(
            "AccessControl BucketEncryption BucketName LifecycleConfiguration OwnershipControls"
            " PublicAccessBlockConfiguration Tags VersioningConfiguration"
        ),
        create_only=words("BucketName"),
        attributes=words("Arn DomainName DualStackDomainName RegionalDomainName WebsiteURL"),
        tags="list",
        refused=words(
            "AbacStatus AccelerateConfiguration AnalyticsConfigurations BucketNamePrefix BucketNamespace"
            " CorsConfiguration IntelligentTieringConfigurations InventoryConfigurations LoggingConfiguration"
            " MetadataConfiguration MetadataTableConfiguration MetricsConfigurations"
            " NotificationConfiguration ObjectLockConfiguration ObjectLockEnabled ReplicationConfiguration"
            " WebsiteConfiguration"
        ),
    )
    service = "s3"

    def check(self, properties: Properties) -> None:
        """Check what will be put on the bucket."""
        _encryption(properties)
        _lifecycle(properties)

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it; its name is in lower case where CloudFormation chooses it."""
        name = str(properties.get("BucketName") or context.new_name(63).lower())
        params: dict[str, Any] = {"Bucket": name}
        if context.scope.region != CLASSIC_REGION:
            params["CreateBucketConfiguration"] = {"LocationConstraint": context.scope.region}
        await self.call(context, "CreateBucket", **params)
        return name

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Put its configuration on it."""
        for operation, member, value in (
            ("PutBucketVersioning", "VersioningConfiguration", properties.get("VersioningConfiguration")),
            ("PutBucketEncryption", "ServerSideEncryptionConfiguration", _encryption(properties)),
            ("PutBucketLifecycleConfiguration", "LifecycleConfiguration", _lifecycle(properties)),
            ("PutBucketOwnershipControls", "OwnershipControls", properties.get("OwnershipControls")),
        ):
            if value is not None:
                await self.call(context, operation, **{"Bucket": physical_id, member: value})
        if "PublicAccessBlockConfiguration" in properties:
            block = {"PublicAccessBlockConfiguration": properties["PublicAccessBlockConfiguration"]}
            params = to_params("s3", "PutPublicAccessBlock", block)
            await self.call(context, "PutPublicAccessBlock", Bucket=physical_id, **params)
        await self._tag(context, physical_id)

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Take away what is no longer wanted; settling puts the rest."""
        for name, operation in (
            ("BucketEncryption", "DeleteBucketEncryption"),
            ("LifecycleConfiguration", "DeleteBucketLifecycle"),
            ("OwnershipControls", "DeleteBucketOwnershipControls"),
            ("PublicAccessBlockConfiguration", "DeletePublicAccessBlock"),
        ):
            if name in old and name not in new:
                await self.call(context, operation, Bucket=physical_id)

    async def retag(
        self, context: Context, physical_id: str, properties: Properties, old: Mapping[str, str]
    ) -> None:
        """Put all tags again."""
        await self._tag(context, physical_id)

    async def _tag(self, context: Context, name: str) -> None:
        if own := self.tags(context):
            await self.call(context, "PutBucketTagging", Bucket=name, Tagging={"TagSet": tags.listed(own)})

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it, if it is empty."""
        await self.call_unless(NO_BUCKET, context, "DeleteBucket", Bucket=physical_id)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN and host names."""
        region = context.scope.region
        return {
            "Arn": f"arn:aws:s3:::{physical_id}",
            "DomainName": f"{physical_id}.s3.amazonaws.com",
            "DualStackDomainName": f"{physical_id}.s3.dualstack.{region}.amazonaws.com",
            "RegionalDomainName": f"{physical_id}.s3.{region}.amazonaws.com",
            "WebsiteURL": f"http://{physical_id}.s3-website-{region}.amazonaws.com",
        }


def _encryption(properties: Properties) -> dict[str, Any] | None:
    """Return BucketEncryption in the API's words."""
    if "BucketEncryption" not in properties:
        return None
    rules: list[dict[str, Any]] = []
    for rule in properties["BucketEncryption"].get("ServerSideEncryptionConfiguration") or ():
        written: dict[str, Any] = {}
        if "ServerSideEncryptionByDefault" in rule:
            written["ApplyServerSideEncryptionByDefault"] = rule["ServerSideEncryptionByDefault"]
        if "BucketKeyEnabled" in rule:
            written["BucketKeyEnabled"] = scalar("boolean", rule["BucketKeyEnabled"], "#/BucketEncryption")
        rules.append(written)
    return {"Rules": rules}


def _lifecycle(properties: Properties) -> dict[str, Any] | None:
    """Return LifecycleConfiguration in the API's words.

    Raises:
        PropertyFault: A rule says what is not implemented.
    """
    if "LifecycleConfiguration" not in properties:
        return None
    rules: list[dict[str, Any]] = []
    for index, rule in enumerate(properties["LifecycleConfiguration"].get("Rules") or ()):
        where = f"#/LifecycleConfiguration/Rules/{index}"
        written: dict[str, Any] = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
        for name, value in rule.items():
            if name in {"Status", "Prefix"}:
                continue
            if name not in _RULES:
                raise PropertyFault(where, f"key [{name}] is not implemented by hatoba's local cloud")
            member, inner = _RULES[name]
            written[member] = value if inner is None else {inner: _days(value, inner, f"{where}/{name}")}
        rules.append(written)
    return {"Rules": rules}


_RULES = {
    "Id": ("ID", None),
    "ExpirationInDays": ("Expiration", "Days"),
    "NoncurrentVersionExpirationInDays": ("NoncurrentVersionExpiration", "NoncurrentDays"),
    "NoncurrentVersionExpiration": ("NoncurrentVersionExpiration", "NoncurrentDays"),
    "AbortIncompleteMultipartUpload": ("AbortIncompleteMultipartUpload", "DaysAfterInitiation"),
}


def _days(value: Any, inner: str, where: str) -> Any:
    return scalar("integer", value.get(inner) if isinstance(value, dict) else value, where)


class BucketPolicy(Base):
    """A bucket's policy."""

    schema = Schema(
        "AWS::S3::BucketPolicy",
        properties=words("Bucket PolicyDocument"),
        required=words("Bucket PolicyDocument"),
        create_only=words("Bucket"),
    )
    service = "s3"

    def check(self, properties: Properties) -> None:
        """Check the form of the document."""
        document(properties["PolicyDocument"], "#/PolicyDocument")

    async def create(self, context: Context, properties: Properties) -> str:
        """Put it."""
        await self._put(context, properties)
        return str(properties["Bucket"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Put it again."""
        await self._put(context, new)

    async def _put(self, context: Context, properties: Properties) -> None:
        text = document(properties["PolicyDocument"], "#/PolicyDocument")
        await self.call(context, "PutBucketPolicy", Bucket=properties["Bucket"], Policy=text)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        await self.call_unless(NO_BUCKET, context, "DeleteBucketPolicy", Bucket=physical_id)


class Repository(Base):
    """An ECR repository."""

    schema = Schema(
        "AWS::ECR::Repository",
        properties=words(
            "EmptyOnDelete EncryptionConfiguration ImageScanningConfiguration ImageTagMutability"
            " LifecyclePolicy RepositoryName RepositoryPolicyText Tags"
        ),
        create_only=words("EncryptionConfiguration RepositoryName"),
        attributes=words("Arn RepositoryUri"),
        tags="list",
        refused=words("ImageTagMutabilityExclusionFilters"),
    )
    service = "ecr"
    creates = "CreateRepository"
    special = words("EmptyOnDelete LifecyclePolicy RepositoryPolicyText")

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it; names are in lower case."""
        params = {"repositoryName": context.new_name().lower(), **self.params(properties)}
        if own := self.tags(context):
            params["tags"] = tags.listed(own)
        return str((await self.call(context, self.creates, **params))["repository"]["repositoryName"])

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Put its policies."""
        lifecycle = (properties.get("LifecyclePolicy") or {}).get("LifecyclePolicyText")
        if lifecycle:
            await self.call(
                context, "PutLifecyclePolicy", repositoryName=physical_id, lifecyclePolicyText=lifecycle
            )
        if "RepositoryPolicyText" in properties:
            text = document(properties["RepositoryPolicyText"], "#/RepositoryPolicyText")
            await self.call(context, "SetRepositoryPolicy", repositoryName=physical_id, policyText=text)

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change what has an operation; take away policies that are gone."""
        params = self.params(new)
        if old.get("ImageTagMutability") != new.get("ImageTagMutability"):
            mutability = params.get("imageTagMutability", "MUTABLE")
            await self.call(
                context, "PutImageTagMutability", repositoryName=physical_id, imageTagMutability=mutability
            )
        if old.get("ImageScanningConfiguration") != new.get("ImageScanningConfiguration"):
            scanning = params.get("imageScanningConfiguration", {"scanOnPush": False})
            await self.call(
                context,
                "PutImageScanningConfiguration",
                repositoryName=physical_id,
                imageScanningConfiguration=scanning,
            )
        if "LifecyclePolicy" in old and "LifecyclePolicy" not in new:
            await self.call(context, "DeleteLifecyclePolicy", repositoryName=physical_id)
        if "RepositoryPolicyText" in old and "RepositoryPolicyText" not in new:
            await self.call(context, "DeleteRepositoryPolicy", repositoryName=physical_id)

    async def retag(
        self, context: Context, physical_id: str, properties: Properties, old: Mapping[str, str]
    ) -> None:
        """Set and remove tags."""
        arn = (await self.attributes(context, physical_id, properties))["Arn"]
        added, removed = tags.changed(tags.for_service(self.service, old), self.tags(context))
        if removed:
            await self.call(context, "UntagResource", resourceArn=arn, tagKeys=removed)
        if added:
            await self.call(context, "TagResource", resourceArn=arn, tags=tags.listed(added))

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it; with its images where the template says so."""
        force = scalar("boolean", properties.get("EmptyOnDelete", False), "#/EmptyOnDelete")
        await self.call_unless(
            words("RepositoryNotFoundException"),
            context,
            "DeleteRepository",
            repositoryName=physical_id,
            force=force,
        )

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN and URI."""
        found = await self.call(context, "DescribeRepositories", repositoryNames=[physical_id])
        repository = found["repositories"][0]
        return {"Arn": repository["repositoryArn"], "RepositoryUri": repository["repositoryUri"]}


class Parameter(Base):
    """A parameter of Systems Manager."""

    schema = Schema(
        "AWS::SSM::Parameter",
        properties=words("AllowedPattern DataType Description Name Policies Tags Tier Type Value"),
        required=words("Type Value"),
        create_only=words("Name"),
        attributes=words("Type Value"),
        tags="map",
    )
    service = "ssm"
    creates = "PutParameter"

    async def create(self, context: Context, properties: Properties) -> str:
        """Put it; one that is there belongs to someone else."""
        params = {"Name": context.new_name(), **self.params(properties)}
        if own := self.tags(context):
            params["Tags"] = tags.listed(own)
        await self.call(context, self.creates, **params)
        return str(params["Name"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Put it again."""
        await self.call(context, self.creates, **{**self.params(new), "Name": physical_id, "Overwrite": True})

    async def retag(
        self, context: Context, physical_id: str, properties: Properties, old: Mapping[str, str]
    ) -> None:
        """Set and remove tags."""
        added, removed = tags.changed(tags.for_service(self.service, old), self.tags(context))
        named = {"ResourceType": "Parameter", "ResourceId": physical_id}
        if removed:
            await self.call(context, "RemoveTagsFromResource", **named, TagKeys=removed)
        if added:
            await self.call(context, "AddTagsToResource", **named, Tags=tags.listed(added))

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        await self.call_unless(words("ParameterNotFound"), context, "DeleteParameter", Name=physical_id)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Type and value."""
        return {"Type": properties["Type"], "Value": properties["Value"]}
