"""One clear line for a place that can't be read or written, and everything else is audited."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from querylens.audit import spans
from querylens.audit.inputs import InputError, Inputs
from querylens.audit.spans import Row, SpanRows, SpillError
from tests.audit.conftest import document, environment, is_skipped, log, process, write_recording
from tests.traces.samples import page

NOBODY = 65534


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_unreadable(recording):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        good, bad = folder / "good.jsonl", folder / "secret.jsonl"
        closed = folder / "folder" / "closed"
        closed.mkdir(parents=True)
        shutil.copy(recording, good)
        shutil.copy(recording, bad)
        document(good, bad)
        folder.chmod(0o755)
        good.chmod(0o644)
        bad.chmod(0)
        closed.chmod(0)
        os.seteuid(NOBODY)
        try:
            report, problems = document(good, bad, folder / "folder")
        finally:
            os.seteuid(0)

    assert report["summary"]["traces"] == 2
    refused = "cannot be read (Permission denied): check the path and its permissions"
    assert problems == [
        f"{folder / 'folder'}: no files in this folder: record traces into it first",
        f"{closed}: {refused}",
        f"{bad}: {refused}",
    ]


def test_missing(told, recording, tmp_path):
    is_skipped(told, recording, tmp_path / "missing", "cannot be read (No such file or directory)")


def test_name_that_no_file_can_have(recording):
    report, problems = document("a\0b", "", recording)

    assert report["summary"]["traces"] == 2
    assert [problem.split(":")[0] for problem in problems] == ["", r"a\x00b"]


def test_vanished(recording, tmp_path):
    """Between listing and reading, as a log that is rotated."""
    bad = write_recording(tmp_path / "rotated.jsonl", page())

    report, problems = document(bad, recording, begun=lambda _: bad.unlink())

    assert report["summary"]["traces"] == 2
    assert problems == [
        f"{bad}: cannot be read (No such file or directory): check the path and its permissions"
    ]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda path: path.write_bytes(b"x" * path.stat().st_size), id="overwritten"),
        pytest.param(lambda path: path.unlink(), id="gone"),
    ],
)
def test_changed_while_it_was_read(recording, change):
    """Findings are made at the end from where the worst traces stood."""
    report, problems = document(recording, done=lambda _: change(recording))

    assert (report["summary"]["traces"], problems, report["findings"]) == (2, [], [])
    assert report["remarks"] == [f"{recording} changed while it was read: findings are missing"]


@pytest.mark.parametrize("hidden", [False, True])
def test_folder_without_traces(told, recording, tmp_path, hidden):
    folder = tmp_path / "folder"
    (folder / ".git").mkdir(parents=True)
    if hidden:
        (folder / ".git" / "HEAD").write_text("ref")
    (folder / "empty").mkdir()

    is_skipped(told, recording, folder, "no files in this folder: record traces into it first")


def test_pattern_without_files(told, recording, tmp_path):
    is_skipped(told, recording, tmp_path / "*.nothing", "no file has such a name")


def test_two_kinds(recording, tmp_path):
    report, problems = document(recording, log(tmp_path / "postgresql.log"))

    assert (report["summary"]["traces"], problems) == (3, [])
    assert report["summary"]["queries"] == 24


def test_pipe(recording, tmp_path):
    known = document(recording)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(recording.read_bytes()))
    writer.start()

    found = document(pipe)
    writer.join()

    assert found[0]["summary"] == known[0]["summary"]
    assert found[1] == []


def test_pipe_in_a_folder_is_not_waited_for(tmp_path):
    write_recording(tmp_path / "recorded.jsonl", page())
    os.mkfifo(tmp_path / "pipe")

    report, problems = document(tmp_path)

    assert (report["summary"]["traces"], problems) == (1, [])


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_device(told, recording, device):
    is_skipped(told, recording, device, "a device or a socket is no input")


def test_loop_of_links(recording, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    recording.rename(folder / "recorded.jsonl")
    (folder / "again").symlink_to(folder)
    (folder / "twice.jsonl").symlink_to(folder / "recorded.jsonl")
    (folder / "nothing").symlink_to(folder / "nothing")

    report, problems = document(folder)

    assert report["summary"]["traces"] == 2
    assert problems == [
        f"{folder / 'nothing'}: cannot be read (Too many levels of symbolic links): check the "
        "path and its permissions"
    ]


@pytest.fixture(params=[b"\xff\xfe.jsonl", b"a\nb.jsonl", b"\x1b[31m.jsonl", "ü .jsonl".encode()])
def hostile(request, recording, tmp_path):
    """A recording with a broken line, and a name that no message may have in it."""
    path = recording.rename(tmp_path / os.fsdecode(request.param))
    with path.open("ab") as file:
        file.write(b"broken\n")
    return path


@pytest.mark.parametrize(
    "kind", ["json", "terminal", "html", "sarif", "junit", "github", "markdown"]
)
def test_hostile_file_name(command, hostile, kind):
    """No byte of a name gets into a report or a message as it is."""
    code, out, err = command("--output-format", kind, hostile)

    assert code == 0, err
    assert len(err.splitlines()) == 1
    assert "\x1b" not in out + err


def test_hostile_file_names_in_a_process(hostile):
    """Where stdout and stderr are those that Python opens."""
    result = process("--output-format", "terminal", hostile)

    assert result.returncode == 0, result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "\x1b" not in result.stderr + result.stdout


@pytest.mark.parametrize("name", ["\ud800", "a\0b", "x" * 100_000, "GET /\n\x1b[2J</script>"])
@pytest.mark.parametrize(
    "kind", ["json", "terminal", "html", "sarif", "junit", "github", "markdown"]
)
def test_hostile_name_of_a_trace(recording, command, name, kind, elsewhere):
    lines = [json.loads(line) for line in recording.read_bytes().splitlines()]
    recording.write_text("".join(json.dumps({**line, "name": name}) + "\n" for line in lines))

    code, out, err = command("--output-format", kind, recording)

    assert code in (0, 2)
    assert "Traceback" not in err
    out.encode()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount")
def test_disk_full(recording, tmp_path):
    """No half report is left, and what was there before stays."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "none", disk], check=True)
    try:
        (disk / "report.html").write_text("old")
        result = process("--output-file", disk / "report.html", recording)
        names = sorted(path.name for path in disk.iterdir())
        text = (disk / "report.html").read_text()
    finally:
        subprocess.run(["umount", disk], check=True)

    assert (result.returncode, names, text) == (2, ["report.html"], "old")
    assert result.stderr == (
        f"querylens: {disk / 'report.html'}: cannot be written: No space left on device\n"
    )


