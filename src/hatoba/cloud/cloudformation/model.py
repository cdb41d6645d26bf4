"""What CloudFormation remembers: stacks, their resources and events, change sets. All frozen."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Kind = Literal["CREATE", "UPDATE", "DELETE", "ROLLBACK", "IMPORT"]
Phase = Literal["apply", "cleanup", "revert", "revert_cleanup", "undo", "delete", "let_go"]
OnFailure = Literal["ROLLBACK", "DO_NOTHING", "DELETE"]


class ParameterValue(msgspec.Struct, frozen=True):
    """A parameter as the stack has it. ``resolved`` is what stands in Systems Manager, for those types."""

    key: str
    value: str
    resolved: str | None = None
    no_echo: bool = False


class Revision(msgspec.Struct, frozen=True):
    """All that one request asks a stack to be. The stack's own is the last that was reached.

    ``template`` is the text as it was submitted, ``processed`` what its transforms made of it.
    """

    template: str
    parameters: tuple[ParameterValue, ...] = ()
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    description: str | None = None
    capabilities: tuple[str, ...] = ()
    notification_arns: tuple[str, ...] = ()
    role_arn: str | None = None
    rollback_configuration: dict[str, Any] = msgspec.field(default_factory=dict)
    processed: str | None = None

    @property
    def effective(self) -> str:
        """The template that counts: what transforms made of it, or itself."""
        return self.template if self.processed is None else self.processed


class StackOutput(msgspec.Struct, frozen=True):
    """One output, evaluated."""

    key: str
    value: str
    description: str | None = None
    export_name: str | None = None


class StackOperation(msgspec.Struct, frozen=True):
    """What is being done to a stack. It is kept with the stack, so a killed cloud goes on with it.

    Attributes:
        id: A UUID; events carry it.
        kind: What was asked for.
        phase: Where it is; each phase may be run again from its beginning.
        target: What an apply makes of the stack.
        on_failure: What follows when a resource fails.
        token: ClientRequestToken.
        retain: Logical ids that a deletion leaves alone.
        skip: Logical ids that a continued rollback leaves alone.
        cancelled: CancelUpdateStack was called.
        imports: Logical to physical id of the resources that an import takes over.
        policy: The stack policy that counts while it runs.
        retains_new: What it makes outlives a rollback, where its DeletionPolicy says Retain.
        is_forced: A deletion leaves behind what it cannot delete.
    """

    id: str
    kind: Kind
    phase: Phase
    target: Revision | None = None
    on_failure: OnFailure = "ROLLBACK"
    token: str | None = None
    retain: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    cancelled: bool = False
    imports: dict[str, str] = msgspec.field(default_factory=dict)
    policy: str | None = None
    retains_new: bool = True
    is_forced: bool = False


class Stack(msgspec.Struct, frozen=True):
    """One stack; its id is its ARN."""

    id: str
    name: str
    status: str
    created: float
    reason: str | None = None
    updated: float | None = None
    deleted: float | None = None
    revision: Revision | None = None
    operation: StackOperation | None = None
    outputs: tuple[StackOutput, ...] = ()
    imports: tuple[str, ...] = ()
    change_set_id: str | None = None
    disable_rollback: bool = False
    termination_protection: bool = False
    timeout_minutes: int | None = None
    policy: str | None = None
    detection: str = "NOT_CHECKED"
    detected_at: float | None = None
    parent_id: str | None = None
    root_id: str | None = None

    @property
    def key(self) -> str:
        """The stack's ARN."""
        return self.id

    @property
    def shown(self) -> Revision | None:
        """The revision that describe operations show: the one being applied, else the last one reached."""
        operation = self.operation
        if operation and operation.target and operation.phase in {"apply", "cleanup"}:
            return operation.target
        return self.revision

    @property
    def is_gone(self) -> bool:
        """The stack was deleted; it is found by its ARN only."""
        return self.status == "DELETE_COMPLETE"


class Physical(msgspec.Struct, frozen=True):
    """A physical resource: what it is called, what it was made from, what it answers to GetAtt."""

    type: str
    id: str
    properties: dict[str, Any] = msgspec.field(default_factory=dict)
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    policy: str = "Delete"


