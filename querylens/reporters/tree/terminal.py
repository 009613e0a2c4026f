"""One recorded trace as a tree for a terminal, and many as a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from querylens.model import Place, Trace
from querylens.reporters._page import Page
from querylens.reporters._plain import plain
from querylens.reporters._repeated import sample_values, short_statement, whole_statement
from querylens.reporters._words import total_words
from querylens.reporters.tree.nodes import Node, Recorded, tree

_TIMES = "{:>10}{:>9}  "
_INDENT = 2
#: Deeper nodes stand no further to the right.
_DEEPEST = 8
_NARROWEST = 40
_SHORTEST_SOURCE = 12
_ANY_WIDTH = 100_000
_MOST_TEXTS = 5
_LABEL_WIDTH = 10


@dataclass(frozen=True, slots=True)
class Tree:
    """Shows a trace on a terminal `width` cells wide; `with_sql` shows every statement whole."""

    width: int = 100
    color: bool = True
    with_sql: bool = False

    def render(self, recorded: Recorded, trace: Trace) -> str:
        """What was recorded, and its queries in order, those of one place folded."""
        page = Page(self.width, self.color)
        _add_heading(page, recorded)
        nodes = tree(trace)
        has_scopes = len({node.scope for node in nodes}) > 1
        has_aliases = len({node.first.alias for node in nodes}) > 1
        began = trace.queries[0].started_ns if trace.queries else 0
        scope = None
        if nodes:
            page.blank()
            page.line((_TIMES.format("offset ms", "ms").rstrip(), "dim"))
        for node in nodes:
            if has_scopes and node.depth == 0 and node.scope != scope:
                scope = node.scope
                page.line((f"in {scope or 'no scope'}", "bold"))
            _add_node(page, node, began, has_aliases)
            if self.with_sql:
                _add_statements(page, node)
        return page.render()

    def render_list(self, traces: Sequence[Recorded], more: int, example: str) -> str:
        """Many traces, a line each; `example` is how one of them is shown."""
        page = Page(self.width, self.color)
        count = len(traces) + more
        page.line((f"{count:,} traces, those with most queries first", "bold"))
        page.blank()
        ids = max((cell_len(plain(each.id)) for each in traces), default=0)
        page.line((f"{'id'.ljust(ids)}{'queries':>9}{'ms':>10}  name", "dim"))
        for each in traces:
            shown = plain(each.id)
            totals = each.totals
            page.line(
                (shown + " " * (ids - cell_len(shown)), "cyan"),
                (f"{totals.queries:>9,}{totals.duration_ns / 1e6:>10,.1f}  ", ""),
                (each.name or each.kind, ""),
            )
        if more:
            page.line((f"and {more:,} more with fewer queries", "dim"))
        page.blank()
        page.line(("see one: ", "dim"), (example, ""))
        return page.render()


def _add_heading(page: Page, recorded: Recorded) -> None:
    page.line((recorded.name or recorded.kind, "bold"))
    page.prose(total_words(recorded.totals))
    details = [f"{recorded.kind} {recorded.id}".strip(), recorded.started_at]
    details += [f"pid {recorded.pid}"] if recorded.pid else []
    details += [f"{name} {value}" for name, value in recorded.meta if value != ""]
    if recorded.sample_rate < 1:
        details.append(f"sample rate {recorded.sample_rate:g}")
    page.prose(", ".join(filter(None, details)), style="dim")
    if recorded.file:
        page.line((f"{recorded.file}:{recorded.line}", "dim"))
    for gap in recorded.gaps:
        page.prose(gap, label="not seen: ")


def _add_node(page: Page, node: Node, began_ns: int, has_aliases: bool) -> None:
    query, count = node.first, len(node.positions)
    offset = (query.started_ns - began_ns) / 1e6
    times = _TIMES.format(f"{offset:,.1f}", f"{node.group.duration_ns / 1e6:,.1f}")
    times += " " * (_INDENT * min(node.depth, _DEEPEST) - _INDENT) + "└ " * (node.depth > 0)
    number = f"{count:,}\N{MULTIPLICATION SIGN} " if count > 1 else ""
    failed = sum(bool(each.error) for each in node.group.queries)
    words = [f"on {query.alias}"] if has_aliases else []
    words += ["set-up"] if query.is_setup else []
    notes = "".join(f"  {plain(word)}" for word in words)
    error = f"  failed: {plain(query.error or 'some of them')}" if failed else ""
    place = f"  {plain(str(query.call_site))}" if query.call_site and count == 1 else ""
    margin = cell_len(times)
    room = page.width - margin - cell_len(number + notes + error)
    fits = room - cell_len(place) >= _NARROWEST
    statement = _fitted(_in_one_line(node.sql), room - cell_len(place) if fits else room)
    page.line(
        (times, "dim"),
        (number, "bold"),
        (statement, "" if query.is_counted else "dim"),
        (notes, "dim"),
        (error, "red"),
        (place if fits else "", "cyan"),
    )
    if count > 1:
        _add_group(page, node, margin)
    elif not fits:
        page.line((place.strip(), "cyan"), indent=margin)


def _add_group(page: Page, node: Node, margin: int) -> None:
    group = node.group
    likeness = [f"{group.most_similar:,} similar"] if group.most_similar > 1 else []
    if group.most_duplicated > 1:
        likeness.append(f"duplicated {group.most_duplicated:,} times")
    if likeness and node.first.is_counted:
        page.prose(", ".join(likeness), style="dim", indent=margin)
    if values := sample_values(group):
        page.line(("with ", "dim"), (", ".join(values), "dim"), indent=margin)
    for label, place in (
        ("access", group.call_site),
        ("loop", group.loop),
        ("queryset", group.origin),
    ):
        if place is not None:
            _add_place(page, label, place, margin)


def _add_place(page: Page, label: str, place: Place, margin: int) -> None:
    where = plain(str(place))
    room = page.width - margin - _LABEL_WIDTH - cell_len(where) - 2
    source = plain(" ".join((place.code or place.tag).split())[:_ANY_WIDTH])
    page.line(
        (label.ljust(_LABEL_WIDTH), "dim"),
        (where, "cyan"),
        (f"  {_fitted(source, room)}" if source and room >= _SHORTEST_SOURCE else "", ""),
        indent=margin,
    )


def _add_statements(page: Page, node: Node) -> None:
    """Each text of the node once."""
    texts = list(dict.fromkeys(str(query.sql) for query in node.group.queries))
    margin = cell_len(_TIMES.format("", "")) + _INDENT * min(node.depth, _DEEPEST)
    for text in texts[:_MOST_TEXTS]:
        room = max(page.width - margin, _NARROWEST)
        page.paste("\n".join(whole_statement(text, room)), "sql", indent=margin)
    if len(texts) > _MOST_TEXTS:
        page.line((f"and {len(texts) - _MOST_TEXTS:,} more texts", "dim"), indent=margin)
    page.blank()


def _in_one_line(sql: str) -> str:
    return " ".join(short_statement(sql, _ANY_WIDTH))


def _fitted(line: str, width: int) -> str:
    if cell_len(line) <= width:
        return line
    return set_cell_size(line, max(width - 1, 1)).rstrip() + "…"
