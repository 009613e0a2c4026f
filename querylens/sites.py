"""All that a query came through: Python frames, tags of templates, declarations of classes."""

from __future__ import annotations

from querylens import stack
from querylens.places import compiled_tags
from querylens.record import Record
from querylens.stack import Frame, Site


def merged_sites(record: Record) -> tuple[Site, ...]:
    """All that the query came through, innermost first: frames, tags and declarations."""
    marks = dict(zip(record.stack.marks, record.stack.read_marks(record.marks), strict=False))
    sites: list[Site] = []
    for depth, frame in enumerate(record.stack.frames):
        if record.awaited is not None and _is_thread_start(frame):
            break
        mark = marks.get(depth)
        if mark is not None:
            sites.append(mark)
        compiled = record.stack.template_lines.get(depth)
        if compiled is None:
            sites.append(frame)
        else:
            name, file, line_of = compiled
            sites += compiled_tags(name, file, line_of(frame.line))
    if record.awaited is not None:
        sites += record.awaited.frames
        # A coroutine that was made in one place and awaited in another, as by `gather`.
        running = {site.code for site in sites if isinstance(site, Frame)}
        made = (stack.read_frame(code, offset) for code, offset in record.built)
        sites += [frame for frame in made if frame.code not in running]
    return tuple(sites)


def _is_thread_start(frame: Frame) -> bool:
    """Where a thread began to run an awaited call: what lies outside did not call it."""
    return frame.function == "SyncToAsync.thread_handler"
