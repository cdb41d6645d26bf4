"""Resource types: what CloudFormation knows of each, and how it makes, changes and deletes one.

::

    registry: type name ─→ Handler ─ Schema   properties, which are required, which replace, attributes
                              │    ─ create, settle, update, delete, attributes, read
                              └──→ Context ─→ world.invoke(service, operation, params)

A handler turns properties into the parameters of AWS's own operations, by botocore's input shapes
(:mod:`convert`), and calls them. It has no state: what it must know later stands in the stack's records.
A type that is not in the registry is refused; a property that is not in its schema fails the resource.
"""
