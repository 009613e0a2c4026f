"""What silences a finding: what must not comes first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from querylens.config import Config
from querylens.model import Finding, Fix, Place, Query, QueryGroup, RuleInfo
from querylens.suppressions import Suppressions

LOOKUP = RuleInfo("QL104", "lookup-in-loop", "warning", "one lookup for every row")

VIEW = """\
from shop.models import Book

def total(numbers):
    for number in numbers:
        book = Book.objects.get(
            pk=number,
        )
"""


def found(rule: RuleInfo = LOOKUP, **fields) -> Finding:
    group = QueryGroup((Query("SELECT 1", (), "default", "sqlite", 0, 0),))
    places = dict.fromkeys(("cause", "call_site", "loop", "origin"))
    defaults = {"message": "", "group": group, "count": 1, "saved": 1, "fix": Fix("none")}
    return Finding(rule, **(defaults | places | fields))


def written(tmp_path: Path, text: str, name: str = "views.py") -> Path:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def at(line: int, file: str = "views.py", **fields) -> Place:
    return Place(file, line, **fields)


def reason(tmp_path: Path, finding: Finding, **settings) -> str | None:
    suppressed = Suppressions(Config(root=tmp_path, **settings)).match(finding)
    return suppressed.reason if suppressed else None


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('book = get("# querylens: ignore")', id="in a string"),
        pytest.param('"""# querylens: ignore[QL104]"""; get()', id="in a docstring"),
        pytest.param('get(f"{1} # querylens: ignore")', id="in an f-string"),
        pytest.param("get()  # noqa: QL104", id="another tool"),
        pytest.param("get()  # type: ignore[QL104]", id="another tool with our word"),
        pytest.param("get()  # querylens: ignored[QL104]", id="another word"),
        pytest.param("get()  # querylens: ignore-file", id="a longer word"),
        pytest.param("get()  # querylensignore", id="no colon"),
        pytest.param("get()  # querylens: ignore[QL101]", id="another rule"),
        pytest.param("get()  # querylens: ignore[QL1O4]", id="no rule"),
        pytest.param("get()  # querylens: ignore[unused]", id="another group"),
        pytest.param("get()  # querylens: ignore[]", id="an empty list"),
        pytest.param("get()  # querylens: ignore[QL104 few rows", id="an open list"),
        pytest.param("get()  # see querylens: ignore", id="prose"),
    ],
)
def test_is_silent(tmp_path, line):
    written(tmp_path, f"{line}\n")

    assert reason(tmp_path, found(call_site=at(1))) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("# querylens: ignore\nget()\n", id="the line above"),
        pytest.param("get()\n# querylens: ignore\n", id="the line below"),
        pytest.param("get()\n\nget()  # querylens: ignore\n", id="another statement"),
        pytest.param("get()\n(\n", id="a broken file without a comment"),
        pytest.param("", id="an empty file"),
    ],
)
def test_another_line_does_not_count(tmp_path, text):
    written(tmp_path, text)
    finding = found(call_site=at(2 if text.startswith("#") else 1))

    assert reason(tmp_path, finding) is None


@pytest.mark.parametrize(
    "place",
    [
        None,
        at(1, "gone.py"),
        at(1, "<console>"),
        at(1, "library.zip/models.py"),
        at(1, "folder"),
        at(1, "\0.py"),
    ],
)
def test_a_place_without_a_readable_file_is_silent(tmp_path, place):
    (tmp_path / "folder").mkdir()

    assert reason(tmp_path, found(call_site=place)) is None


def test_the_body_of_a_loop_is_not_its_line(tmp_path):
    written(tmp_path, "for a in b:\n    one()  # querylens: ignore\n    get()\n")
    finding = found(call_site=at(3), loop=at(1, end_line=3))

    assert reason(tmp_path, finding) is None


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("# querylens: ignore[QL104] admin only, five rows", "admin only, five rows"),
        ("# querylens: ignore[QL104]", ""),
        ("# querylens: ignore", ""),
        ("# querylens: ignore five rows", "five rows"),
        ("#querylens:ignore [QL101,QL104]: see #123", "see #123"),
        ("# querylens: ignore[QL1] x", "x"),
        ("# querylens: ignore[lookup-in-loop] x", "x"),
        ("# querylens: ignore[n-plus-one] x", "x"),
        ("# querylens: ignore[QL1O4, QL104] x", "x"),
        ("# type: ignore  # querylens: ignore[QL104] x  # noqa: E501", "x"),
    ],
)
def test_a_comment_on_the_line_silences(tmp_path, comment, expected):
    written(tmp_path, f"get()  {comment}\n")

    assert reason(tmp_path, found(call_site=at(1))) == expected


@pytest.mark.parametrize("line", [5, 6, 7])
@pytest.mark.parametrize("asked", [5, 6, 7])
def test_any_line_of_a_statement_counts(tmp_path, line, asked):
    lines = VIEW.splitlines()
    lines[line - 1] += "  # querylens: ignore[QL104] few"
    written(tmp_path, "\n".join(lines))

    assert reason(tmp_path, found(call_site=at(asked))) == "few"


def test_a_comment_of_its_own_line_within_a_statement_counts(tmp_path):
    written(tmp_path, "get(\n    # querylens: ignore[QL104] few\n    pk=1,\n)\n")

    assert reason(tmp_path, found(call_site=at(1, end_line=4))) == "few"


@pytest.mark.parametrize("field", ["call_site", "loop", "origin"])
def test_the_access_the_loop_and_the_query_count(tmp_path, field):
    written(tmp_path, "x()  # querylens: ignore[QL104] few\n")

    assert reason(tmp_path, found(**{field: at(1)})) == "few"


