"""CloudFormation: a template in, AWS resources out, by the other services' own operations.

::

    CreateChangeSet ─ Intake: text → transforms → Template, parameters → Revision ─ Plan: changes ─→ ChangeSet
    ExecuteChangeSet, CreateStack, UpdateStack, DeleteStack
        └─→ Stack.operation ─ feed ─→ Engine ─ Run, phase by phase ─→ Handler of each type ─→ world.invoke
    AWS::CloudFormation::Stack ─→ CreateStack again; a WaitCondition waits for a PUT at its handle's address
    DetectStackDrift ─ Detector ─→ reader of each type ─→ what differs from what the template wrote

* :mod:`template` is the language: pure, text to values.
* :mod:`control` decides, pure: what differs, what a phase's end means.
* :mod:`act` does it: the engine's loop owns all operations and writes each step down.
* :mod:`resources` are the types; one that is not there is refused.
* :mod:`api` are the operations, thin.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/
"""

from hatoba.cloud.cloudformation.resources.registry import Registry
from hatoba.cloud.cloudformation.service import CloudFormation

__all__ = ["CloudFormation", "Registry"]
