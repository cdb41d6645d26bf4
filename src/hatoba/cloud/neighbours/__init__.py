"""Every AWS service that is not ours, answered by moto, in process, loaded when first called.

::

    HTTP  ─ WireApp ─ Neighbours.answer ─┐                ┌ bring ─ door ─ wsgi ─ moto
                                         ├─ worker thread ┤
    Elsewhere ─────── Neighbours.invoke ─┘                └ keeping ─→ store, then the answer

Loading moto takes about two seconds, so it happens in the worker, and the event loop goes on. All of
its calls run in that one thread, one after the other: its stores are plain dictionaries. ``bring`` shows
moto what stands in our own services; ``keeping`` writes what a call changed, before the call is answered.
``companions`` are parts of the cloud that act on what stands in moto: schedules and scaling.
"""

from hatoba.cloud.neighbours.neighbours import Neighbours

__all__ = ["Neighbours"]
