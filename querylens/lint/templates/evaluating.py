"""What an expression stands for, asked of a reader step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from querylens.lint.templates import filters
from querylens.lint.templates.expressions import (
    Arguments,
    Attribute,
    Call,
    Chain,
    Choice,
    Combined,
    Compared,
    Expression,
    Filter,
    Item,
    Items,
    Literal,
    Logic,
    Name,
    Pairs,
    Slice,
    Step,
    Test,
)
from querylens.lint.templates.frames import Frame, Own
from querylens.lint.templates.reader import Reader
from querylens.model import Place

_CONSTANTS = {"True": True, "False": False, "None": None}
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Evaluates the expressions of one tag."""

    reader: Reader
    frame: Frame
    at: Place

    def plain(self, value: object) -> object:
        """A value that a reader may see."""
        return self.reader.unknown() if isinstance(value, Own) else value

    def known(self, expression: Expression) -> object:
        """What an expression stands for, as a reader may see it."""
        return self.plain(self.value(expression))

    def value(self, expression: Expression) -> object:
        """What an expression stands for."""
        match expression:
            case Literal(value):
                return self.reader.literal(value)
            case Name(name):
                return self._name(name)
            case Chain(first, steps):
                return self.chain(first, steps)
            case Items(items):
                return self.reader.listed([self.known(item) for item in items])
            case Pairs(pairs):
                return self._pairs(pairs)
            case _:
                return self._operation(expression)

    def _operation(self, expression: Choice | Logic | Compared | Combined) -> object:
        match expression:
            case Choice(test, then, otherwise):
                self.test(test)
                return self.reader.either(self.known(then), self.known(otherwise))
            case Logic():
                return self._logic(expression)
            case Compared():
                return self._compared(expression)
            case Combined(parts, joins):
                values = [self.known(part) for part in parts]
                for part_value in values if joins else ():
                    self.reader.shown(part_value, self.at)
                return self.reader.unknown(*values)

    def test(self, expression: Expression) -> None:
        """Asks for an expression's truth."""
        if isinstance(expression, Logic):
            for part in expression.parts:
                self.test(part)
            return
        value = self.known(expression)
        is_answer = isinstance(expression, Compared) or (
            isinstance(expression, Chain) and isinstance(expression.steps[-1], Test)
        )
        if not is_answer:
            self.reader.tested(value, self.at)

    def show(self, expression: Expression) -> None:
        """Makes a text of an expression."""
        value = self.value(expression)
        if not isinstance(value, Own) and not isinstance(expression, Literal):
            self.reader.shown(value, self.at)

    def _name(self, name: str) -> object:
        value = self.frame.scope.get(name, _MISSING)
        if value is _MISSING:
            if name in _CONSTANTS:
                return self.reader.literal(_CONSTANTS[name])
            if name == "namespace" and self.frame.template.is_jinja:
                return Own(run=lambda _, keywords, __: Own(dict(keywords)))
            value = self.reader.unbound(name, self.at)
        return self._looked_up(value)

    def _looked_up(self, value: object) -> object:
        if self.frame.template.is_jinja:
            return value
        if isinstance(value, Own):
            return value.run((), {}, self.at) if value.run else value
        return self.reader.looked_up(value, self.at)

    def chain(self, first: Expression, steps: Sequence[Step]) -> object:
        """A value after its steps."""
        value = self.value(first)
        for step in steps:
            value = self._step(value, step)
        return value

    def _step(self, value: object, step: Step) -> object:
        match step:
            case Attribute(name):
                return self._looked_up(self._attribute(value, name))
            case Item(key):
                found = self.reader.item(self.plain(value), self.known(key), self.at)
                return self._looked_up(found)
            case Slice(start, stop):
                return self.reader.sliced(self.plain(value), start, stop, self.at)
            case Call(arguments):
                return self.call(value, *self.arguments(arguments))
            case Filter():
                return filters.apply(self, self.plain(value), step)
            case Test(name, arguments):
                values, _ = self.arguments(arguments)
                if name == "in" and values:
                    self.reader.contained(self.plain(value), values[0], self.at)
                return self.reader.unknown(self.plain(value), *values)

    def _attribute(self, value: object, name: str) -> object:
        if isinstance(value, Own):
            found = value.names.get(name, _MISSING)
            return self.reader.unknown() if found is _MISSING else found
        return self.reader.attribute(value, name, self.at)

    def call(
        self, value: object, arguments: Sequence[object], keywords: Mapping[str, object]
    ) -> object:
        """What a call gives back."""
        if isinstance(value, Own):
            if value.run is None:
                return self.reader.unknown()
            return value.run(arguments, keywords, self.at)
        return self.reader.called(value, arguments, keywords, self.at)

    def arguments(self, arguments: Arguments) -> tuple[list[object], dict[str, object]]:
        """The values of a call's arguments. `*args` and `**kwargs` are only read."""
        values = [self.known(value) for value in arguments.values]
        keywords = {name: self.known(value) for name, value in arguments.keywords}
        for value in arguments.more:
            self.known(value)
        return values, keywords

    def _pairs(self, pairs: Sequence[tuple[Expression, Expression]]) -> object:
        found: dict[str, object] = {}
        for key, value in pairs:
            if isinstance(key, Literal):
                found[str(key.value)] = self.known(value)
            else:
                self.known(key)
                self.known(value)
        return self.reader.mapped(found)

    def _logic(self, expression: Logic) -> object:
        *tested, last = expression.parts
        if expression.operator == "not":
            self.test(last)
            return self.reader.unknown()
        values = []
        for part in tested:
            values.append(self.known(part))
            self.reader.tested(values[-1], self.at)
        return self.reader.either(*values, self.known(last))

    def _compared(self, expression: Compared) -> object:
        values = [self.known(part) for part in expression.parts]
        if expression.contains:
            self.reader.contained(values[-2], values[-1], self.at)
        return self.reader.unknown(*values)
