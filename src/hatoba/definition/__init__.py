"""What a team writes: a system, its services, its HTTP API, its inputs; AWS's rules, checked early.

::

    hatobafile.py ──project.load──→ Project ── system: constructs that name one another
    environments.toml ──────────────→ Environment: account, region, values of the inputs
                                         │
                    check: arguments (pydantic), inputs, rules (one table) ──→ faults: place, rule, remedy

A construct takes plain values, or values known late: inputs, and attributes of what AWS creates. Nothing here
makes a call or knows how things are created; that begins with ``hatoba.plan``.
"""
