"""Reads Jinja2's expressions from a tag's tokens."""

from __future__ import annotations

from collections.abc import Callable

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
    Target,
    Test,
    UnreadableError,
    chain,
)
from querylens.lint.templates.jinja_stream import Stream, number, unquoted

_COMPARISONS = ("==", "!=", "<", ">", "<=", ">=")
_ARITHMETIC = ("+", "-", "*", "/", "//", "%", "**", "~")
_CONSTANTS = {"true": True, "True": True, "false": False, "False": False}
_NO_ARGUMENT = ("else", "or", "and", "if", "is", "in", "not", "recursive")


class Expressions(Stream):
    """Takes one expression after the other. Every method raises `UnreadableError`."""

    def expression(self) -> Expression:
        """Any expression but a tuple without brackets."""
        with self.nested():
            value = self.without_choice()
            while self.takes("if"):
                test = self.without_choice()
                otherwise = self.expression() if self.takes("else") else Literal("")
                value = Choice(test, value, otherwise)
            return value

    def expressions(self, part: Callable[[], Expression] | None = None) -> Expression:
        """One expression, or several with commas between them."""
        part = part or self.expression
        first = part()
        if not self.at(","):
            return first
        items = [first]
        while self.takes(",") and not self.at_end and not self.at(")", "if", "recursive"):
            items.append(part())
        return Items(tuple(items))

    def without_choice(self) -> Expression:
        """An expression that ends before `if`."""
        parts = self._several(self._all, "or")
        return parts[0] if len(parts) == 1 else Logic("or", parts)

    def _all(self) -> Expression:
        parts = self._several(self._negated, "and")
        return parts[0] if len(parts) == 1 else Logic("and", parts)

    def _several(self, part: Callable[[], Expression], word: str) -> tuple[Expression, ...]:
        parts = [part()]
        while self.takes(word):
            parts.append(part())
        return (*parts,)

    def _negated(self) -> Expression:
        is_negated = False
        while self.takes("not"):
            is_negated = True
        value = self._compared()
        return Logic("not", (value,)) if is_negated else value

    def _compared(self) -> Expression:
        parts = [self._combined()]
        contains = False
        while True:
            if self.at(*_COMPARISONS):
                self.next()
            elif self.takes("in") or self.takes("not", "in"):
                contains = True
            else:
                break
            parts.append(self._combined())
        return parts[0] if len(parts) == 1 else Compared((*parts,), contains)

    def _combined(self) -> Expression:
        parts = [self._unary()]
        joins = False
        while self.at(*_ARITHMETIC):
            joins = joins or self.at("~")
            self.next()
            parts.append(self._unary())
        return parts[0] if len(parts) == 1 else Combined((*parts,), joins)

    def _unary(self) -> Expression:
        sign = 1
        while self.at("-", "+"):
            sign *= -1 if self.next().text == "-" else 1
        value = self._chain()
        if sign < 0 and isinstance(value, Literal) and isinstance(value.value, int | float):
            return Literal(-value.value)
        return value

    def _chain(self) -> Expression:
        self.step_offset = self.current.offset
        first = self._primary()
        steps: list[Step] = list(first.steps) if isinstance(first, Chain) else []
        first = first.first if isinstance(first, Chain) else first
        while True:
            offset = self.current.offset
            step = self._step() or self._filter_or_test()
            if step is None:
                return chain(first, steps)
            steps.append(step)
            self.step_offset = offset

    def _primary(self) -> Expression:
        token = self.current
        if token.kind == "name":
            self.next()
            if token.text in ("none", "None"):
                return Literal(None)
            value = _CONSTANTS.get(token.text)
            return Name(token.text) if value is None else Literal(value)
        if token.kind == "number":
            return Literal(number(self.next().text))
        if token.kind == "text":
            return self._text()
        with self.nested():
            if self.takes("("):
                value_in_brackets = Items(()) if self.at(")") else self.expressions()
                self.expect(")")
                return value_in_brackets
            if self.takes("["):
                return Items(self._listed("]"))
            if self.takes("{"):
                return self._pairs()
            raise UnreadableError(f"a value is missing before {self.shown}")

    def _text(self) -> Expression:
        parts = []
        while self.current.kind == "text":
            parts.append(unquoted(self.next().text))
        return Literal("".join(parts))

    def _listed(self, closing: str) -> tuple[Expression, ...]:
        items: list[Expression] = []
        while not self.takes(closing):
            if items:
                self.expect(",")
                if self.takes(closing):
                    break
            items.append(self.expression())
        return (*items,)

    def _pairs(self) -> Expression:
        pairs: list[tuple[Expression, Expression]] = []
        while not self.takes("}"):
            if pairs:
                self.expect(",")
                if self.takes("}"):
                    break
            key = self.expression()
            self.expect(":")
            pairs.append((key, self.expression()))
        return Pairs((*pairs,))

    def _step(self) -> Step | None:
        if self.takes("."):
            if self.current.kind == "number":
                return Item(Literal(number(self.next().text)))
            return Attribute(self.name())
        if self.at("("):
            return Call(self.arguments())
        return self._subscript() if self.takes("[") else None

    def _subscript(self) -> Step:
        bounds: list[Expression | None] = [None]
        while not self.takes("]"):
            if self.takes(":"):
                bounds.append(None)
            elif self.takes(","):
                bounds[-1] = None
            else:
                bounds[-1] = self.expression()
        if len(bounds) > 1:
            return Slice(_bound(bounds[0]), _bound(bounds[1]))
        key = bounds[0]
        if key is None:
            raise UnreadableError("there is nothing between [ and ]")
        if isinstance(key, Literal) and isinstance(key.value, str):
            return Attribute(key.value)
        return Item(key)

    def _filter_or_test(self) -> Step | None:
        if self.takes("|"):
            return self.filter()
        if not self.takes("is"):
            return None
        self.takes("not")
        name = self._dotted()
        if self.at("("):
            return Test(name, self.arguments())
        if self.at(*_NO_ARGUMENT) or (self.current.kind == "sign" and not self.at("[", "{")):
            return Test(name)
        return Test(name) if self.at_end else Test(name, Arguments((self._argument(),)))

    def _argument(self) -> Expression:
        first = self._primary()
        steps: list[Step] = []
        while step := self._step():
            steps.append(step)
        return chain(first, steps)

    def filter(self) -> Filter:
        """A filter's name and arguments, without the bar before it."""
        name = self._dotted()
        return Filter(name, self.arguments() if self.at("(") else Arguments())

    def _dotted(self) -> str:
        names = [self.name()]
        while self.takes("."):
            names.append(self.name())
        return ".".join(names)

    def arguments(self) -> Arguments:
        """`(a, *b, c=d, **e)`."""
        self.expect("(")
        values: list[Expression] = []
        keywords: list[tuple[str, Expression]] = []
        more: list[Expression] = []
        while not self.takes(")"):
            if values or keywords or more:
                self.expect(",")
                if self.takes(")"):
                    break
            if self.takes("*") or self.takes("**"):
                more.append(self.expression())
            elif self.current.kind == "name" and self.followed_by("="):
                name = self.name()
                self.next()
                keywords.append((name, self.expression()))
            else:
                values.append(self.expression())
        return Arguments((*values,), (*keywords,), (*more,))

    def target(self) -> Target:
        """A name, or several that a value is unpacked into."""
        found: list[Target] = []
        is_tuple = False
        while not found or self.takes(","):
            if found:
                is_tuple = True
            if self.at_end or self.at("in", ")", "="):
                break
            with self.nested():
                if self.takes("("):
                    found.append(self.target())
                    self.expect(")")
                else:
                    found.append(self.name())
        if not found:
            raise UnreadableError(f"a name is missing before {self.shown}")
        return (*found,) if is_tuple else found[0]


def _bound(value: Expression | None) -> int | None:
    return value.value if isinstance(value, Literal) and type(value.value) is int else None
