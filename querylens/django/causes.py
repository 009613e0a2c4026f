"""Which frames of a stack tell the cause, and how it is read from them while they are alive.

A distinct stack is looked at once, by `learn`. Each query from it then reads a handful of local
variables: the descriptor and the row it was asked of, the queryset, the tag of a template.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import CodeType, FrameType
from typing import Any, NamedTuple

from querylens.django import marks
from querylens.django.rows import BUILT, Built, accessor_of, loaded_by, row_of
from querylens.record import Parent
from querylens.stack import Stack

_ORM = ("django/db/", "django/contrib/contenttypes/", "querylens/django/")
#: What the ORM calls through: context managers, cached properties, threads of async methods.
_THROUGH = ("contextlib.py", "django/utils/functional.py", "asgiref/sync.py")
_DESCRIPTORS = {
    "ForwardManyToOneDescriptor.__get__",
    "ReverseOneToOneDescriptor.__get__",
    "DeferredAttribute.__get__",
    "GenericForeignKey.__get__",
    "GenericForeignKeyDescriptor.__get__",
}
_MODEL_METHODS = {"save", "delete", "refresh_from_db", "full_clean", "validate_unique"}
_OVERRIDDEN = {"save", "delete", "create", "get_queryset", "bulk_create", "get_or_create"}
#: Packages whose frames are Django's own, or a profiler's around them.
_ASKSNOTHING = {"django", "asgiref", "debug_toolbar", "nplusone", "silk", "zeal"}
_RELATION_WRITES = {"add", "set", "remove", "clear", "create", "get_or_create", "update_or_create"}
_OF_RELATED_MANAGERS = {*_RELATION_WRITES, "count", "exists"}
#: Frames that give the access its name, and hold nothing else to read.
_NAMES_ONLY = {
    ".prefetch_related_objects",
    "CursorWrapper.callproc",
    "CursorWrapper.execute",
    "CursorWrapper.executemany",
}
#: How many frames of a package between two of the ORM still belong to one call.
_MOST_BETWEEN = 8


class Seen(NamedTuple):
    """What the live frames told of one query; `live` is the object to read a shape from."""

    subject: Any = None
    row: Any = None
    parent: Parent = None
    built: tuple[Any, ...] = ()
    live: Any = None


#: What the frames told when there was nothing to read.
NOTHING = Seen()
_make = tuple.__new__


class Reading:
    """How queries of one stack are read: which frame, what from it, and under which name."""

    __slots__ = ("access", "depth", "filtered_at", "library", "mark_readers", "reader")

    def __init__(self) -> None:
        #: The ORM's method that the project or a library called.
        self.access = ""
        self.depth = -1
        #: Where the queryset stands that was sent in the end, with the conditions of `get(…)`.
        self.filtered_at = -1
        self.reader: Callable[[Mapping[str, Any]], Seen] | None = None
        self.mark_readers: tuple[tuple[int, Callable[[Mapping[str, Any]], Any]], ...] = ()
        #: The package that called the ORM on the project's behalf, if one did.
        self.library = ""

    @property
    def is_prefetch(self) -> bool:
        return self.reader is _read_prefetch

    def read(self, top: FrameType) -> Seen:
        reader = self.reader
        if reader is None:
            return NOTHING
        frame: Any = top
        for _ in range(self.depth):
            frame = frame.f_back
        return reader(frame.f_locals)

    def filtered(self, top: FrameType) -> Any:
        """The queryset as it was sent; None when no queryset was."""
        if self.filtered_at < 0:
            return None
        frame: Any = top
        for _ in range(self.filtered_at):
            frame = frame.f_back
        return frame.f_locals.get("self")

    def read_marks(self, top: FrameType) -> tuple[Any, ...]:
        frame: Any = top
        depth = 0
        found = []
        for wanted, read in self.mark_readers:
            while depth < wanted:
                frame = frame.f_back
                depth += 1
            found.append(read(frame.f_locals))
        return tuple(found)


def learn(stack: Stack, frames: Sequence[FrameType]) -> None:
    """Finds what a stack's frames can tell, and leaves the way to read it on the stack."""
    reading = Reading()
    end = _learn_cause(reading, frames)
    reading.library = _library(frames[end:])
    reading.mark_readers = marks.find(frames)
    stack.reading = reading
    stack.marks = tuple(depth for depth, _ in reading.mark_readers)
    stack.read_marks = marks.sites
    stack.template_lines = marks.compiled_templates(frames)


