"""A system on this machine: it comes up, is looked at, is used, goes. One module per verb.

Beside the verbs: :mod:`~hatoba.cli.here.starting` for tasks that a command stays with (``run``, ``job``),
:mod:`~hatoba.cli.here.live` and :mod:`~hatoba.cli.here.going_on` for ``up``.
"""
