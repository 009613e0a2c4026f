"""The typist does what `Edit` says, and nothing cleverer."""

from __future__ import annotations

from textwrap import dedent

import pytest

from querylens.model import Edit, Fix, Place
from tests.fixes.typist import typed

FILE = "views.py"


def at(line, column=None, end_column=None, end_line=None, file=FILE):
    end_line = end_line or line
    return Place(file, line, end_line, column=column, end_column=end_column, path=file)


def type_in(text, code, place, *edits, imports=()):
    fix = Fix("none", code, place, edits=tuple(edits), imports=imports)
    return typed(fix, read=lambda path: dedent(text))[FILE]


def test_a_method_goes_behind_the_expression():
    assert type_in("rows = Book.objects\n", ".all()", at(1, 7, 19)) == "rows = Book.objects.all()\n"


def test_a_method_of_several_lines_is_indented_like_the_statement():
    text = "if rows:\n    rows = Book.objects\n"
    code = ".filter(\n    pages=1,\n)"

    typed_in = "if rows:\n    rows = Book.objects.filter(\n        pages=1,\n    )\n"
    assert type_in(text, code, at(2, 11, 23)) == typed_in


def test_columns_count_characters():
    text = 'show("größer", book.author.id)\n'

    fixed = 'show("größer", book.author_id)\n'
    assert type_in(text, "book.author_id", at(1, 15, 29)) == fixed


def test_code_replaces_an_expression_over_lines():
    text = "show(\n    book\n    .author\n    .id\n)\n"

    fixed = "show(\n    book.author_id\n)\n"
    assert type_in(text, "book.author_id", at(2, 4, 7, end_line=4)) == fixed


def test_whole_lines_are_replaced_and_indented():
    text = "def page():\n    for row in rows:\n        row.save()\n    return rows\n"
    code = "for row in rows:\n    kept.append(row)\n\nsave(kept)"

    fixed = (
        "def page():\n    for row in rows:\n        kept.append(row)\n\n    save(kept)\n"
        "    return rows\n"
    )
    assert type_in(text, code, at(2, end_line=3)) == fixed


def test_no_code_removes_whole_lines():
    assert type_in("first\nsecond\nthird\n", "", at(2)) == "first\nthird\n"


def test_a_place_without_width_inserts():
    assert type_in("rows.iterator()\n", "chunk_size=9", at(1, 14, 14)) == (
        "rows.iterator(chunk_size=9)\n"
    )


def test_lines_inserted_before_a_statement_keep_its_indentation():
    text = "if rows:\n    for row in rows:\n        pass\n"

    fixed = "if rows:\n    kept = []\n    for row in rows:\n        pass\n"
    assert type_in(text, "kept = []\n", at(2, 4, 4)) == fixed


def test_edits_of_one_file_do_not_move_each_other():
    text = "rows = Book.objects\nfor row in rows:\n    show(row.author.id)\n"
    edits = [Edit("row.author_id", at(3, 9, 22)), Edit("list(rows)", at(2, 11, 15))]

    fixed = "rows = Book.objects.all()\nfor row in list(rows):\n    show(row.author_id)\n"
    assert type_in(text, ".all()", at(1, 7, 19), *edits) == fixed


def test_edits_go_to_their_own_files():
    fix = Fix("none", "a", at(1, 0, 1), edits=(Edit("b", at(1, 0, 1, file="models.py")),))

    assert typed(fix, read=lambda path: "x\n") == {FILE: "a\n", "models.py": "b\n"}


def test_the_same_fix_of_two_findings_is_typed_once():
    fix = Fix("none", ".all()", at(1, 0, 4))

    assert typed(fix, fix, read=lambda path: "rows\n") == {FILE: "rows.all()\n"}


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("x\n", "import re\ny\n"),
        ('"""Views."""\nx\n', '"""Views."""\nimport re\ny\n'),
        (
            '"""Views."""\n\nfrom __future__ import annotations\n\nx\n',
            '"""Views."""\n\nfrom __future__ import annotations\nimport re\n\ny\n',
        ),
        ("import re\nx\n", "import re\ny\n"),
    ],
)
def test_imports_go_to_the_top_once(text, fixed):
    line = text.count("\n")

    assert type_in(text, "y", at(line, 0, 1), imports=("import re",)) == fixed


def test_edits_that_overlap_are_refused():
    with pytest.raises(ValueError, match="two edits of one text"):
        type_in("rows.all()\n", "rows", at(1, 0, 10), Edit("row", at(1, 0, 4)))


def test_advice_without_a_place_is_refused():
    with pytest.raises(ValueError, match="not where"):
        typed(Fix("in_bulk", "rows = …"))
