"""CloudWatch Logs: where containers' output and access logs go, and how they are read back.

::

    containers' output, access logs ── LogSink.append ──┐
    PutLogEvents ── api ────────────────────────────────┴→ store ──→ feed "logs.stream" (who follows)
                                                             │
    GetLogEvents, FilterLogEvents, StartLiveTail ── api ── pattern ←┤
    retention: act.Housekeeping ── removes old events ───────┘

Events lie in one SQL table of their own; groups and filters are records. ``pattern`` is AWS's filter
pattern language as pure code. Metric and subscription filters are kept and tested, but publish and deliver
nothing; Insights queries are refused (``docs/fidelity/logs.md``).
"""

from hatoba.cloud.logs.service import Logs

__all__ = ["Logs"]
