"""A Terraform directory as the draft of a definition.

::

    read: files → blocks ──→ Directory: variables, locals, resources by address
                                │   values: expressions → inputs, references, plain values
                                └─→ carry: one function per type, in the order of need → Draft

Expressions that a definition has no words for (conditionals, ``for``, functions) are not guessed: what has
one is in the list of what is left, with the expression.
"""

from hatoba.importing.terraform.carry import draft

__all__ = ["draft"]
