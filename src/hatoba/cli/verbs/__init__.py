"""Every verb's words: options, arguments, help. What it does is in the module of its name in ``hatoba.cli``.

::

    main ─→ verbs.here        up, down, ps, logs, exec …       ─┐
         ├→ verbs.deployed    plan, deploy, rollback, doctor …  ├─→ hatoba.cli.<verb>, imported when it is run
         └→ verbs.definition  init, validate, synth, cost …    ─┘
"""