def test_the_view_behind_a_template_counts(tmp_path):
    written(tmp_path, "render()  # querylens: ignore[QL104] few\n")
    place = at(3, "list.html", template="shop/list.html", python=at(1))

    assert reason(tmp_path, found(call_site=place)) == "few"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n{{ b.c }} {# querylens: ignore[QL104] few #}", "few"),
        ("a\x0b\x85\u2028\n{{ b.c }}{#querylens:ignore#}", ""),
        ("a\r\n{{ b.c }} {# querylens: ignore[QL104] few #} {# other #}", "few"),
        ("a\n{{ b.c }} # querylens: ignore[QL104]", None),
        ("a\n{{ b.c }} {# querylens: ignore[QL101] few #}", None),
        ("{# querylens: ignore #}\n{{ b.c }}", None),
        ("a\n{% verbatim %}{# querylens: ignore #}{% endverbatim %}", None),
        ("a\n{% comment %}{# querylens: ignore #}{% endcomment %}", None),
    ],
)
def test_templates_have_comments_of_their_own(tmp_path, text, expected):
    (tmp_path / "list.html").write_bytes(text.encode())

    assert reason(tmp_path, found(call_site=at(2, "list.html"))) == expected


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"get()  # querylens: ignore[QL104] few\n(", id="cut off"),
        pytest.param(b"get()  # querylens: ignore[QL104] few\n'''", id="open string"),
        pytest.param(b"get()  # querylens: ignore[QL104] few\n  x\n y\n", id="bad indentation"),
        pytest.param(b"get()  # querylens: ignore[QL104] few\n\x00", id="null byte"),
        pytest.param(b"get('\xff')  # querylens: ignore[QL104] few", id="not UTF-8"),
        pytest.param(b"# coding: klingon\nget()\n", id="unknown encoding"),
        pytest.param(b"# coding: latin-1\nget('\xe9')\n", id="another encoding"),
        pytest.param(b"\xef\xbb\xbfget()  # querylens: ignore[QL104] few", id="byte order mark"),
    ],
)
def test_a_broken_file_is_read_as_far_as_it_goes(tmp_path, content):
    if b"coding" in content:
        content = content.replace(b")\n", b")  # querylens: ignore[QL104] few\n")
    (tmp_path / "views.py").write_bytes(content)
    line = 2 if b"coding" in content else 1

    assert reason(tmp_path, found(call_site=at(line))) == "few"


def test_a_comment_gives_the_reason_before_the_configuration(tmp_path):
    written(tmp_path, "get()  # querylens: ignore[QL104] few\n")

    assert reason(tmp_path, found(call_site=at(1)), per_file_ignores={"*": ("any",)}) == "few"


def test_a_comment_that_silenced_is_no_complaint(tmp_path):
    path = written(
        tmp_path, "for a in b:  # querylens: ignore\n    get()  # querylens: ignore[QL1]\n"
    )
    suppressions = Suppressions(Config(root=tmp_path))
    suppressions.match(found(call_site=at(2), loop=at(1, end_line=2)))

    assert suppressions.unused(["views.py", str(path), "gone.py"]) == []


def test_a_comment_on_a_rule_that_is_off_is_no_complaint(tmp_path):
    written(tmp_path, "get()  # querylens: ignore[QL104]\n")

    assert Suppressions(Config(root=tmp_path, ignore=("QL1",))).unused(["views.py"]) == []


def test_what_silenced_nothing_is_told(tmp_path):
    path = written(
        tmp_path,
        "a()  # querylens: ignore[QL104, QL101] x\n"
        "b()  # querylens: ignore\n"
        "c()  # querylens: ignore[QL1O4]\n"
        "d()  # querylens: ignore[zzz]\n"
        "e()  # querylens: ignore[QL104\n",
    )
    written(tmp_path, "\n{# querylens: ignore[QL101] #}", "shop/list.html")
    suppressions = Suppressions(Config(root=tmp_path))
    suppressions.match(found(call_site=at(1)))

    assert suppressions.unused([str(path), "shop/list.html", str(path)]) == [
        "views.py:1: querylens: ignore[QL101] suppresses nothing",
        "views.py:2: querylens: ignore suppresses nothing",
        "views.py:3: querylens: ignore[QL1O4] names no rule; did you mean QL104?",
        "views.py:4: querylens: ignore[zzz] names no rule",
        "views.py:5: querylens: ignore[…] names no rule, and suppresses nothing",
        "shop/list.html:2: querylens: ignore[QL101] suppresses nothing",
    ]


def test_use_over_a_link_is_use(tmp_path):
    path = written(tmp_path, "get()  # querylens: ignore\n")
    (tmp_path / "link.py").symlink_to(path)
    suppressions = Suppressions(Config(root=tmp_path))

    assert suppressions.match(found(call_site=at(1, "link.py"))) is not None
    assert suppressions.unused(["views.py"]) == []


def test_a_file_is_read_once_until_it_changes(tmp_path, monkeypatch):
    path = written(tmp_path, "get()  # querylens: ignore one\n")
    suppressions = Suppressions(Config(root=tmp_path))
    read: list[Path] = []
    original = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: read.append(self) or original(self))

    first, again = (suppressions.match(found(call_site=at(1))) for _ in range(2))
    path.write_text("get()  # querylens: ignore other\n")
    os.utime(path, ns=(0, 0))
    changed = suppressions.match(found(call_site=at(1)))

    assert [item and item.reason for item in (first, again, changed)] == ["one", "one", "other"]
    assert read == [path, path]
