"""AWS::CDK::Metadata: a type that makes nothing."""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.cloudformation.resources.base import Base
from hatoba.cloud.cloudformation.resources.protocol import Schema, words

if TYPE_CHECKING:
    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties


class CdkMetadata(Base):
    """What CDK tells AWS about its constructs; nothing is done with it."""

    schema = Schema("AWS::CDK::Metadata", properties=words("Analytics Modules"), is_open=True)

    def check(self, properties: Properties) -> None:
        """Accept anything."""

    async def create(self, context: Context, properties: Properties) -> str:
        """Only a name."""
        return context.new_name()

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Nothing to do."""

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Nothing to do."""
