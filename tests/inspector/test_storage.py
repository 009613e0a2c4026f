"""What the folder holds, and what happens when it is not as it should be."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace

import pytest

from querylens.django.inspector import recent
from querylens.django.inspector.entries import Entry, Found
from querylens.django.inspector.memory import Memory
from querylens.django.inspector.storage import SharedFolder, UnsafeFolderError, folder_of
from querylens.model import Totals
from tests.capture.sending import ROOT
from tests.inspector.conftest import HOME

ENTRY = Entry(
    id="0" * 20 + "-" + "0" * 16,
    pid=1,
    method="GET",
    route="r/",
    status=200,
    started_ns=1,
    duration_ns=2,
    totals=Totals(traces=1, queries=3),
    findings=(Found("QL101", "lazy-forward-relation", "warning", 8),),
)


def numbered(number):
    return replace(ENTRY, id=f"{number:020d}-{'a' * 16}")


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_is_read_again(folder):
    shared = SharedFolder(folder)
    shared.put(ENTRY, b"a line\n")

    assert shared.entries() == SharedFolder(folder).entries() == [ENTRY]
    assert shared.read(ENTRY.id) == (ENTRY, b"a line\n")


def test_nobody_else_may_look(folder):
    mask = os.umask(0)
    try:
        SharedFolder(folder).put(ENTRY, b"")
    finally:
        os.umask(mask)

    assert (mode_of(folder.parent), mode_of(folder)) == (0o700, 0o700)
    assert [mode_of(file) for file in folder.iterdir()] == [0o600]


def test_projects_and_users_have_folders_of_their_own(tmp_path):
    assert folder_of(tmp_path / "one") != folder_of(tmp_path / "two")
    assert folder_of(tmp_path).parent.name == f"querylens-{os.geteuid()}"


@pytest.mark.django_db
def test_no_values_lie_there(site, folder):
    client = site()
    client.get("/secret/for-nobody/")
    content = b"".join(file.read_bytes() for file in folder.iterdir())

    assert b"secret/<slug:name>/" in content
    assert b"a secret" not in content
    assert b"for-nobody" not in content


def test_the_oldest_are_removed(folder):
    shared = SharedFolder(folder, most_requests=3)
    for number in range(10):
        shared.put(numbered(number), b"")

    assert [int(entry.id[:20]) for entry in shared.entries()] == [9, 8, 7]
    assert len(list(folder.iterdir())) == 3


def test_bytes_are_capped(folder):
    shared = SharedFolder(folder, most_bytes=5_000)
    for number in range(10):
        shared.put(numbered(number), b"x" * 1_000)

    assert 1 <= len(shared.entries()) <= 4
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 5_000


def test_what_a_killed_process_left_is_removed_in_time(folder):
    shared = SharedFolder(folder)
    shared.put(numbered(1), b"")
    old, young = folder / "old.half", folder / "young.half"
    for file in (old, young):
        file.touch()
    os.utime(old, (time.time() - 1_000, time.time() - 1_000))
    shared.put(numbered(2), b"")

    assert not old.exists()
    assert young.exists()
    assert len(shared.entries()) == 2


GOOD = ENTRY.to_line()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"\xff\xfe\0",
        b"[" * 60_000,
        b"null\n",
        b"[]\n",
        b"{}\n",
        GOOD[:-20],
        GOOD.replace(b'"v":1', b'"v":2'),
        GOOD.replace(b'"status":200', b'"status":"200"'),
        GOOD.replace(b'"status":200', b'"status":-1'),
        GOOD.replace(b'"queries":3', b'"queries":1e3'),
        GOOD.replace(b'"queries":3', b'"other":3'),
        GOOD.replace(b'"route":"r/"', b'"route":null'),
        GOOD.replace(b'"count":8', b'"count":true'),
        GOOD.replace(ENTRY.id.encode(), numbered(5).id.encode()),
    ],
)
def test_garbage_is_passed_over(folder, content):
    shared = SharedFolder(folder)
    shared.put(numbered(1), b"")
    (folder / f"{ENTRY.id}.request").write_bytes(content)

    assert [entry.id for entry in shared.entries()] == [numbered(1).id]


@pytest.mark.django_db
def test_a_damaged_trace_is_not_found(site, folder, make_recent, entries):
    client = site()
    client.get("/")
    [file] = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-20])
    make_recent()
    [entry] = entries()

    assert client.get(f"{HOME}requests/{entry.id}/").status_code == 404


@pytest.mark.parametrize("name", ["../outside", "..", "", "\0", "a" * 300, f"{ENTRY.id}/../x"])
def test_no_other_name_is_read(folder, name):
    shared = SharedFolder(folder)
    shared.put(ENTRY, b"")
    (folder.parent / "outside.request").write_bytes(GOOD)

    assert shared.read(name) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and links are POSIX's")
def test_what_is_no_file_is_not_read(folder):
    shared = SharedFolder(folder)
    shared.put(numbered(9), b"")
    os.mkfifo(folder / f"{numbered(1).id}.request")
    (folder / f"{numbered(2).id}.request").symlink_to(folder / f"{numbered(9).id}.request")
    (folder / f"{numbered(3).id}.request").mkdir()

    assert [entry.id for entry in shared.entries()] == [numbered(9).id]
    assert shared.read(numbered(1).id) is None


def link(folder):
    (folder.parent.parent / "elsewhere").mkdir(mode=0o700)
    folder.parent.symlink_to(folder.parent.parent / "elsewhere")


def is_a_file(folder):
    folder.parent.touch()


def is_open(folder):
    folder.parent.mkdir()
    folder.parent.chmod(0o755)


def is_open_below(folder):
    folder.mkdir(parents=True)
    folder.parent.chmod(0o700)
    folder.chmod(0o770)


def is_somebody_elses(folder):
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    folder.parent.mkdir(mode=0o700)
    os.chown(folder.parent, 65534, 65534)


@pytest.mark.parametrize("prepare", [link, is_a_file, is_open, is_open_below, is_somebody_elses])
def test_a_folder_that_is_not_ours_alone_is_refused(folder, prepare):
    prepare(folder)
    shared = SharedFolder(folder)

    for use in (lambda: shared.put(ENTRY, b""), shared.entries, lambda: shared.read(ENTRY.id)):
        with pytest.raises(
            UnsafeFolderError, match=r"^\S+ (is|belongs) .*: remove it, or set TMPDIR"
        ):
            use()
    assert list(folder.parent.parent.rglob("*.request")) == []


@pytest.mark.django_db
def test_the_page_goes_on_without_a_folder(site, folder, caplog):
    folder.parent.touch()
    client = site()
    client.get("/lazy/")
    client.get("/lazy/")
    page = client.get(HOME).content.decode()

    assert page.count(">GET lazy/</a>") == 2
    assert "Only what this process served is shown" in page
    told = [record.getMessage() for record in caplog.records if record.name == "querylens"]
    assert len(told) == 1
    assert told[0].startswith("querylens: the page shows this process's requests only: ")


@pytest.mark.django_db
def test_a_folder_that_vanished_is_made_again(site, folder, entries):
    client = site()
    client.get("/")
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    folder.parent.rmdir()

    assert client.get(HOME).status_code == 200
    assert len(entries()) == 1
    client.get("/")
    assert len(entries()) == 2
    assert len(SharedFolder(folder).entries()) == 1
    assert recent.recent.problem == ""


WRITE = """
    import sys
    from dataclasses import replace
    from pathlib import Path
    from querylens.django.inspector.storage import SharedFolder
    from tests.inspector.test_storage import numbered

    shared = SharedFolder(Path(sys.argv[1]), most_requests=20)
