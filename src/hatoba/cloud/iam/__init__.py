"""AWS IAM as far as such systems lean on it: roles and policies.

::

    api/*  one function per operation ─→ control  documents, names, what may be deleted (pure)
       └─→ store   roles (with inline and attached policies), managed policies, instance profiles
                   catalogue: the AWS managed policies that such systems attach

An account has one IAM for all regions: its records live in ``scope.globally()``. There are no users but
the account's root and no groups; what would make them is refused by name. Policies are kept and checked
for their form; nothing here decides whether a call is allowed.
https://docs.aws.amazon.com/IAM/latest/APIReference/
"""

from hatoba.cloud.iam.service import Iam

__all__ = ["Iam"]