class StackResource(msgspec.Struct, frozen=True):
    """One logical resource of a stack.

    ``properties`` are resolved but for dynamic references (secrets are not kept). ``before`` is the
    resource as it stood when the running update began to change it, ``surplus`` what the cleanup
    phase has to delete. ``needs`` are the logical ids it must not outlive. ``is_replaced`` says that a new
    physical resource is to take the old one's place, which ``physical_id`` names until the new one is made.
    """

    stack_id: str
    logical_id: str
    type: str
    status: str
    updated: float
    physical_id: str | None = None
    reason: str | None = None
    properties: dict[str, Any] = msgspec.field(default_factory=dict)
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    deletion_policy: str = "Delete"
    update_replace_policy: str = "Delete"
    metadata: str | None = None
    needs: tuple[str, ...] = ()
    before: Physical | None = None
    is_new: bool = False
    is_replaced: bool = False
    surplus: tuple[Physical, ...] = ()
    drift: str = "NOT_CHECKED"
    drift_at: float | None = None

    @property
    def key(self) -> str:
        """The stack's ARN and the logical id."""
        return f"{self.stack_id}|{self.logical_id}"

    @property
    def physical(self) -> Physical | None:
        """The physical resource, if there is one."""
        if self.physical_id is None:
            return None
        return Physical(
            self.type, self.physical_id, self.properties, self.attributes, self.tags, self.deletion_policy
        )


class WaitSignal(msgspec.Struct, frozen=True):
    """One word to a wait condition; ``status`` is SUCCESS or FAILURE."""

    unique_id: str
    status: str
    reason: str = ""
    data: str = ""


class WaitHandle(msgspec.Struct, frozen=True):
    """What was told to a wait condition's handle; its key is the secret part of its address."""

    key: str
    signals: tuple[WaitSignal, ...] = ()


class StackEvent(msgspec.Struct, frozen=True):
    """One line of a stack's history. ``number`` rises within the account and region."""

    number: int
    id: str
    stack_id: str
    stack_name: str
    logical_id: str
    physical_id: str | None
    type: str
    status: str
    at: float
    reason: str | None = None
    properties: str | None = None
    token: str | None = None
    operation_id: str | None = None

    @property
    def key(self) -> str:
        """The stack's ARN and the number, so that a stack's events are listed in order."""
        return f"{self.stack_id}|{self.number:012d}"


class PropertyDifference(msgspec.Struct, frozen=True):
    """One property that is not as the template wrote it; ``kind`` is ADD, REMOVE or NOT_EQUAL."""

    path: str
    expected: Any
    actual: Any
    kind: str


class ResourceDrift(msgspec.Struct, frozen=True):
    """How a resource was found when it was last looked at; properties are JSON texts."""

    stack_id: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    at: float
    expected: str
    actual: str | None = None
    differences: tuple[PropertyDifference, ...] = ()

    @property
    def key(self) -> str:
        """The stack's ARN and the logical id."""
        return f"{self.stack_id}|{self.logical_id}"


class DriftDetection(msgspec.Struct, frozen=True):
    """What one look at a whole stack came to."""

    id: str
    stack_id: str
    status: str
    stack_drift: str
    drifted: int
    at: float
    reason: str | None = None

    @property
    def key(self) -> str:
        """Its own id."""
        return self.id


class ChangeDetail(msgspec.Struct, frozen=True):
    """Why a property of a resource changes."""

    attribute: str
    name: str | None
    recreation: str
    evaluation: str
    source: str
    causing_entity: str | None = None


class ResourceChange(msgspec.Struct, frozen=True):
    """What a change set would do to one resource; contexts are JSON texts."""

    action: str
    logical_id: str
    type: str
    physical_id: str | None = None
    replacement: str | None = None
    scope: tuple[str, ...] = ()
    details: tuple[ChangeDetail, ...] = ()
    policy_action: str | None = None
    before: str | None = None
    after: str | None = None


class ChangeSet(msgspec.Struct, frozen=True):
    """A change set, computed when it is made; its id is its ARN."""

    id: str
    name: str
    stack_id: str
    stack_name: str
    kind: str
    created: float
    revision: Revision
    status: str
    execution_status: str
    reason: str | None = None
    description: str | None = None
    changes: tuple[ResourceChange, ...] = ()
    include_nested_stacks: bool = False
    on_stack_failure: str | None = None
    import_existing_resources: bool = False
    token: str | None = None
    imports: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def key(self) -> str:
        """The change set's ARN."""
        return self.id
