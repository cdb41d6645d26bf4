"""From what a team has to the draft of a definition: Terraform directories, Compose files.

::

    *.tf, *.tf.json ──terraform.read──→ blocks ───terraform.carry─┐
                                                                  ├─→ Draft ──→ hatobafile.py, and a list
    compose.yaml ────compose.read─────→ services ─compose.carry───┘

A draft is a beginning: it holds what has a construct, and a list of everything else with the reason. Nothing
of the source is passed over in silence: a member that nobody took is in the list.
"""

from hatoba.importing.draft import Draft, ImportFailed, Left

__all__ = ["Draft", "ImportFailed", "Left"]
