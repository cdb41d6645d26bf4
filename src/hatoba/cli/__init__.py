"""The commands. No logic of their own: each checks its words, calls one part, and says what to do next.

::

    main ─┬→ here        up, down, ps, logs, exec …        a system on this machine
          ├→ deployed    plan, deploy, rollback, doctor …  here as on AWS
          └→ definition  init, validate, synth, cost …     the definition alone
                │
                └ verbs.py: options, arguments, help ─→ one module per verb, imported when it is run
                                                          │
      project.py   the definition in this folder        ←─┤
      target.py    an environment of it, here or on AWS ←─┤
      local.py     the cloud process: start, ask, stop  ←─┤
      aws.py       boto3 clients for it                 ←─┤
      output.py    data to stdout, all else to stderr   ←─┘

Every failure is a :class:`~hatoba.cli.exits.Failure` with an exit code; :mod:`hatoba.cli.main` alone
prints it.
"""
