"""One process of a program under capture: from the moment Django is set up, units are recorded.

Importing this loads next to nothing: every Python that the program starts does.
"""

from __future__ import annotations

import atexit
import os
import signal
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any

from querylens.running.imports import when_imported
from querylens.running.session import Session

if TYPE_CHECKING:
    from querylens.model import Trace
    from querylens.running.parts import Part
    from querylens.running.units import Unit
    from querylens.traces import TraceWriter

_BOOTSTRAP = "_bootstrap"
#: Commands that only host the requests and tests which are units themselves.
_HOSTS = frozenset({"runserver", "testserver", "test"})


def start(session: Session, at_death: Callable[[], object] | None = None) -> Process:
    """Makes this process take part in a session; nothing happens until Django is set up.

    `at_death` is called before it dies of SIGTERM, as `atexit` does at any other end.
    """
    process = Process(session, at_death)
    os.register_at_fork(after_in_child=process.begin_anew)
    atexit.register(process.end)
    when_imported(
        {
            "django.apps.registry": process.watch_setup,
            "multiprocessing.process": process.watch_children,
            "unittest.case": process.watch_unittest,
            "_pytest.python": process.watch_pytest,
            "celery.signals": process.watch_celery,
        }
    )
    return process


class Process:
    """What this process has open, and where it keeps what has ended.

    Each `watch_…` hooks into a module when that has been imported, if ever.
    """

    def __init__(self, session: Session, at_death: Callable[[], object] | None) -> None:
        self.session = session
        self._at_death = at_death
        self._part: Part | None = None
        self._writer: TraceWriter | None = None
        self._program: Unit | None = None
        #: What is sent outside of requests and tests only prepares them.
        self._is_host = False

    def watch_setup(self, module: ModuleType) -> None:
        """Begins with the first `django.setup()`: before that there are no settings.

        It begins before the apps are loaded, so that what is built at import is seen.
        """
        original = module.Apps.populate

        def populate(apps: Any, installed_apps: Any = None) -> Any:
            if apps is module.apps and self._part is None:
                self._begin()
            return original(apps, installed_apps)

        module.Apps.populate = populate
        if module.apps.ready:
            self._begin()

    def _begin(self) -> None:
        try:
            from querylens.recorder import configuration
            from querylens.running.parts import Part

            self._part = Part(self.session.folder)
            if not configuration().enabled:
                self._remark("nothing is captured: `enabled` is off in the configuration")
                return
            self._record()
        except Exception as error:  # noqa: BLE001 - the program goes on
            self._give_up(error)

    def _record(self) -> None:
        from querylens.framework import make_queries_visible
        from querylens.running.requests import watch_requests

        if self.session.record:
            from querylens.traces import TraceWriter

            self._writer = TraceWriter(self.session.record)
        watch_requests(self)
        self._watch_commands()
        make_queries_visible()
        self._program = self.open(self.session.program, "program")
        self._on_termination()

    def _give_up(self, error: Exception) -> None:
        from querylens.errors import QueryLensError
        from querylens.recorder import failed

        if isinstance(error, QueryLensError) and self._part is not None:
            self._remark(f"nothing is captured: {error}")
        else:
            failed("capturing the program")

    def _remark(self, text: str) -> None:
        from querylens.model import Summary

        if self._part is not None:
            self._part.add(Summary(remarks=frozenset({text})))

    def open(self, name: str, kind: str) -> Unit | None:
        """A unit for what the caller does next; None when that cannot be recorded.

        Called by the function around which it is open.
        """
        if self._part is None:
            return None
        try:
            from querylens.running.units import Unit

            unit = Unit(name, kind, self._keep)
            if kind != "program":
                self._part.began()
        except Exception:  # noqa: BLE001 - the program goes on
            from querylens.recorder import failed

            failed(f"recording a {kind}")
            return None
        return unit

    def _keep(self, trace: Trace) -> None:
        from querylens.model import Summary
        from querylens.running.verdicts import verdict

        assert self._part is not None
        if trace.kind == "program" and not trace.records:
            return
        summary = Summary()
        try:
            summary.add(verdict(trace))
            if self._writer is not None:
                self._writer.write(trace)
        finally:
            keep = self._part.add if trace.kind == "program" else self._part.ended
            keep(summary)

    def _watch_commands(self) -> None:
        """A management command is a unit; one that another unit calls is a piece of that."""
        from django.core.management.base import BaseCommand

        from querylens.running.units import innermost

        commands: Any = BaseCommand
        original = commands.execute

        def execute(command: Any, *args: Any, **options: Any) -> Any:
            name = type(command).__module__.rpartition(".")[2]
            around = innermost()
            self._is_host = self._is_host or name in _HOSTS
            if self._is_host or (around is not None and around.kind != "program"):
                return original(command, *args, **options)
            unit = self.open(name, "command")
            try:
                return original(command, *args, **options)
            finally:
                close(unit)

        commands.execute = execute

    def watch_unittest(self, module: ModuleType) -> None:
        """A test is a unit: its method, without its set-up."""
        original = module.TestCase._callTestMethod

        def call(case: Any, method: Any) -> Any:
            unit = self._open_test(case.id())
            try:
                return original(case, method)
            finally:
                close(unit)

        module.TestCase._callTestMethod = call

    def _open_test(self, name: str) -> Unit | None:
        """From the first test on, what is sent outside of tests only prepares them."""
        if self._program is not None:
            self._program.drop()
            self._program = None
        return self.open(name, "test")

    def watch_pytest(self, module: ModuleType) -> None:
        """A test function is a unit, without its fixtures."""
        self._is_host = True
        original = module.Function.runtest

        def runtest(item: Any) -> Any:
            unit = self._open_test(item.nodeid)
            try:
                return original(item)
            finally:
                close(unit)

        module.Function.runtest = runtest

    def watch_celery(self, module: ModuleType) -> None:
        """A task is a unit, between two signals that its worker sends in its own thread."""
        running: dict[str, Unit | None] = {}

        def begun(task_id: str, task: Any, **_: Any) -> None:
            running[task_id] = self.open(task.name, "task")

        def ended(task_id: str, **_: Any) -> None:
            close(running.pop(task_id, None))

        module.task_prerun.connect(begun, weak=False)
        module.task_postrun.connect(ended, weak=False)

    def watch_children(self, module: ModuleType) -> None:
        """A child of multiprocessing ends without the functions that `atexit` calls."""
        original = getattr(module.BaseProcess, _BOOTSTRAP)

        def bootstrap(child: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return original(child, *args, **kwargs)
            finally:
                self.end()

        setattr(module.BaseProcess, _BOOTSTRAP, bootstrap)

    def begin_anew(self) -> None:
        """In a fork: what is open belongs to the process that it came from."""
        if self._part is None:
            return
        try:
            from querylens.running.parts import Part
            from querylens.running.units import abandon_all

            abandon_all()
            self._part = Part(self.session.folder)
            if self._program is not None:
                self._program = self.open(self.session.program, "program")
        except Exception as error:  # noqa: BLE001 - the program goes on
            self._give_up(error)

    def end(self) -> None:
        """Keeps what is open; the process is about to end."""
        if self._part is not None:
            from querylens.running.units import end_all

            end_all()

    def _on_termination(self) -> None:
        """A process that dies of SIGTERM keeps what is open. A program's own handler goes first."""
        try:
            if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
                signal.signal(signal.SIGTERM, self._terminated)
        except ValueError:
            # Django was set up by another thread than the main one.
            pass

    def _terminated(self, number: int, frame: FrameType | None) -> None:
        del frame
        try:
            self.end()
            if self._at_death is not None:
                self._at_death()
        finally:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)


def close(unit: Unit | None, name: str = "") -> None:
    """Leaves and ends what `open()` gave."""
    if unit is not None:
        unit.leave()
        unit.end(name)
