"""The syntax tree of a template, the same for Django and Jinja2."""

from __future__ import annotations

from dataclasses import dataclass, replace

from querylens.lint.templates.expressions import Arguments, Chain, Expression, Target


@dataclass(frozen=True, slots=True)
class Written:
    """Where a tag stands, as the runtime shows it.

    `tag` is its text (in Jinja2 its whole line) and `code` the line around it.
    """

    line: int
    tag: str
    code: str


@dataclass(frozen=True, slots=True)
class Output:
    """`{{ value }}`."""

    at: Written
    value: Expression


@dataclass(frozen=True, slots=True)
class For:
    """A loop. `loop` is how the runtime shows it as a loop: with single spaces, in Django."""

    at: Written
    loop: Written
    targets: tuple[Target, ...]
    iterable: Expression
    body: Body
    empty: Body = ()
    #: Jinja2's `for … in … if test`.
    test: Expression | None = None
    #: Django's `reversed`, which makes a list first.
    is_reversed: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """One of an `if`'s bodies; the last may have no test."""

    at: Written
    test: Expression | None
    body: Body


@dataclass(frozen=True, slots=True)
class If:
    """`if`, each `elif` and `else`."""

    at: Written
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class With:
    """Names that are bound within the body only."""

    at: Written
    bindings: tuple[tuple[str, Expression], ...]
    body: Body


@dataclass(frozen=True, slots=True)
class Group:
    """A body that is walked as if its tag were not there."""

    at: Written
    body: Body


@dataclass(frozen=True, slots=True)
class Include:
    """Another template at this place. `only` hides the variables around it."""

    at: Written
    template: Expression
    bindings: tuple[tuple[str, Expression], ...] = ()
    only: bool = False


@dataclass(frozen=True, slots=True)
class Extends:
    """The template whose blocks this one fills."""

    at: Written
    template: Expression


@dataclass(frozen=True, slots=True)
class Block:
    """A part that templates which extend this one may replace."""

    at: Written
    name: str
    body: Body


@dataclass(frozen=True, slots=True)
class Assign:
    """Names bound from here on. `attribute` is set for Jinja2's `set space.attribute = …`."""

    at: Written
    targets: tuple[Target, ...]
    value: Expression
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Captured:
    """Jinja2's `{% set name %}…{% endset %}`: a name bound to a rendered text."""

    at: Written
    name: str
    body: Body


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An engine's own tag that reads its arguments, and may bind a text to `target`."""

    at: Written
    values: tuple[Expression, ...]
    target: str = ""
    tests: bool = False
    shows: bool = False


@dataclass(frozen=True, slots=True)
class OwnTag:
    """A tag that neither engine has: of the project or of a library. A block has a body."""

    at: Written
    name: str
    arguments: Arguments
    target: str = ""
    body: Body | None = None


@dataclass(frozen=True, slots=True)
class Regroup:
    """Django's `{% regroup rows by author.name as groups %}`; `key` starts at `item`."""

    at: Written
    value: Expression
    item: str
    key: Expression
    target: str


@dataclass(frozen=True, slots=True)
class Partial:
    """Django's `{% partial name %}`: a part of this template that `partialdef` names."""

    at: Written
    name: str


@dataclass(frozen=True, slots=True)
class PartialDefinition:
    """Django's `{% partialdef name %}`; `inline` shows it where it is defined, too."""

    at: Written
    name: str
    body: Body
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Macro:
    """Jinja2's macro: parameters with their defaults."""

    at: Written
    name: str
    parameters: tuple[tuple[str, Expression | None], ...]
    body: Body


@dataclass(frozen=True, slots=True)
class CallBlock:
    """Jinja2's `{% call(…) macro(…) %}`: the macro may call the body."""

    at: Written
    call: Chain
    parameters: tuple[tuple[str, Expression | None], ...]
    body: Body


@dataclass(frozen=True, slots=True)
class Import:
    """Jinja2's `import … as target`, or `from … import name as alias`."""

    at: Written
    template: Expression
    target: str = ""
    names: tuple[tuple[str, str], ...] = ()
    with_context: bool = False


Node = (
    Output
    | For
    | If
    | With
    | Group
    | Include
    | Extends
    | Block
    | Assign
    | Captured
    | Evaluated
    | OwnTag
    | Regroup
    | Partial
    | PartialDefinition
    | Macro
    | CallBlock
    | Import
)
Body = tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ParsedTemplate:
    """What could be read of a template.

    `name` is what it is loaded by and `file` its path. `problem` is the first thing that could
    not be read, as `file:line: what is wrong`; empty when all could.
    """

    name: str
    file: str
    is_jinja: bool
    body: Body
    blocks: tuple[Block, ...] = ()
    partials: tuple[PartialDefinition, ...] = ()
    extends: Extends | None = None
    #: The libraries that `{% load %}` names.
    libraries: tuple[str, ...] = ()
    problem: str = ""

    def named(self, name: str) -> ParsedTemplate:
        """The same template, loaded by another name."""
        return self if name == self.name else replace(self, name=name)
