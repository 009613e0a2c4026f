"""A reader whose values are texts that say how they were reached, and that keeps what is read."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field

from querylens.lint.templates import Included, parse, walk


@dataclass
class Recording:
    """`books[]` is a row of `books`; `reads` are `(what, line, template)` in order."""

    templates: dict = field(default_factory=dict)
    tags: dict = field(default_factory=dict)
    reads: list = field(default_factory=list)
    places: list = field(default_factory=list)
    open: list = field(default_factory=list)

    def _read(self, what, at):
        self.reads.append((what, at.line, at.template))
        self.places.append((what, at))

    def of(self, *whats):
        return [what for what, *_ in self.reads if not whats or what.startswith(whats)]

    def literal(self, value):
        return repr(value)

    def unknown(self, *parts):
        return "?"

    def either(self, *values):
        texts = dict.fromkeys(str(value) for value in values)
        return " or ".join(texts)

    def listed(self, items):
        return [*items]

    def mapped(self, items):
        return dict(items)

    def each(self, iterable, value):
        return ("each", iterable, value)

    def unbound(self, name, at):
        return f"<{name}>"

    def texts(self, value):
        return [part[1:-1] for part in str(value).split(" or ") if part[:1] in ("'", '"')]

    def attribute(self, value, name, at):
        if isinstance(value, dict):
            return value.get(name, "?")
        self._read(f"{value}.{name}", at)
        return f"{value}.{name}"

    def item(self, value, key, at):
        self._read(f"{value}[{key}]", at)
        return f"{value}[{key}]"

    def sliced(self, value, start, stop, at):
        return f"{value}[{'' if start is None else start}:{'' if stop is None else stop}]"

    def called(self, value, arguments, keywords, at):
        inside = [*arguments, *(f"{name}={value}" for name, value in keywords.items())]
        self._read(f"{value}({', '.join(map(str, inside))})", at)
        return f"{value}({', '.join(map(str, inside))})"

    def looked_up(self, value, at):
        return value

    def tested(self, value, at):
        self._read(f"bool {value}", at)

    def contained(self, value, container, at):
        self._read(f"in {container}", at)

    def shown(self, value, at):
        self._read(f"str {value}", at)

    def counted(self, value, at):
        self._read(f"len {value}", at)
        return f"len({value})"

    def collected(self, iterable, at):
        if isinstance(iterable, str):
            self._read(f"list {iterable}", at)
        return iterable

    @contextmanager
    def turns(self, iterable, at, loop, targets):
        self._read(f"for {iterable if isinstance(iterable, str) else '…'}", at)
        self.open.append(loop)
        if isinstance(iterable, tuple):
            value = iterable[2]
        elif isinstance(iterable, list):
            value = self.either(*iterable)
        else:
            value = f"{iterable}[]"
        if targets == 1:
            yield (value,)
        elif isinstance(value, dict):
            yield [*value.values()]
        else:
            yield [f"{value}[{position}]" for position in range(targets)]
        self.open.pop()

    def filtered(self, name, value, arguments, keywords, at, libraries):
        inside = ", ".join(map(str, [value, *arguments]))
        self._read(f"{name}({inside}) of {','.join(libraries)}", at)
        return "?"

    def tag(self, name, arguments, keywords, at, libraries, context):
        inside = [*arguments, *(f"{name}={value}" for name, value in keywords.items())]
        self._read(f"{name}({', '.join(map(str, inside))}) of {','.join(libraries)}", at)
        template = self.tags.get(name)
        return Included(template, {"row": arguments[0]}) if template else f"{name}()"

    def template(self, name, asking):
        text = self.templates.get(name)
        return None if text is None else parse(text, name, file_of(name))

    def not_followed(self, reason, at):
        self._read(f"not followed: {reason}", at)


def file_of(name):
    return f"/project/jinja2/{name}" if name.startswith("j") else f"/project/templates/{name}"


def walked(text, context="", name="page.html", tags=None, **templates):
    """What a walk of a template reads. The context's variables are named by words.

    Other templates are given by keyword: `card_html` is `card.html`.
    """
    named = {key.replace("_html", ".html"): value for key, value in templates.items()}
    recording = Recording(named, tags or {})
    parsed = parse(text, name, file_of(name))
    assert parsed.problem == ""
    walk(parsed, {word: word for word in context.split()}, recording, root="/project")
    assert recording.open == []
    return recording


def jinja_walked(text, context="", **templates):
    return walked(text, context, name="jpage.html", **templates)
