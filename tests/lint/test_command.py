"""`querylens lint`: what it asks to be read, what it shows, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import querylens.lint
from querylens.lint.linted import LINT_CODES, NotFollowed
from querylens.model import Place
from tests.cli.conftest import command  # noqa: F401 - a fixture
from tests.lint import handmade
from tests.lint.handmade import LAZY, ONE_BY_ONE, linted, write_project


@pytest.fixture
def lint(tmp_path, monkeypatch, command):  # noqa: F811
    """`querylens lint ARGUMENTS` in a project where this is found: code, stdout, stderr."""
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)

    def run(*arguments, found=(ONE_BY_ONE, LAZY), read=linted, columns=100, **more):
        def fake(paths, config, **options):
            run.asked = (paths, config, options)
            return read(*found, **more)

        monkeypatch.setattr(querylens.lint, "lint", fake, raising=False)
        return command("lint", *arguments, columns=columns)

    return run


def suppress(comment, line=7):
    """Puts a comment at the end of a line of the project."""
    path = Path("shop/views.py")
    lines = path.read_text().split("\n")
    lines[line - 1] += f"  {comment}"
    path.write_text("\n".join(lines))


def configure(text):
    Path("pyproject.toml").write_text(f"[tool.querylens]\n{text}\n")


def test_nothing_found_is_0(lint):
    code, out, err = lint(found=())

    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "nothing to fix in 2 files",
        "1 Python file and 1 template, 40 lines; not followed in 1 place, which -v lists",
    ]


def test_a_finding_is_1_and_says_what_to_type(lint):
    code, out, err = lint(found=(LAZY,))

    assert (code, err) == (1, "")
    assert out.partition("\n\n")[2] == (
        "QL101 lazy-forward-relation\n"
        "  shop.Item.shelf is fetched for each row\n"
        "\n"
        "  access    shop/views.py:7 in listing\n"
        "            names.append(item.shelf.name)\n"
        "  loop      shop/views.py:6 in listing\n"
        "            for item in Item.objects.all():\n"
        "  queryset  shop/views.py:6 in listing\n"
        "            Item.objects.all()\n"
        "\n"
        "  fix: add at the end of shop/views.py:6\n"
        '    .select_related("shelf")\n'
    )


def test_findings_stand_by_place(lint):
    _, out, _ = lint()

    assert out.index("QL101") < out.index("QL104")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--fail-on", "QL2"], 0),
        (["--fail-on", "duplicated"], 0),
        (["--fail-on", "lookup-in-loop"], 1),
        (["--fail-on", "n-plus-one"], 1),
        (["--fail-on", ""], 0),
        (["--exit-zero"], 0),
        (["--exit-zero", "--fail-on", "any"], 0),
    ],
)
def test_what_fails_can_be_chosen(lint, arguments, code):
    assert lint(*arguments)[0] == code


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--fail-on", "lookup-in-lop"], "--fail-on: no rule 'lookup-in-lop'. Did you mean"),
        (["--ignore", "nonsense"], "--ignore: no rule 'nonsense'. Allowed: QL101"),
        (["--update-baseline"], "--update-baseline: give the file with --baseline"),
        (["--baseline", "missing"], "missing: no such baseline: write it with --update-baseline"),
        (["--output-file", "report.txt"], "--output-file report.txt: its ending names no format"),
        (["--traces", "missing"], "--traces: no traces in missing: record some, or leave it out"),
        (["--diff", "HEAD"], "is not in a git repository"),
    ],
)
def test_what_cannot_be_done_is_2_and_a_line(lint, arguments, line, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    code, out, err = lint(*arguments)

    assert (code, out) == (2, "")
    assert line in err.splitlines()[-1]
    assert "Traceback" not in err


def test_asks_for_what_the_command_line_says(lint, tmp_path):
    lint("shop", "--jobs", "3", "--ignore", "QL2")
    paths, config, options = lint.asked

    assert paths == ("shop",)
    assert (config.root, config.ignore) == (tmp_path, ("QL2",))
    assert options == {"jobs": 3, "cache": tmp_path / ".querylens/cache", "registry": None}


@pytest.mark.parametrize(
    ("arguments", "cache"),
    [(["--no-cache"], None), (["--cache-dir", "kept"], Path("kept")), (["--no-cache", "-v"], None)],
)
def test_the_cache_can_be_elsewhere_or_nowhere(lint, arguments, cache):
    lint(*arguments)

    assert lint.asked[2]["cache"] == cache


def test_problems_are_told_and_the_rest_is_linted(lint):
    problem = "shop/old.py:3: not Python 3: leave it out with `omit`"
    code, out, err = lint(problems=(problem,))

    assert (code, err) == (1, f"querylens: {problem}\n")
    assert "2 findings in 2 files" in out
    assert "note: 1 problem with the source, told on stderr" in out


def test_nothing_but_problems_is_2(lint):
    code, out, err = lint(found=(), files=(), lines=0, problems=("missing: no such file",))

    assert (code, out, err) == (2, "", "querylens: missing: no such file\n")


def test_nothing_to_lint_is_no_failure(lint):
    code, out, err = lint(found=(), files=(), lines=0, not_followed=())

    assert code == 0
    assert "nothing to fix in 0 files" in out
    assert err == "querylens: nothing to lint: no Python file or template is there\n"


def test_places_that_were_not_followed_are_listed_when_asked_for(lint):
    earlier = NotFollowed(Place("shop/views.py", 2), "a name of two meanings")
    unsure = (handmade.UNSURE, earlier)
    quiet = lint(not_followed=unsure)
    verbose = lint("-v", not_followed=unsure)

    assert quiet[2] == ""
    assert verbose[2].splitlines() == [
        "shop/views.py:2: not followed: a name of two meanings",
        "shop/views.py:9: not followed: it is not known what rows() gives",
    ]
    assert verbose[:2] == quiet[:2]


def test_a_comment_silences_with_its_reason(lint):
    suppress("# querylens: ignore[QL101] three rows")
    code, out, _ = lint(found=(LAZY,))

    assert code == 0
    assert "nothing to fix in 2 files" in out
    assert "suppressed: QL101 lazy-forward-relation at shop/views.py:7: three rows" in out


@pytest.mark.parametrize("place", ["loop", "queryset"])
def test_a_comment_on_the_loop_or_the_queryset_counts_too(lint, place):
    suppress("# querylens: ignore[lazy-forward-relation]", line=6)

    assert lint(found=(LAZY,))[0] == 0


@pytest.mark.parametrize("code", LINT_CODES)
def test_a_needless_comment_is_told(lint, code):
    suppress(f"# querylens: ignore[{code}]", line=2)
    _, out, _ = lint(found=())

    assert f"note: shop/views.py:2: querylens: ignore[{code}] suppresses nothing" in out


@pytest.mark.parametrize("selector", ["QL301", "QL401", "QL501"])
def test_a_comment_for_what_source_can_not_tell_is_no_complaint(lint, selector):
    suppress(f"# querylens: ignore[{selector}]", line=2)

    assert "suppresses nothing" not in lint(found=())[1]


def test_a_comment_beside_what_was_not_followed_is_no_complaint(lint):
    suppress("# querylens: ignore[QL101]", line=handmade.UNSURE.place.line)

    assert "suppresses nothing" not in lint(found=())[1]
    assert "suppresses nothing" in lint(found=(), not_followed=())[1]


def test_the_configuration_silences_by_file_and_by_relation(lint):
    configure('ignore-relations = ["shop.Item.*"]\nper-file-ignores = {"shop/*" = ["QL104"]}')
    code, out, _ = lint()

    assert code == 0
    assert "at shop/views.py:7: ignore-relations 'shop.Item.*'" in out
    assert "at shop/views.py:12: per-file-ignores 'shop/*'" in out


def test_the_baseline_is_that_of_the_runtime(lint):
    written = lint("--baseline", "known.txt", "--update-baseline")
    again = lint("--baseline", "known.txt")

    assert (written[0], again[0]) == (0, 0)
    assert "QL101 shop.Item.shelf\n  shop/views.py:listing\n" in Path("known.txt").read_text()
    assert "note: 2 findings are in known.txt, and left out" in again[1]
    assert lint("--baseline", "known.txt", found=(LAZY,))[0] == 0


def test_a_new_finding_is_reported_beside_a_baseline(lint):
    lint("--baseline", "known.txt", "--update-baseline", found=(LAZY,))
    code, out, _ = lint("--baseline", "known.txt")

    assert code == 1
    assert "1 finding in 2 files" in out
    assert "QL104" in out


def test_writes_files_by_their_endings_beside_stdout(lint):
    code, out, _ = lint("--output-format", "github", "--output-file", "a.sarif", "--output-file",
                        "reports/b.json")  # fmt: skip
    report = json.loads(Path("reports/b.json").read_text())

    assert code == 1
    assert out.startswith("querylens: 2 findings in 2 files\n::warning file=shop/views.py,line=7,")
    assert json.loads(Path("a.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "QL101"
    assert report["read"] == {"files": 2, "templates": 1, "lines": 40, "not_followed": 1}
    assert {finding["evidence"] for finding in report["findings"]} == {"source"}
    assert [finding["count"] for finding in report["findings"]] == [0, 0]


def test_the_output_format_of_the_configuration_counts(lint):
    configure('output-format = "markdown"')

    assert lint()[1].startswith("<!-- querylens -->\n## querylens: 2 findings in 2 files\n")


def test_a_wrong_setting_is_a_line(lint):
    configure("lint-exclude = 3")

    code, out, err = lint()

    assert (code, out) == (2, "")
    assert err == (
        "querylens: pyproject.toml [tool.querylens]: lint-exclude must be a list of strings, "
        "not 3 (of type int).\n"
    )


def test_interrupted_is_2(lint):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    code, out, err = lint(read=interrupted)

    assert (code, out) == (2, "")
    assert err == "querylens: interrupted: nothing is told of what was read\n"
