"""STS: who am I, and credentials that act as a role.

::

    AssumeRole ─ iam:GetRole (is there such a role?) ─ a Session in the store ─ credentials
    any later request ─ WireApp ─ Sts.caller_of(access key) ─ account and assumed-role ARN

Policies are not evaluated in the local cloud: whoever asks may assume a role that exists, and a session
may do everything. https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html
"""

from hatoba.cloud.sts.service import Sts

__all__ = ["Sts"]
