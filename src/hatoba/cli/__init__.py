"""The commands. No logic of their own: each checks its words, calls one part, and says what to do next.

::

    main.py ── verbs/ ─→ one module per command ──┬─→ project.py    the definition in this folder
                                                  ├─→ local.py      the cloud process: start, ask, stop
                                                  ├─→ aws.py        boto3 clients for it
                                                  └─→ output.py     data to stdout, all else to stderr

Every failure is a :class:`~hatoba.cli.exits.Failure` with an exit code; :mod:`hatoba.cli.main` alone
prints it.
"""
