"""Files that can't be read or parsed: one clear line each, and nothing else."""

from __future__ import annotations

import ast
import os
import sys
import warnings

import pytest

from querylens.lint import reading
from querylens.lint.project import File
from querylens.lint.reading import FileReader

RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
MEND = f"mend it, or run querylens with the Python it is written for (this is {RUNNING})"
UNMATCHED = "closing parenthesis ']' does not match opening parenthesis '('"
LEAVE_OUT = "leave it out with `omit`"


@pytest.fixture
def parsed(project):
    """Parses a file with this content: its tree, and the lines that were said of it."""

    def parse(content):
        config = project(("app.py", content))
        reader = FileReader()
        tree = reader.parse(File("app", str(config.root / "app.py"), "app.py"))
        return tree, [str(problem) for problem in reader.problems.values()]

    return parse


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x = 1\n",
        b"\xef\xbb\xbfx = 1\n",
        b"x = 1\r\ny = 2\r\n",
        b"x = 1\ry = 2\r",
        b"x = 'caf\xc3\xa9'\n",
        b"# -*- coding: latin-1 -*-\nx = 'caf\xe9'\n",
        b"#!/usr/bin/python\n# vim: set fileencoding=cp1251 :\nx = '\xcf'\n",
        b"\x0cx = 1\n",
    ],
)
def test_files_that_python_reads_are_parsed(parsed, content):
    tree, problems = parsed(content)

    assert isinstance(tree, ast.Module)
    assert problems == []


@pytest.mark.parametrize("line", ["except A, b.C:", "except A , B  :", "except* A, B, C:"])
def test_exceptions_without_parentheses_are_read_whichever_python_runs(parsed, line):
    """As Python 3.14 allows; it is what Python 2 read otherwise, to the same effect here."""
    tree, problems = parsed(f"def f():\n    try:\n        pass\n    {line}\n        x()\n".encode())

    assert problems == []
    (handler,) = tree.body[0].body[0].handlers
    assert isinstance(handler.type, ast.Tuple)
    assert handler.body[0].lineno == 5


def test_a_declared_encoding_is_honoured(parsed):
    tree, _ = parsed(b"# coding: cp1251\nx = '\xcf\xf0'\n")

    assert tree.body[0].value.value == "Пр"


def test_no_warning_of_the_parser_gets_out(parsed):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tree, problems = parsed(b"x = '\\d'\ny = 1if x else 2\nx is 1\n")

    assert isinstance(tree, ast.Module)
    assert problems == []


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"x = 1\ny = (\n", f"app.py:2:5: syntax error ('(' was never closed): {MEND}"),
        (b"x = (]  # `a` <> b\n", f"app.py:1:6: syntax error ({UNMATCHED}): {MEND}"),
        (b"x = 1\n  y = 2\n", f"app.py:2:2: syntax error (unexpected indent): {MEND}"),
        (b"x = 1\x00\n", f"app.py:1: holds a NUL byte, so that it is no text: {LEAVE_OUT}"),
        (b"a\n\x7fELF\x00\x01", f"app.py:2: holds a NUL byte, so that it is no text: {LEAVE_OUT}"),
        ("x = 1\n".encode("utf-16"), "app.py:1: is UTF-16: save it as UTF-8"),
        (
            b"x = 1\ny = '\xe9'\n",
            "app.py:2: byte 0xe9 is no UTF-8: save it as UTF-8, or declare its encoding",
        ),
        (
            b"\xef\xbb\xbfx = 1\ny = '\xe9'\n",
            "app.py:2: byte 0xe9 is no UTF-8: save it as UTF-8, or declare its encoding",
        ),
        (
            b"# coding: ascii\nx = '\xe9'\n",
            "app.py:2: byte 0xe9 is no ASCII: save it as UTF-8, or declare its encoding",
        ),
        (
            b"# coding: klingon\nx = 1\n",
            "app.py:1: declares the encoding 'klingon', which Python does not know: "
            "save it as UTF-8",
        ),
        (
            b"# coding: hex\nx = 1\n",
            "app.py:1: declares the encoding 'hex', which Python does not know: save it as UTF-8",
        ),
        (
            b"\xef\xbb\xbf# coding: latin-1\nx = 1\n",
            "app.py:1: is UTF-8 by its byte order mark and declares 'latin-1': "
            "remove the declaration",
        ),
    ],
)
def test_a_file_that_cannot_be_parsed_gives_one_line(parsed, content, line):
    tree, problems = parsed(content)

    assert tree is None
    assert problems == [line]


