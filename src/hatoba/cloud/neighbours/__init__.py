"""Every AWS service that is not ours, answered by moto, in process, loaded when first called.

::

    HTTP  ─ WireApp ─ Neighbours.answer ─┐
                                         ├─ one worker thread ─ wsgi ─ door ─ moto
    Elsewhere ─────── Neighbours.invoke ─┘      └ client (botocore, its HTTP turned inwards)

Loading moto takes about two seconds, so it happens in the worker, and the event loop goes on. All of
its calls run in that one thread, one after the other: its stores are plain dictionaries.
"""

from hatoba.cloud.neighbours.neighbours import Neighbours

__all__ = ["Neighbours"]
