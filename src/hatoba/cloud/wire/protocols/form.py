"""From a form's flat names (``Tags.member.1.Key``) to parameters, as Query and EC2 Query write them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from botocore.model import ListShape

from hatoba.cloud.wire.protocols.compiler import Compiler, Misfit, read_members
from hatoba.cloud.wire.protocols.text import text_reader

if TYPE_CHECKING:
    from botocore.model import MapShape, Shape, StructureShape

Node = str | dict[str, "Node"]
ReadNode = Callable[["Node"], Any]

_DEEPEST = 64
_OWN_VALUE = ""


def form_tree(items: Iterable[tuple[str, str]]) -> dict[str, Node]:
    """Nest a form's fields by the dots in their names.

    Raises:
        Misfit: A name has more dots than any shape is deep.
    """
    root: dict[str, Node] = {}
    for name, value in items:
        *steps, last = name.split(".")
        if len(steps) > _DEEPEST:
            raise Misfit(f"{name[:60]}… is nested too deeply")
        node = root
        for step in steps:
            child = node.get(step)
            if not isinstance(child, dict):
                child = {} if child is None else {_OWN_VALUE: child}
                node[step] = child
            node = child
        standing = node.get(last)
        if isinstance(standing, dict):
            standing[_OWN_VALUE] = value
        else:
            node[last] = value
    return root


class FormReader(Compiler[ReadNode]):
    """Compiles shapes to functions from a form's node to a parameter, by Query's rules."""

    def field_names(self, name: str, member: Shape) -> tuple[str, ...]:
        """Return a member's names in the form.

        A flattened list has two: its own, as Smithy says, and that of its items, as botocore writes it.
        """
        own: str = member.serialization.get("name", name)
        if isinstance(member, ListShape) and member.serialization.get("flattened"):
            return own, member.member.serialization.get("name", own)
        return (own,)

    def items_of(self, shape: ListShape, node: dict[str, Node]) -> Node:
        """Return the node that holds a list's numbered items."""
        if shape.serialization.get("flattened"):
            return node
        return node.get(shape.member.serialization.get("name", "member"), node.get("member", ""))

    def compile_structure(self, shape: StructureShape) -> ReadNode:
        """Read a structure; unknown members stay, so that validation names them."""
        fields = {
            field_name: (name, self.of(member))
            for name, member in shape.members.items()
            for field_name in self.field_names(name, member)
        }

        def read(node: Node) -> dict[str, Any]:
            if not isinstance(node, dict):
                if node == "":
                    return {}
                raise Misfit(f"{node!r:.60} is no structure")
            return read_members(fields, node.items())

        return read

    def compile_list(self, shape: ListShape) -> ReadNode:
        """Read a list by its numbers; an empty field is an empty list."""
        read_member = self.of(shape.member)

        def read(node: Node) -> list[Any]:
            items = self.items_of(shape, node) if isinstance(node, dict) else node
            if not isinstance(items, dict):
                if items == "":
                    return []
                raise Misfit(f"{items!r:.60} is no list")
            found = []
            for number in sorted(items, key=_list_number):
                try:
                    found.append(read_member(items[number]))
                except Misfit as error:
                    raise error.inside(number) from None
            return found

        return read

    def compile_map(self, shape: MapShape) -> ReadNode:
        """Read a map by its numbered entries."""
        key_name = shape.key.serialization.get("name", "key")
        value_name = shape.value.serialization.get("name", "value")
        read_value = self.of(shape.value)

        def read(node: Node) -> dict[str, Any]:
            if isinstance(node, dict) and not shape.serialization.get("flattened"):
                node = node.get("entry", "")
            if not isinstance(node, dict):
                if node == "":
                    return {}
                raise Misfit(f"{node!r:.60} is no map")
            found = {}
            for number in sorted(node, key=_list_number):
                entry = node[number]
                key = entry.get(key_name) if isinstance(entry, dict) else None
                if not isinstance(entry, dict) or not isinstance(key, str):
                    raise Misfit(f"entry {number} has no {key_name}")
                found[key] = read_value(entry.get(value_name, ""))
            return found

        return read

    def compile(self, shape: Shape) -> ReadNode:
        """Make the function of a shape; all leaves are text."""
        if shape.type_name in {"structure", "list", "map"}:
            return super().compile(shape)
        read_text = text_reader(shape)

        def read(node: Node) -> Any:
            if isinstance(node, dict):
                raise Misfit("has members, where a single value is wanted")
            return read_text(node)

        return read


class Ec2FormReader(FormReader):
    """EC2's rules: capital names, every list without a wrapper."""

    def field_names(self, name: str, member: Shape) -> tuple[str, ...]:
        """Return ``queryName``, else the location's name with a capital, else the member's name."""
        traits = member.serialization
        if "queryName" in traits:
            return (str(traits["queryName"]),)
        own = str(traits.get("name", name))
        return (own[:1].upper() + own[1:],)

    def items_of(self, shape: ListShape, node: dict[str, Node]) -> Node:
        """Return the node itself."""
        del shape
        return node


def _list_number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise Misfit(f"{text!r:.60} is no position in a list")
    return int(text)