def _learn_cause(reading: Reading, frames: Sequence[FrameType]) -> int:
    """Reads the run of ORM frames from the innermost on; gives the depth behind it."""
    prefetch_at = -1
    end = 0
    in_library = False
    for depth, frame in enumerate(frames):
        code = frame.f_code
        file = code.co_filename.replace("\\", "/")
        if any(part in file for part in _ORM) or file.endswith(_THROUGH):
            if code.co_qualname.startswith("ContentTypeManager."):
                # A cache that fills itself, whatever asked it.
                break
            if code.co_name == "prefetch_one_level" and prefetch_at < 0:
                prefetch_at = depth
            _learn_frame(reading, depth, frame, file)
            end = depth + 1
            in_library = False
        elif depth - end >= _MOST_BETWEEN:
            break
        elif _is_overridden(code):
            if in_library:
                # It asked a library, which asked the ORM for something of its own.
                break
        elif _is_installed(file):
            in_library = True
        else:
            break
    if prefetch_at >= 0:
        reading.reader, reading.depth = _read_prefetch, prefetch_at
    return end


def _is_overridden(code: CodeType) -> bool:
    """Whether it is a model's or manager's own version of a method: its caller asked the ORM."""
    return code.co_name in _OVERRIDDEN and code.co_varnames[:1] == ("self",)


def _is_installed(file: str) -> bool:
    """Whether it belongs to a package that may patch the ORM or the cursor, as profilers do."""
    return "/site-packages/" in file and "/site-packages/django/" not in file


def _learn_frame(reading: Reading, depth: int, frame: FrameType, file: str) -> None:
    """Takes the frame as the access if it is one: the outermost frame of the run wins."""
    code = frame.f_code
    owner, _, name = code.co_qualname.rpartition(".")
    owner = owner.rpartition(".")[2]
    if code.co_qualname in _DESCRIPTORS:
        # An inner one stays: the key behind a relation was deferred, and had to be fetched.
        if reading.access != "attribute":
            reading.access = "attribute"
            reading.reader, reading.depth = _read_descriptor, depth
    elif owner in {"QuerySet", "RawQuerySet"} and not _is_private(name):
        reading.access = name.removeprefix("_")
        reading.reader, reading.depth = _read_queryset, depth
        if reading.filtered_at < 0:
            reading.filtered_at = depth
    elif owner == "ModelIterable" and reading.reader is None:
        reading.access = "iterator"
        reading.reader, reading.depth = _read_iterable, depth
    elif name == "manager_method":
        reading.access = frame.f_locals["name"]
    elif name in _OF_RELATED_MANAGERS and _is_related_manager(owner, code.co_qualname + file):
        reading.access = name
        reading.reader, reading.depth = _read_manager, depth
    elif owner == "Model" and name in _MODEL_METHODS:
        reading.access = name
        reading.reader, reading.depth = _read_model, depth
    elif f"{owner}.{name}" in _NAMES_ONLY:
        reading.access = name


def _is_related_manager(owner: str, described: str) -> bool:
    return owner.endswith("Manager") and "related" in described


def _is_private(name: str) -> bool:
    return name.startswith("_") and name not in {
        "__iter__",
        "__len__",
        "__bool__",
        "__getitem__",
        "__contains__",
        "_iterator",
        "_fetch_all",
    }


def _library(frames: Sequence[FrameType]) -> str:
    """The package outside Django and the standard library that called the ORM first."""
    for frame in frames:
        file = frame.f_code.co_filename.replace("\\", "/")
        if "/site-packages/" not in file:
            if "/lib/python" in file:
                continue
            return ""
        package = file.partition("/site-packages/")[2].partition("/")[0]
        if package not in _ASKSNOTHING:
            return package
    return ""


def _read_descriptor(variables: Mapping[str, Any]) -> Seen:
    descriptor, instance = variables["self"], variables["instance"]
    # Made without the call of `Seen`: most queries of an N+1 come through here.
    return _make(
        Seen, (descriptor, row_of(instance), instance._state._querylens_loaded_by, (), descriptor)
    )


def _read_queryset(variables: Mapping[str, Any]) -> Seen:
    queryset = variables["self"]
    query = queryset.__dict__.get("_query") or queryset.query
    built: Built | None = getattr(query, BUILT, None)
    if built is None:
        return Seen(live=queryset)
    if built.owner is None:
        return Seen(None, None, None, built.frames, queryset)
    subject = (built.owner, built.accessor, built.was_prefetched)
    return Seen(subject, built.row, built.parent, built.frames, queryset)


def _read_iterable(variables: Mapping[str, Any]) -> Seen:
    return _read_queryset({"self": variables["self"].queryset})


def _read_manager(variables: Mapping[str, Any]) -> Seen:
    manager = variables["self"]
    instance = manager.instance
    subject = (type(instance), accessor_of(manager), False)
    return Seen(subject, row_of(instance), loaded_by(instance), (), manager)


def _read_model(variables: Mapping[str, Any]) -> Seen:
    instance = variables["self"]
    return Seen(None, row_of(instance), loaded_by(instance), (), instance)


def _read_prefetch(variables: Mapping[str, Any]) -> Seen:
    instances, lookup, level = variables["instances"], variables["lookup"], variables["level"]
    first = instances[0]
    accessor = lookup.prefetch_through.split("__")[level]
    alone = row_of(first) if len(instances) == 1 else None
    return Seen((type(first), accessor, False), alone, loaded_by(first), (), first)
