"""From what the hot path kept to queries: call site, loop, origin and path of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from querylens import declarations, stack
from querylens.config import Config
from querylens.declarations import Declared
from querylens.glance import is_setup
from querylens.model import Cause, Place, Query
from querylens.places import (
    chain_place,
    is_manager_method,
    place_at,
    rows_place,
    tag_place,
)
from querylens.record import Record, loaded_and_joined
from querylens.remembered import Seen, remembered
from querylens.sites import merged_sites
from querylens.source import Span
from querylens.sql import statement_kind
from querylens.stack import Declaration, Frame, Site, Tag
from querylens.ways import (
    Alike,
    Way,
    changed_copy,
    continues,
    facts_of_rows,
    is_alone,
    with_walked_rows,
)


def queries(config: Config, records: Sequence[Record]) -> list[Query]:
    """Every record as a query, in order."""
    reader = _Reader(config, records)
    alike = [reader.alike(record) for record in records]
    if reader.met_recursion:
        alike = reader.with_recursion(alike)
    return list(map(reader.query, records, with_walked_rows(alike)))


class _Reader:
    """Reads one trace. What many records share is worked out once."""

    def __init__(self, config: Config, records: Sequence[Record]) -> None:
        self._config = config
        self._positions = {id(record): index for index, record in enumerate(records)}
        self._known = remembered(config)
        self._alike: dict[tuple[Any, ...], Alike] = {}
        self._recursions: dict[Place | None, Place | None] = {}
        self._ways: dict[Any, Way] = {}
        self._root = str(config.root)

    def query(self, record: Record, alike: Alike) -> Query:
        """The query of a record, from what it shares with others."""
        parent = record.parent
        return Query.of(
            {
                **alike,
                "params": record.params,
                "started_ns": record.started_ns,
                "duration_ns": record.duration_ns,
                "row": record.row,
                "parent": None if parent is None else self._position(parent),
            }
        )

    def _position(self, parent: Record | tuple[Record, str]) -> int | None:
        return self._positions.get(id(loaded_and_joined(parent)[0]))

    def alike(self, record: Record) -> Alike:
        """What a record's query shares with others; one object for all of them."""
        loaded, joined = (None, "") if record.parent is None else loaded_and_joined(record.parent)
        key = (
            record.shape,
            record.alias,
            record.vendor,
            record.many,
            record.error,
            record.marks,
            record.awaited,
            record.scope,
            record.subject,
            id(loaded),
            joined,
            _built_key(record.built),
            id(record.ignored),
        )
        alike = self._alike.get(key)
        if alike is None:
            alike = self._alike[key] = self._find_alike(record)
        return alike

    def _find_alike(self, record: Record) -> Alike:
        seen = self._seen_from(record)
        way = self._way_back(record)
        return {
            "sql": record.shape.sql,
            "alias": record.alias,
            "vendor": record.vendor,
            "many": record.many,
            "error": record.error,
            "frames": record.shape.stack.lines,
            "cause": self._cause(record, way),
            "scope": record.scope,
            "call_site": seen.call_site,
            "loop": seen.loop,
            "built_at": self._built_at(record.built),
            "origin": way.origin,
            "stack": seen.key,
            "is_setup": is_setup(record, self._config),
            "kind": statement_kind(record.shape.sql),
            "ignored": record.ignored,
            "alike": object(),
        }

    @property
    def met_recursion(self) -> bool:
        """Whether a loop was a function that calls itself."""
        return bool(self._recursions)

    def with_recursion(self, found: Sequence[Alike]) -> list[Alike]:
        """The first turn of a recursion is not in it yet: later ones tell where it turns."""
        changed = {
            id(fields): changed_copy(fields, loop=self._recursions[fields["call_site"]])
            for fields in found
            if fields["loop"] is None and fields["call_site"] in self._recursions
        }
        return [changed.get(id(fields), fields) for fields in found]

    def _cause(self, record: Record, way: Way) -> Cause | None:
        key = (record.shape, record.subject, way.path, way.facts)
        if key not in self._known.causes:
            cause = record.shape.cause(record.subject)
            if cause is not None and record.parent is not None:
                cause = replace(cause, path=way.path or cause.path, facts=cause.facts | way.facts)
            self._known.causes[key] = cause
        return self._known.causes[key]

    def _seen_from(self, record: Record) -> Seen:
        """Call site, loop, and what is equal for queries that came the same way."""
        built = record.built if record.awaited else ()
        key = (record.stack, record.marks, record.awaited, built)
        seen = self._known.seen.get(key)
        if seen is None:
            seen = self._known.seen[key] = self._find_seen(record)
        if seen.turns:
            self._recursions[seen.call_site] = seen.loop
        return seen

    def _find_seen(self, record: Record) -> Seen:
        sites = self._placed(merged_sites(record))
        start = stack.call_site(sites, self._config.is_project_file)
        if start is None:
            start = len(sites)
        found = stack.loop(sites, start, self._config.is_project_file)
        return Seen(
            call_site=self._call_site(sites, start),
            loop=self._loop_place(*found) if found else None,
            key=self._known.number(stack.collapse(sites)),
            turns=found is not None and found[1] is None and isinstance(found[0], Frame),
        )

    def _placed(self, sites: Sequence[Site]) -> tuple[Site, ...]:
        """The stack without declarations of classes that are not the project's."""
        return tuple(
            site
            for site in sites
            if not isinstance(site, Declaration) or self._declared(site) is not None
        )

    def _declared(self, site: Declaration) -> Declared | None:
        key = (site.owner, site.field)
        if key not in self._known.declared:
            self._known.declared[key] = declarations.find(*key, self._config.is_project_file)
        return self._known.declared[key]

    def _call_site(self, sites: Sequence[Site], start: int) -> Place | None:
        if start >= len(sites):
            return None
        site = sites[start]
        if isinstance(site, Frame):
            return self._frame_place(site, stack.asked_at(site))
        behind = next(
            (
                item
                for item in sites[start + 1 :]
                if isinstance(item, Frame)
                and self._config.is_project_file(item.file)
                and not stack.only_passes_on(item)
            ),
            None,
        )
        python = self._frame_place(behind) if behind else None
        if isinstance(site, Tag):
            return tag_place(site, self._root, python)
        return self._declaration_place(site, python)

    def _frame_place(self, frame: Frame, span: Span | None = None) -> Place:
        span = span or frame.span
        return place_at(frame.file, span, frame.function, self._root)

    def _declaration_place(self, declaration: Declaration, python: Place | None) -> Place | None:
        found = self._declared(declaration)
        if found is None:
            return None
        return replace(place_at(found.file, found.span, found.name, self._root), python=python)

    def _loop_place(self, site: Site, span: Span | None) -> Place | None:
        if isinstance(site, Tag):
            return tag_place(site, self._root)
        if isinstance(site, Declaration):
            return None
        place = self._frame_place(site, span)
        first_line = place.code.splitlines()[0] if place.code else ""
        return replace(place, code=first_line) if span else place

    def _built_at(self, built: Sequence[tuple[Any, int]]) -> Place | None:
        """The statement that built a queryset: its whole method chain.

        None when only a manager of the project's did, for whoever asked it.
        """
        if not built:
            return None
        key = _built_key(built)
        if key not in self._known.built:
            self._known.built[key] = (built, self._find_built(built))
        return self._known.built[key][1]

    def _find_built(self, built: Sequence[tuple[Any, int]]) -> Place | None:
        frames = [stack.read_frame(code, offset) for code, offset in built]
        own = tuple(
            frame
            for frame in frames
            if self._config.is_project_file(frame.file) and not stack.only_passes_on(frame)
        )
        while own and is_manager_method(own[0]):
            own = own[1:]
        return chain_place(own[0], self._root) if own else None

    def _way_back(self, record: Record) -> Way:
        """From the row that an access started at to the queryset that it came from."""
        if record.parent is None:
            return Way(None, "", frozenset())
        loaded, joined = loaded_and_joined(record.parent)
        key = (record.shape, record.subject, id(loaded), joined)
        if key not in self._ways:
            self._ways[key] = self._find_way(record)
        return self._ways[key]

    def _find_way(self, record: Record) -> Way:
        steps: list[str] = []
        facts: set[str] = set()
        cause = record.shape.cause(record.subject)
        own = cause.relation if cause is not None else ""
        if cause is not None and cause.path:
            steps.append(cause.path)
        parent = record.parent
        while parent is not None:
            loaded, joined = loaded_and_joined(parent)
            steps += [joined] if joined else []
            cause = loaded.shape.cause(loaded.subject)
            if cause is None or loaded.parent is None or not continues(cause, loaded):
                facts |= facts_of_rows(cause)
                # What is done with a row that was fetched by itself concerns no other queryset.
                origin = self._origin(loaded) if own or not is_alone(loaded) else None
                return Way(origin, "__".join(reversed(steps)), frozenset(facts))
            facts |= set() if cause.to_one else {"path crosses many"}
            if cause.relation == own and cause.access == "attribute":
                # Walking up a relation to its own model: every step is the same access.
                facts.add("walks up")
            else:
                steps.append(cause.path)
            parent = loaded.parent
        return Way(None, "", frozenset())

    def _origin(self, record: Record) -> Place | None:
        built = self._built_at(record.built)
        if built is not None:
            return built
        call_site = self._seen_from(record).call_site
        if call_site is None or call_site.template or call_site.column is None:
            return None
        return rows_place(call_site, self._root)


def _built_key(built: Sequence[tuple[Any, int]]) -> tuple[tuple[int, int], ...]:
    """By identity: to hash a code object is to read it all."""
    return tuple([(id(code), offset) for code, offset in built])
