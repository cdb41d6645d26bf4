"""The local issuer: keys and tokens for Cognito user pools that stand locally, and the keys of others.

::

    hatoba token ─→ mint ─→ claims (pure) ─→ signing ─→ a JWT as Cognito's read
    a verifier   ─→ answer  ─→ openid-configuration, jwks.json
    API Gateway  ─→ discover, keys ─┬─ a pool that stands here: our own key
                                    └─ any other issuer: fetched from where it really is

In each account and region one user pool stands from the start, with one client. Its ids follow from
account and region, so they are the same in every run. There is one signing key for all of them, made
once and kept in the state. Pools that a client makes belong to Cognito, a neighbour.
"""

from hatoba.cloud.identity.model import TokenRequest
from hatoba.cloud.identity.pools import Pool
from hatoba.cloud.identity.service import Identity

__all__ = ["Identity", "Pool", "TokenRequest"]