def test_stdout_full(recording):
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "querylens", "audit", str(recording)],
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert result.returncode == 2
    assert result.stderr == "querylens: stdout: cannot be written: No space left on device\n"


def test_no_room_for_what_waits_on_disk(recording, monkeypatch):
    """Neither for a copy of stdin, nor for spans."""
    monkeypatch.setattr("tempfile.tempdir", "/proc")
    with recording.open("rb") as file:
        monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": file}))
        with pytest.raises(InputError, match="set TMPDIR to a folder with more room"):
            document("-")
    waiting = SpanRows()
    waiting.add(Row(**dict.fromkeys(Row._fields, "")))
    with pytest.raises(SpillError, match="set TMPDIR to a folder with more room"):
        SpanRows().add_packed(waiting.packed())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_disk_that_is_full_while_spans_wait(monkeypatch):
    monkeypatch.setattr(spans, "_MOST_ROWS", 0)
    with Path("/dev/full").open("wb", 0) as full:
        monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: full)
        with pytest.raises(SpillError, match="No space left on device"):
            SpanRows().add(Row(**dict.fromkeys(Row._fields, "")))


def test_copies_of_stdin_are_removed(monkeypatch, tmp_path, recording):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    with recording.open("rb") as file, Inputs() as found:
        monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": file}))
        found.add(["-", "-"])
        assert [each.shown for each in found.found] == ["<stdin>"]
        assert len(list((tmp_path / "tmp").iterdir())) == 1

    assert not list((tmp_path / "tmp").iterdir())
