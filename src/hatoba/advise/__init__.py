"""What a person should know before and after: why a request would get 401, 404, 500 or 503.

::

    observe.py ── read-only AWS calls ──→ System (frozen, plain) ── doctor.RULES ──→ findings

``cost`` says what a month of the system costs, from its template and a dated price table.

Looking and judging are apart: a rule is a small pure function from what was seen to findings, each
with its remedy, so that a rule can be tested without any cloud.
"""
