"""Work on many processes gives what it gives on one, in the same order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from multiprocessing import active_children

import pytest

from querylens.lint import jobs as jobs_module
from querylens.lint.jobs import JobsError, spread
from tests.children import children, wait_for_the_end_of


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    """Few items are enough for many processes."""
    monkeypatch.setattr(jobs_module, "_LEAST_ITEMS", 40)


def make_shout(mark):
    """Gives a function for items, as lint makes one for each process."""
    pid = os.getpid()

    def shout(item):
        assert os.getpid() == pid
        return f"{item}{mark}"

    return shout


def make_pid():
    return lambda item: os.getpid()


def make_ending(worst):
    def end(item):
        if item == worst:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    return end


def make_refusing(worst):
    def refuse(item):
        if item == worst:
            raise ValueError(f"item {item}")
        return item

    return refuse


@pytest.mark.parametrize(
    ("jobs", "count"),
    [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 79), (2, 80), (3, 257), (200, 80), (-1, 90)],
)
def test_results_are_in_the_order_of_the_items(jobs, count):
    found = list(spread(range(count), jobs, make_shout, "!"))

    assert found == [f"{number}!" for number in range(count)]


@pytest.mark.parametrize(("jobs", "count"), [(1, 500), (2, 50)])
def test_one_job_and_few_items_are_done_here(jobs, count):
    assert set(spread(range(count), jobs, make_pid)) == {os.getpid()}


def test_many_items_are_done_by_other_processes():
    found = set(spread(range(200), 2, make_pid))

    assert os.getpid() not in found
    assert 1 <= len(found) <= 2


def test_a_process_that_is_killed_is_told_in_one_line():
    with pytest.raises(JobsError) as caught:
        list(spread(range(100), 2, make_ending, 50))

    assert str(caught.value) == (
        "a process that linted files was killed, maybe for want of memory: use fewer --jobs"
    )


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_is_the_same_wherever_it_is_raised(jobs):
    with pytest.raises(ValueError, match="item 50"):
        list(spread(range(100), jobs, make_refusing, 50))


def test_who_stops_to_ask_leaves_no_process_behind():
    found = spread(range(1000), 2, make_pid)
    next(found)
    assert active_children()
    found.close()

    assert not active_children()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_who_is_killed_leaves_no_process_behind(tmp_path):
    for number in range(2_000):
        (tmp_path / f"views_{number}.py").write_text(f"def view_{number}(request): ...\n")
    command = [sys.executable, "-m", "querylens", "lint", "--jobs", "2", str(tmp_path)]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as process:
        # With the one that tracks what they share.
        while len(found := children(process.pid)) < 3:
            assert process.poll() is None
        process.kill()

    wait_for_the_end_of(found)
