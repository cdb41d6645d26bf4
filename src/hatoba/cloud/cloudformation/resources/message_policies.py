"""AWS::SQS::QueuePolicy, AWS::SNS::TopicPolicy, AWS::SNS::Subscription: queues and topics tied to others.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queuepolicy.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topicpolicy.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-subscription.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from hatoba.cloud.cloudformation.resources.base import Base
from hatoba.cloud.cloudformation.resources.convert import document, scalar
from hatoba.cloud.cloudformation.resources.messages import NO_QUEUE, NO_TOPIC
from hatoba.cloud.cloudformation.resources.protocol import Schema, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

OF_AN_OWNER = (
    *("GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic"),
    *("Subscribe", "ListSubscriptionsByTopic", "Publish"),
)
OF_SUBSCRIPTION = ("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy")


class Policy(Base):
    """What both kinds of policy have in common: one text, put on each of a list."""

    on: ClassVar[str]

    def check(self, properties: Properties) -> None:
        """Check the form of the document."""
        document(properties["PolicyDocument"], "#/PolicyDocument")

    async def create(self, context: Context, properties: Properties) -> str:
        """Put it."""
        await self._put(context, properties)
        return context.new_name()

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Put it again, and take it from those that are not named any more."""
        await self._put(context, new)
        for each in old[self.on]:
            if each not in new[self.on]:
                await self.take(context, str(each))

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Take it from all."""
        for each in properties[self.on]:
            await self.take(context, str(each))

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Its name."""
        return {"Id": physical_id}

    async def _put(self, context: Context, properties: Properties) -> None:
        text = document(properties["PolicyDocument"], "#/PolicyDocument")
        for each in properties[self.on]:
            await self.put(context, str(each), text)

    async def put(self, context: Context, one: str, text: str) -> None:
        """Put it on one."""
        raise NotImplementedError

    async def take(self, context: Context, one: str) -> None:
        """Take it from one."""
        raise NotImplementedError


class QueuePolicy(Policy):
    """The policy of queues. Ref is a name of its own."""

    schema = Schema(
        "AWS::SQS::QueuePolicy",
        properties=words("PolicyDocument Queues"),
        required=words("PolicyDocument Queues"),
        attributes=words("Id"),
    )
    service = "sqs"
    on = "Queues"

    async def put(self, context: Context, one: str, text: str) -> None:
        """Set it."""
        await self.call(context, "SetQueueAttributes", QueueUrl=one, Attributes={"Policy": text})

    async def take(self, context: Context, one: str) -> None:
        """Set none."""
        attributes = {"Policy": ""}
        await self.call_unless(NO_QUEUE, context, "SetQueueAttributes", QueueUrl=one, Attributes=attributes)


class TopicPolicy(Policy):
    """The policy of topics. Ref is a name of its own."""

    schema = Schema(
        "AWS::SNS::TopicPolicy",
        properties=words("PolicyDocument Topics"),
        required=words("PolicyDocument Topics"),
        attributes=words("Id"),
    )
    service = "sns"
    on = "Topics"

    async def put(self, context: Context, one: str, text: str) -> None:
        """Set it."""
        await self.call(
            context, "SetTopicAttributes", TopicArn=one, AttributeName="Policy", AttributeValue=text
        )

    async def take(self, context: Context, one: str) -> None:
        """Set the one that every topic has by default: its owner may do all."""
        account = one.split(":")[4]
        statement = {
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [f"SNS:{each}" for each in OF_AN_OWNER],
            "Resource": one,
            "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
        }
        policy = {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
        given = {"AttributeName": "Policy", "AttributeValue": json.dumps(policy)}
        await self.call_unless(NO_TOPIC, context, "SetTopicAttributes", TopicArn=one, **given)


class Subscription(Base):
    """A subscription to a topic. Ref is its ARN."""

    schema = Schema(
        "AWS::SNS::Subscription",
        properties=words(" ".join(("Endpoint Protocol TopicArn", *OF_SUBSCRIPTION))),
        required=words("Protocol TopicArn"),
        create_only=words("Endpoint Protocol TopicArn"),
        attributes=words("Arn"),
        refused=words("DeliveryPolicy Region ReplayPolicy SubscriptionRoleArn"),
    )
    service = "sns"
    creates = "Subscribe"
    special = words(" ".join(OF_SUBSCRIPTION))

    async def create(self, context: Context, properties: Properties) -> str:
        """Subscribe."""
        made = await self.call(
            context,
            self.creates,
            Attributes=_texts(properties),
            ReturnSubscriptionArn=True,
            **self.params(properties),
        )
        return str(made["SubscriptionArn"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change its attributes; one that is gone is as by default."""
        default = {
            "FilterPolicy": "{}",
            "FilterPolicyScope": "MessageAttributes",
            "RawMessageDelivery": "false",
        }
        left = {name: default.get(name, "") for name in OF_SUBSCRIPTION if name in old and name not in new}
        for name, text in (left | _texts(new)).items():
            given = {"AttributeName": name, "AttributeValue": text}
            await self.call(context, "SetSubscriptionAttributes", SubscriptionArn=physical_id, **given)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Unsubscribe, if it did not go with its topic."""
        await self.call_unless(NO_TOPIC, context, "Unsubscribe", SubscriptionArn=physical_id)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Its ARN."""
        return {"Arn": physical_id}


def _texts(properties: Properties) -> dict[str, str]:
    return {
        name: json.dumps(value) if isinstance(value, dict) else str(scalar("string", value, f"#/{name}"))
        for name in OF_SUBSCRIPTION
        if (value := properties.get(name)) is not None
    }
