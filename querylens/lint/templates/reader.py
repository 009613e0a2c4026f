"""What a walk asks of whoever knows the values: the models, the project's functions and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from querylens.lint.templates.expressions import Constant
from querylens.lint.templates.nodes import ParsedTemplate
from querylens.model import Place


@dataclass(frozen=True, slots=True)
class Included:
    """What an inclusion tag shows: a template, with variables of its own."""

    template: str
    context: Mapping[str, object]


class Reader(Protocol):
    """Makes and reads values. `at` is the tag in which a value is read."""

    def literal(self, value: Constant) -> object:
        """A text, number, truth value or none that is written out."""

    def unknown(self, *parts: object) -> object:
        """Something that depends on these values, of which nothing else is known."""

    def either(self, *values: object) -> object:
        """One of these values; which one only the running program knows."""

    def listed(self, items: Sequence[object]) -> object:
        """A list or tuple that is written out."""

    def mapped(self, items: Mapping[str, object]) -> object:
        """A value with these attributes and items, that unpacks in their order."""

    def each(self, iterable: object, value: object) -> object:
        """A list of one such value for each turn over `iterable`."""

    def unbound(self, name: str, at: Place) -> object:
        """A variable that nothing binds: of a context processor, an engine's global, or none."""

    def texts(self, value: object) -> Sequence[str]:
        """The texts that a value may be, such as a template's name; empty when unknown."""

    def attribute(self, value: object, name: str, at: Place) -> object:
        """`value.name` or `value["name"]`."""

    def item(self, value: object, key: object, at: Place) -> object:
        """`value[key]`."""

    def sliced(self, value: object, start: int | None, stop: int | None, at: Place) -> object:
        """`value[start:stop]`."""

    def called(
        self,
        value: object,
        arguments: Sequence[object],
        keywords: Mapping[str, object],
        at: Place,
    ) -> object:
        """`value(…)`, as written in Jinja2."""

    def looked_up(self, value: object, at: Place) -> object:
        """What Django makes of a value it has looked up: it calls what can be called.

        Anything else is given back as it is.
        """

    def tested(self, value: object, at: Place) -> None:
        """The value's truth is asked."""

    def contained(self, value: object, container: object, at: Place) -> None:
        """`value in container` is asked."""

    def shown(self, value: object, at: Place) -> None:
        """The value is made a text: its `__str__` is called."""

    def counted(self, value: object, at: Place) -> object:
        """`len(value)`."""

    def collected(self, iterable: object, at: Place) -> object:
        """`list(iterable)`, in whatever order."""

    def turns(
        self, iterable: object, at: Place, loop: Place, targets: int
    ) -> AbstractContextManager[Sequence[object]]:
        """One turn over `iterable`, which is fetched in `at`: a value for each target of `loop`.

        What is read while the context is open is read once a turn.
        """

    def filtered(
        self,
        name: str,
        value: object,
        arguments: Sequence[object],
        keywords: Mapping[str, object],
        at: Place,
        libraries: Sequence[str],
    ) -> object:
        """A filter that the engine does not have. `libraries` are those the template loads."""

    def tag(
        self,
        name: str,
        arguments: Sequence[object],
        keywords: Mapping[str, object],
        at: Place,
        libraries: Sequence[str],
        context: Mapping[str, object],
    ) -> object | Included:
        """A tag that the engine does not have. `context` are the variables in sight."""

    def template(self, name: str, asking: str) -> ParsedTemplate | None:
        """The template of a name, asked for by the template in the file `asking`."""

    def not_followed(self, reason: str, at: Place) -> None:
        """Something that the walk could not go into."""