"""


def in_process(program, *arguments):
    text = textwrap.dedent(WRITE) + textwrap.dedent(program)
    return subprocess.Popen(
        [sys.executable, "-c", text, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_write(folder):
    program = """
        print("ready", flush=True)
        sys.stdin.readline()
        for number in range(150):
            shared.put(numbered(number * 2 + int(sys.argv[2])), b"x" * 5_000)
            assert len(shared.entries()) <= 25
    """
    writers = [in_process(program, folder, number) for number in (0, 1)]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=180)

    assert [writer.returncode for writer in writers] == [0, 0]
    shared = SharedFolder(folder, most_requests=20)
    shared.put(numbered(1_000), b"x" * 5_000)
    found = shared.entries()
    assert len(found) == 20
    assert {len(shared.read(entry.id)[1]) for entry in found} == {5_000}
    assert [file for file in folder.iterdir() if file.suffix != ".request"] == []


def test_a_full_disk_leaves_no_half_file(folder):
    program = """
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))
        try:
            shared.put(numbered(1), b"x" * 50_000)
        except OSError as error:
            print(error.strerror)
        shared.put(numbered(2), b"x")
    """
    process = in_process(program, folder)
    output, _ = process.communicate(timeout=180)

    assert (process.returncode, output.strip()) == (0, "File too large")
    assert [file.name for file in folder.iterdir()] == [f"{numbered(2).id}.request"]


def test_memory_keeps_the_last_requests():
    memory = Memory(most_requests=3)
    for number in range(10):
        memory.put(numbered(number), b"line")

    assert [int(entry.id[:20]) for entry in memory.entries()] == [7, 8, 9]
    assert memory.read(numbered(0).id) is None


def test_memory_is_bounded_in_bytes():
    memory = Memory(most_bytes=10_000)
    for number in range(100):
        memory.put(numbered(number), b"x" * 1_000)
        assert memory.size <= 10_000
    memory.put(numbered(100), b"x" * 10_001)

    assert len(memory.entries()) == 11
    assert memory.read(numbered(100).id) == (numbered(100), b"")


def test_memory_is_the_same_for_many_threads():
    memory = Memory(most_requests=50, most_bytes=20_000)

    def fill(start):
        for number in range(start, start + 500):
            memory.put(numbered(number), b"x" * 1_000)

    threads = [threading.Thread(target=fill, args=(start,)) for start in range(0, 4_000, 1_000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(memory.entries()), memory.size) == (20, 20_000)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are POSIX's")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_does_not_keep_what_its_parent_served(monkeypatch):
    kept = recent.recent
    kept._memory.put(ENTRY, b"values")
    child = os.fork()
    if not child:
        os._exit(len(kept._memory.entries()))
    _, status = os.waitpid(child, 0)
    found = len(kept._memory.entries())
    kept.forget_own()

    assert (os.waitstatus_to_exitcode(status), found) == (0, 1)


def test_an_entry_is_plain_json():
    document = json.loads(ENTRY.to_line())

    assert "path" not in document
    assert Entry.from_line(ENTRY.to_line()) == ENTRY
