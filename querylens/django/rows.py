"""Where rows come from: each queryset knows who built it, each row which query loaded it."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

import django

from querylens.record import Parent, Record
from querylens.recorder import failed, recordings

#: Attribute of a `django.db.models.sql.Query`.
BUILT = "_querylens_built"
#: Attribute of a model instance's `_state`.
LOADED_BY = "_querylens_loaded_by"

_MOST_FRAMES = 40
_LIBRARY, _PROJECT, _LAZY_LOADING, _RELATED, _REQUEST, _ORM = range(6)
_DJANGO = f"{Path(django.__file__).parent.as_posix()}/"
_ORM_FILES = ("db/", "contrib/contenttypes/", "shortcuts.py")


class Built(NamedTuple):
    """Who built a queryset.

    `frames` are the nearest of the project, as code and instruction. For a related manager's
    queryset, `owner` and `accessor` name the relation, `row` and `parent` the row it started at.
    """

    frames: tuple[tuple[CodeType, int], ...]
    owner: type | None = None
    accessor: str = ""
    row: Any = None
    parent: Parent = None
    was_prefetched: bool = False


def watch_builder(original: Callable[..., None]) -> Callable[..., None]:
    """`QuerySet.__init__` that keeps on a new SQL query which lines of the project build it."""

    def __init__(
        self: Any, model: Any = None, query: Any = None, using: Any = None, hints: Any = None
    ) -> None:
        original(self, model, query, using, hints)
        # A clone has a query already; hints come with the ORM's own loading of a row's relation.
        if query is None and not hints:
            try:
                built = _builder(sys._getframe(1))
                if built is not None:
                    self._query._querylens_built = built
            except Exception:
                failed("the origin of a queryset")

    return functools.wraps(original)(__init__)


def watch_raw_builder(original: Callable[..., None]) -> Callable[..., None]:
    """`RawQuerySet.__init__` that keeps on a new raw query which lines of the project build it."""

    @functools.wraps(original)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        try:
            if getattr(self.query, BUILT, None) is None:
                self.query._querylens_built = _builder(sys._getframe(1))
        except Exception:
            failed("the origin of a raw queryset")

    return __init__


def _builder(frame: FrameType | None) -> Built | None:
    found: list[tuple[CodeType, int]] = []
    manager: Any = None
    prefetching = False
    #: The library's function that the project called, when it is none of the ORM's.
    behind = ""
    for _ in range(_MOST_FRAMES):
        if frame is None or len(found) == 2:
            break
        code = frame.f_code
        kind = _kinds[code.co_filename]
        if kind is _LAZY_LOADING:
            return None
        if kind is _PROJECT and (not behind or _gives_queryset(behind)):
            behind = ""
            found.append((code, frame.f_lasti))
        elif kind is _PROJECT or kind is _REQUEST:
            # A library asked on its own behalf, or the server's frames begin.
            break
        elif kind is _LIBRARY:
            behind = code.co_qualname
        elif kind is _RELATED and manager is None:
            manager = _recorded_manager(frame)
            if manager is None:
                return None
        else:
            behind = ""
            prefetching = prefetching or code.co_name == "prefetch_one_level"
        frame = frame.f_back
    return _built(tuple(found), manager, prefetching)


def _recorded_manager(frame: FrameType) -> Any:
    """The related manager that a frame belongs to, while somebody records; else None."""
    if not recordings.get():
        return None
    manager = frame.f_locals.get("self")
    return manager if hasattr(manager, "core_filters") else None


class _Kinds(dict[str, int]):
    """What each file's frames mean to us, told once a file."""

    def __missing__(self, file: str) -> int:
        kind = self[file] = _kind_of(file)
        return kind


_kinds = _Kinds()


def _kind_of(file: str) -> int:
    path = file.replace("\\", "/")
    if path.endswith(("django/db/models/fields/related_descriptors.py", "contenttypes/fields.py")):
        return _RELATED
    if path.endswith("querylens/django/hooks.py"):
        # The frame that serves a request: what lies outside belongs to the server.
        return _REQUEST
    if path.endswith(("django/db/models/query_utils.py", "django/db/models/base.py")):
        return _LAZY_LOADING
    # Which files are the project's own is configuration, and decided when the trace is read;
    # here only what can never be one is left out.
    if path.startswith(_DJANGO):
        return _ORM if path.removeprefix(_DJANGO).startswith(_ORM_FILES) else _LIBRARY
    return _LIBRARY if "/site-packages/" in path else _PROJECT


def _gives_queryset(function: str) -> bool:
    """Whether a library's function is one whose result can be filtered on, by its name."""
    owner, _, name = function.rpartition(".")
    return "queryset" in function.lower() or owner.endswith("Manager") or name == "qs"


def _built(
    frames: tuple[tuple[CodeType, int], ...], manager: Any, prefetching: bool
) -> Built | None:
    if manager is None:
        return Built(frames) if frames else None
    instance = manager.instance
    return Built(
        frames,
        type(instance),
        accessor_of(manager),
        row_of(instance),
        loaded_by(instance),
        prefetching,
    )


def accessor_of(manager: Any) -> str:
    """The attribute that gives a related manager, as `prefetch_related` names it."""
    # A manager of foreign keys has `reverse` too: the queryset's method.
    if hasattr(manager, "query_field_name") and manager.reverse:
        field = manager.model._meta.get_field(manager.query_field_name)
        accessor = field.remote_field.get_accessor_name()
    elif hasattr(manager, "prefetch_cache_name"):
        accessor = manager.prefetch_cache_name
    else:
        accessor = manager.field.remote_field.get_accessor_name()
    return str(accessor)


def row_of(instance: Any) -> Any:
    """What tells one row from another: the key, or the object while it has none."""
    kind = type(instance)
    name = _key_names.get(kind)
    if name is None:
        name = _key_names[kind] = kind._meta.pk.attname
    # Not `instance.__dict__`: Python would give each row a dict of its own for it.
    key = getattr(instance, name)
    return id(instance) if key is None else key


_key_names: dict[type, str] = {}


def loaded_by(instance: Any) -> Parent:
    """The query that loaded a row while it was recorded."""
    parent: Parent = instance._state._querylens_loaded_by
    return parent


#: The record of this thread's last query: that of a row is the last when the row comes.
last_sent = threading.local()


def tagged(found: Iterator[Any], queryset: Any) -> Iterator[Any]:
    """Hands the rows on; each then knows the query that loaded it."""
    joins = getattr(getattr(queryset, "query", None), "select_related", False)
    record: Record | None = None

    def tag(row: Any) -> Any:
        nonlocal record
        try:
            if record is None:
                record = _sent_for(queryset)
            row._state._querylens_loaded_by = record
            if joins and record is not None:
                _tag_joined(row, record, "")
        except Exception:
            failed("tagging a row")
        return row

    # Not a generator: it would cost twice as much for the one row of a `get()`.
    return map(tag, found)


def _sent_for(queryset: Any) -> Record | None:
    """The last query, if it can be the queryset's: making an instance may have sent another."""
    record: Record | None = getattr(last_sent, "record", None)
    built = getattr(queryset.query, BUILT, None)
    if record is None or built is None or not record.built or record.built is built.frames:
        return record
    return None


def _tag_joined(row: Any, record: Record, path: str) -> None:
    """Rows that `select_related` brought along come from the same query, by a path."""
    for name, joined in row._state.fields_cache.items():
        state = getattr(joined, "_state", None)
        if state is not None and state._querylens_loaded_by is None:
            joined_path = f"{path}__{name}" if path else name
            state._querylens_loaded_by = (record, joined_path)
            _tag_joined(joined, record, joined_path)
