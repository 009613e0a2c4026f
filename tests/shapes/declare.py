"""How a shape says what must be found in it: `shape`, `silent` and `expect`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any

from asgiref.sync import async_to_sync


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """One finding, in the words of `Cause` and `Fix`.

    The places are comment words in the source: see places.py. None and the empty string mean
    that any value will do, except that an empty `path`, `model` or `relation` must be empty.
    """

    rule: str
    kind: str
    access: str
    model: str = ""
    relation: str = ""
    path: str | None = ""
    to_one: bool = False
    #: The advice that comes first, and one that must be there, be it first or an alternative.
    fix: str = ""
    alternative: str = ""
    #: How many queries the group sends after `populate(4)`.
    queries: int = 4
    #: Where the call site is when it is in a template: its name and the text of the tag.
    template: str = ""
    tag: str = ""
    #: The `{% for %}` around it, in `loop_template` when that is another file.
    loop_tag: str = ""
    loop_template: str = ""
    #: `Class.field` when no line of the project reads the row but a framework on its behalf.
    declared: str = ""
    #: What the comment words of this expectation end in, when a shape has several.
    mark: str = ""


@dataclass(frozen=True)
class Shape:
    """A function, and what must be found in it; nothing when it is silent."""

    function: Callable[[], Any]
    expectations: tuple[Expectation, ...] = ()
    #: Functions, properties and classes elsewhere that carry comment words too.
    site: tuple[Any, ...] = ()
    #: Why a silent shape is silent.
    reason: str = ""
    #: Whether the number of its queries depends on the number of rows.
    grows: bool = True
    #: Whether it may send the same statement with the same values twice though it is silent.
    repeats: bool = False
    #: The first version of Django that can run it.
    django: tuple[int, int] = (0, 0)

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def module(self) -> str:
        return self.function.__module__

    @property
    def is_silent(self) -> bool:
        return not self.expectations

    @property
    def is_async(self) -> bool:
        return iscoroutinefunction(self.function)

    def run(self) -> None:
        if self.is_async:
            async_to_sync(self.function)()
        else:
            self.function()


expect = Expectation


def shape(*expectations, site=(), grows=True, django=(0, 0)):
    """Declares a function in which exactly these findings must be made."""

    def declare(function):
        function.shape = Shape(function, expectations, each(site), grows=grows, django=django)
        return function

    return declare


def silent(reason, *, grows="", repeats="", django=(0, 0)):
    """Declares a function in which nothing must be found.

    `grows` and `repeats` say why it may send more queries for more rows, or one of them twice.
    """

    def declare(function):
        function.shape = Shape(
            function, reason=reason, grows=bool(grows), repeats=bool(repeats), django=django
        )
        return function

    return declare


def each(site):
    return site if isinstance(site, tuple) else (site,)


def show(*values):
    """Stands for whatever a project does with its values."""
