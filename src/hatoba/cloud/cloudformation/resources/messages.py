"""AWS::SQS::Queue and AWS::SNS::Topic.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SQS.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SNS.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.resources.convert import scalar
from hatoba.cloud.cloudformation.resources.protocol import Schema, words
from hatoba.cloud.cloudformation.resources.tagged import Tagged, Tagging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

NO_QUEUE = words("QueueDoesNotExist AWS.SimpleQueueService.NonExistentQueue")
NO_TOPIC = words("NotFound NotFoundException")
OF_QUEUE = (
    *("ContentBasedDeduplication", "DelaySeconds", "FifoQueue", "KmsMasterKeyId", "MaximumMessageSize"),
    *("MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds", "RedrivePolicy", "SqsManagedSseEnabled"),
    "VisibilityTimeout",
)
OF_TOPIC = ("ContentBasedDeduplication", "DisplayName", "FifoTopic", "KmsMasterKeyId")


def _texts(properties: Properties, names: tuple[str, ...]) -> dict[str, str]:
    """Return properties as the attributes of their service: all of them texts."""
    return {
        name: json.dumps(value) if isinstance(value, dict) else str(scalar("string", value, f"#/{name}"))
        for name in names
        if (value := properties.get(name)) is not None
    }


class Queue(Tagged):
    """A queue. Ref is its URL."""

    schema = Schema(
        "AWS::SQS::Queue",
        properties=words(" ".join((*OF_QUEUE, "QueueName", "Tags"))),
        create_only=words("FifoQueue QueueName"),
        attributes=words("Arn QueueName QueueUrl"),
        tags="list",
        refused=words(
            "DeduplicationScope FifoThroughputLimit KmsDataKeyReusePeriodSeconds RedriveAllowPolicy"
        ),
    )
    service = "sqs"
    creates = "CreateQueue"
    special = words(" ".join(OF_QUEUE))
    tagging = Tagging("QueueUrl", "TagQueue", "UntagQueue", is_map=True)

    def tag_params(self, context: Context) -> dict[str, Any]:
        """The creating operation's own name for tags."""
        own = self.tags(context)
        return {"tags": own} if own else {}

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it; a FIFO queue's name ends with ``.fifo``."""
        attributes = _texts(properties, OF_QUEUE)
        suffix = ".fifo" if attributes.get("FifoQueue") == "true" else ""
        params = {
            "QueueName": context.new_name(80 - len(suffix)) + suffix,
            **self.params(properties),
            **self.tag_params(context),
        }
        return str((await self.call(context, self.creates, Attributes=attributes, **params))["QueueUrl"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change its attributes; one that is gone takes no text."""
        left = {name: "" for name in ("RedrivePolicy", "KmsMasterKeyId") if name in old and name not in new}
        attributes = left | _texts(new, tuple(name for name in OF_QUEUE if name != "FifoQueue"))
        await self.call(context, "SetQueueAttributes", QueueUrl=physical_id, Attributes=attributes)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it with its messages."""
        await self.call_unless(NO_QUEUE, context, "DeleteQueue", QueueUrl=physical_id)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN, name and URL."""
        found = await self.call(
            context, "GetQueueAttributes", QueueUrl=physical_id, AttributeNames=["QueueArn"]
        )
        name = physical_id.rpartition("/")[2]
        return {"Arn": found["Attributes"]["QueueArn"], "QueueName": name, "QueueUrl": physical_id}


class Topic(Tagged):
    """A topic. Ref is its ARN."""

    schema = Schema(
        "AWS::SNS::Topic",
        properties=words(" ".join((*OF_TOPIC, "Subscription", "Tags", "TopicName"))),
        create_only=words("FifoTopic TopicName"),
        attributes=words("TopicArn TopicName"),
        tags="list",
        refused=words(
            "ArchivePolicy DataProtectionPolicy DeliveryStatusLogging FifoThroughputScope MaximumMessageSize"
            " SignatureVersion TracingConfig"
        ),
    )
    service = "sns"
    creates = "CreateTopic"
    special = words(" ".join((*OF_TOPIC, "Subscription", "TopicName")))
    tagging = Tagging("ResourceArn")

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it; a FIFO topic's name ends with ``.fifo``."""
        attributes = _texts(properties, OF_TOPIC)
        suffix = ".fifo" if attributes.get("FifoTopic") == "true" else ""
        name = properties.get("TopicName") or context.new_name(256 - len(suffix)) + suffix
        made = await self.call(
            context, self.creates, Name=name, Attributes=attributes, **self.tag_params(context)
        )
        return str(made["TopicArn"])

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Subscribe who is named."""
        for each in properties.get("Subscription") or ():
            await self._subscribe(context, physical_id, each)

    async def _subscribe(self, context: Context, topic: str, subscriber: Properties) -> None:
        await self.call(
            context,
            "Subscribe",
            TopicArn=topic,
            Protocol=str(subscriber["Protocol"]),
            Endpoint=str(subscriber["Endpoint"]),
        )

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change its attributes, subscribe and unsubscribe."""
        left = {name: "" for name in ("DisplayName", "KmsMasterKeyId") if name in old and name not in new}
        changeable = tuple(name for name in OF_TOPIC if name != "FifoTopic")
        for name, text in (left | _texts(new, changeable)).items():
            await self.call(
                context, "SetTopicAttributes", TopicArn=physical_id, AttributeName=name, AttributeValue=text
            )
        before, after = (each.get("Subscription") or [] for each in (old, new))
        for each in after:
            if each not in before:
                await self._subscribe(context, physical_id, each)
        lost = [str(each["Endpoint"]) for each in before if each not in after]
        found = await self.call(context, "ListSubscriptionsByTopic", TopicArn=physical_id)
        for each in found.get("Subscriptions", ()):
            if each["Endpoint"] in lost:
                await self.call(context, "Unsubscribe", SubscriptionArn=each["SubscriptionArn"])

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it with its subscriptions."""
        await self.call_unless(NO_TOPIC, context, "DeleteTopic", TopicArn=physical_id)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN and name."""
        return {"TopicArn": physical_id, "TopicName": physical_id.rpartition(":")[2]}
