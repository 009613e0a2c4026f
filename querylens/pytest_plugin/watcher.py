"""Watches the tests that asked for it, or all of them when an option did."""

from __future__ import annotations

import sys
import unittest
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from querylens.baseline import Baseline, read_baseline
from querylens.config import Config
from querylens.errors import MisuseError, QueryLensError
from querylens.model import Summary, Trace
from querylens.pytest_plugin import travel
from querylens.pytest_plugin.body import Body
from querylens.pytest_plugin.closing import Closing
from querylens.pytest_plugin.markers import Wishes, wishes_of
from querylens.pytest_plugin.options import Options, read_options
from querylens.pytest_plugin.verdicts import Verdicts
from querylens.record import Record
from querylens.recorder import capture, configuration, failed

if TYPE_CHECKING:
    from querylens.traces import TraceWriter

_KEY = pytest.StashKey["Watched"]()
_FIXTURES = "querylens fixtures"


class Watched:
    """One test while it runs."""

    def __init__(self, item: pytest.Item, wishes: Wishes, config: Config) -> None:
        self._item = item
        self._config = config
        self.wishes = wishes
        self.summary: Summary | None = None
        self.let_go()

    def let_go(self) -> None:
        """Keeps nothing of what was sent; the test may run again."""
        #: What the fixtures of the test and its `setUp` sent, when that counts.
        self.setup: dict[int, Record] = {}
        self._body: Body | None = None

    @property
    def body(self) -> Body:
        """The recording of the test's function, made when it is first asked for."""
        if self._body is None:
            self._body = Body(
                self._item.nodeid,
                str(self._item.path),
                self._config,
                with_transactions=self.wishes.count_transactions,
            )
        return self._body

    @contextmanager
    def counts_as_setup(self) -> Iterator[None]:
        """Records what sends inside, for a test whose set-up counts."""
        with capture(self._item.nodeid, kind="test", config=self._config) as trace:
            try:
                yield
            finally:
                self.setup |= {id(record): record for record in trace.records}


class FixtureWatcher:
    """Records the fixtures of tests whose set-up counts; there only when a test asks for it."""

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        # What is made once for many tests is not the first one's: above all the test database.
        watched = request.node.stash.get(_KEY, None) if fixturedef.scope == "function" else None
        if watched is None or not watched.wishes.include_setup:
            return (yield)
        with watched.counts_as_setup():
            return (yield)


class Watcher:
    """The plugin while it watches: records the tests, judges them, and folds what was found."""

    def __init__(self, config: pytest.Config, options: Options, settings: Config) -> None:
        self._options = options
        self._settings = settings
        known = Baseline()
        if options.baseline is not None:
            known = read_baseline(options.baseline, missing_ok=options.update_baseline)
        self._verdicts = Verdicts(options, settings, known, config.get_verbosity())
        self._writer = _writer(options.record)
        self._plugins = config.pluginmanager
        self._is_worker = hasattr(config, "workerinput")
        self.closing = Closing(options, settings, known)
        if self._is_worker:
            return
        config.pluginmanager.register(self.closing, "querylens closing")

    @classmethod
    def of(cls, config: pytest.Config) -> Self:
        """The watcher of a test run.

        Raises `pytest.UsageError` when an option, the configuration or the baseline is wrong.
        """
        try:
            return cls(config, read_options(config), configuration())
        except QueryLensError as error:
            raise pytest.UsageError(str(error)) from None

    def choose(self, items: list[pytest.Item]) -> None:
        """Which tests are watched. Markers are read here, so that a wrong one stops them all."""
        for item in items:
            wishes = wishes_of(item)
            fixtures = getattr(item, "fixturenames", ())
            if wishes.are_any or self._options.watches or "querylens" in fixtures:
                item.stash[_KEY] = Watched(item, wishes, self._settings)
            if wishes.include_setup and not self._plugins.has_plugin(_FIXTURES):
                self._plugins.register(FixtureWatcher(), _FIXTURES)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        watched = item.stash.get(_KEY, None)
        if watched is None or not isinstance(item, pytest.Function):
            return (yield)
        set_up = _setup_counted(item, watched) if watched.wishes.include_setup else nullcontext()
        with set_up, _replaced(item, watched.body.around(item.obj)):
            try:
                result = yield
            finally:
                message = self._judged(watched, has_failed=_has_failed(item))
        if message:
            pytest.fail(message, pytrace=False)
        return result

    def _judged(self, watched: Watched, has_failed: bool) -> str:
        """What is wrong with a test that has run; also folds and records what it sent."""
        message = ""
        wishes = watched.wishes
        try:
            trace = watched.body.trace
            message = self._verdicts.on_budget(wishes, self._counted(watched, trace))
            if self._options.checks or not wishes.n_plus_one:
                watched.summary = self._verdicts.clean(trace)
                if watched.summary is None:
                    report = self._verdicts.report(trace, wishes)
                    watched.summary = Summary.of(report)
                    message = message or self._verdicts.on_findings(wishes, report, trace)
            if self._writer is not None:
                self._writer.write(trace)
        except Exception:
            failed("judging a test")
        finally:
            watched.let_go()
        return "" if has_failed else message

    def _counted(self, watched: Watched, trace: Trace) -> Trace:
        """What the test's budget counts: what its body sent, and its set-up when that counts."""
        if not watched.wishes.include_setup:
            return trace
        everything = watched.body.everything
        # A fixture that the body asked for was recorded by both.
        sent = watched.setup | {id(record): record for record in everything.records}
        return everything.part(list(sent.values()))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        watched = item.stash.get(_KEY, None) if call.when == "call" else None
        if watched is not None and watched.summary is not None:
            travel.put(report, watched.summary, goes_far=self._is_worker)
            watched.summary = None
        return report

    def pytest_unconfigure(self) -> None:
        if self._writer is not None:
            self._writer.close()


def _writer(folder: Path | None) -> TraceWriter | None:
    if folder is None:
        return None
    from querylens.traces import TraceWriter

    return TraceWriter(folder)


@contextmanager
def _setup_counted(item: pytest.Function, watched: Watched) -> Iterator[None]:
    """Counts unittest's `setUp`, which runs where the test does."""
    if not isinstance(item.instance, unittest.TestCase):
        yield
        return
    original = item.instance.setUp

    def counted() -> None:
        with watched.counts_as_setup():
            original()

    item.instance.setUp = counted  # type: ignore[method-assign]
    try:
        yield
    finally:
        vars(item.instance).pop("setUp", None)


@contextmanager
def _replaced(item: pytest.Function, function: Callable[..., Any]) -> Iterator[None]:
    """Another function in a test's place, while it runs."""
    original = item.obj
    item.obj = function
    is_method = isinstance(item.instance, unittest.TestCase)
    if is_method:
        # pytest leaves asynchronous methods to unittest, which looks them up by name.
        setattr(item.instance, item.name, function)
    try:
        yield
    finally:
        item.obj = original
        if is_method:
            vars(item.instance).pop(item.name, None)


def _has_failed(item: pytest.Function) -> bool:
    """Whether the test failed by itself; unittest's failures are kept on the item."""
    return sys.exception() is not None or bool(getattr(item, "_excinfo", None))


def trace_of(item: pytest.Item) -> Trace:
    """What the body of a running test has sent so far.

    Raises `MisuseError` in a test that is not watched, since nobody knew that it would ask.
    """
    watched = item.stash.get(_KEY, None)
    if watched is None:
        raise MisuseError(
            "the fixture querylens was asked for while the test ran, and has seen nothing: "
            "name it among the test's arguments, or in @pytest.mark.usefixtures"
        )
    return watched.body.trace