@pytest.mark.parametrize(
    "code",
    [
        "print 'x'",
        "print x",
        "exec 'x'",
        "try:\n    pass\nexcept ValueError, error:\n    print 'x'",
        "raise ValueError, 'x'",
        "x = 0777",
        "x = a <> b",
        "x = `a`",
        "x = ur'a'",
    ],
)
def test_python_2_is_named(parsed, code):
    tree, problems = parsed(f"x = 1\n{code}\n".encode())

    assert tree is None
    (line,) = problems
    assert line.endswith(f"): it looks like Python 2: convert it, or {LEAVE_OUT}")
    assert line.startswith("app.py:")


@pytest.mark.parametrize(
    "code",
    [
        "(" * 150 + ")" * 150,
        "x = " + "[" * 5000 + "]" * 5000,
        "x = " + "-" * 200_000 + "1",
        "x" + ".y" * 200_000,
        "x = " + "1 + " * 200_000 + "1",
        "x = " + "(" * 100_000,
    ],
)
def test_code_that_overflows_the_parser_gives_one_line(parsed, code):
    tree, problems = parsed(code.encode())

    if tree is None:
        (line,) = problems
        assert line.startswith("app.py:1:")
        assert "\n" not in line
    else:
        assert problems == []


def test_a_number_that_is_too_long_gives_one_line(parsed):
    tree, problems = parsed(b"x = " + b"1" * 10_000)

    assert tree is None
    (line,) = problems
    assert line.startswith("app.py:1:")


def test_a_generated_file_is_told_and_not_read(parsed, monkeypatch):
    monkeypatch.setattr(reading, "LARGEST_FILE", 100)
    tree, problems = parsed(b"x = 1\n" * 17)

    assert tree is None
    (line,) = problems
    assert line.startswith("app.py:1: not read, for it has ")
    assert line.endswith(LEAVE_OUT)


def test_a_file_of_five_megabytes_is_over_the_limit(parsed):
    tree, problems = parsed(b"x = 1\n" * 850_000)

    assert tree is None
    assert problems == [
        f"app.py:1: not read, for it has 5.1 MB, over the limit of 2 MB: {LEAVE_OUT}"
    ]


def test_a_file_that_is_gone_gives_one_line(project):
    config = project("x.py")
    reader = FileReader()

    assert reader.parse(File("app", str(config.root / "app.py"), "app.py")) is None
    assert [str(problem) for problem in reader.problems.values()] == [
        "app.py:1: cannot be read (No such file or directory): check the path and its permissions"
    ]


def test_a_pipe_with_the_name_of_a_file_is_not_waited_for(project):
    config = project("x.py")
    os.mkfifo(config.root / "app.py")
    reader = FileReader()

    assert reader.parse(File("app", str(config.root / "app.py"), "app.py")) is None
    assert [str(problem) for problem in reader.problems.values()] == [
        f"app.py:1: not read, for it is no ordinary file: {LEAVE_OUT}"
    ]


def test_a_problem_is_kept_once_however_often_a_file_is_asked_for(project):
    config = project(("app.py", "x = ("))
    reader = FileReader()
    file = File("app", str(config.root / "app.py"), "app.py")

    assert reader.parse(file) is reader.parse(file) is None
    assert len(reader.problems) == 1


def test_the_text_of_a_template(project):
    config = project(("x.html", b"\xef\xbb\xbf{{ caf\xc3\xa9 }}"), ("y.html", b"a\n{{ caf\xe9 }}"))
    reader = FileReader()

    assert reader.text(str(config.root / "x.html"), "x.html") == "{{ café }}"
    assert reader.text(str(config.root / "y.html"), "y.html") is None
    assert [str(problem) for problem in reader.problems.values()] == [
        "y.html:2: byte 0xe9 is no UTF-8: save it as UTF-8, or declare its encoding"
    ]
