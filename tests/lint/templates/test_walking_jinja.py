"""What a Jinja2 template reads of its variables, and in which line."""

from __future__ import annotations

import pytest

from tests.lint.templates.recording import jinja_walked

SILENT = [
    "{# {{ book.author }} {% if %} #}",
    "{% raw %}{{ book.author }}{% endraw %}",
    "{%- raw -%}{{ book.author }}{%- endraw -%}",
    "{% macro m(b) %}{{ b.author }}{% endmacro %}",
    "{% if loop.first %}{{ book.author }}{% endif %}",
    "{{ '{{ book.author }}' }}",
]


@pytest.mark.parametrize("text", SILENT)
def test_nothing_is_read_of_what_is_not_rendered(text):
    assert [read for read in jinja_walked(text, "book").of() if "book" in read] == []


READS = [
    ("{{ book.author['name'] }}", ["book.author", "book.author.name", "str book.author.name"]),
    ("{{ books[0].title }}{{ books[i] }}", ["books[0]", "books[0].title", "books[<i>]"]),
    ("{{ books[:3] }}{{ books[1:] }}", ["str books[:3]", "str books[1:]"]),
    ("{{ book.chapters.count() }}", ["book.chapters.count", "book.chapters.count()"]),
    ("{{ book.all(a.b, *x.y, n=book.pk) }}", ["a.b", "book.pk", "x.y", "book.all(a.b, n=book.pk)"]),
    ("{{ book.a if x.y else book.b }}", ["x.y", "bool x.y", "book.a", "book.b"]),
    ("{{ (book.a or book.b).c }}", ["book.a", "bool book.a", "book.b", "book.a or book.b.c"]),
    ("{{ not book.a }}", ["book.a", "bool book.a"]),
    ("{{ a ~ book.b + x }}", ["book.b", "str a", "str book.b", "str x"]),
    ("{{ book in x.y and a.b is defined }}", ["x.y", "in x.y", "a.b"]),
    ("{{ a is in x.y }}", ["x.y", "in x.y"]),
    ("{{ [book.a, {'k': book.b}][0] }}", ["book.a", "book.b"]),
    ("{{ {'k': book.b}.k.name }}", ["book.b", "book.b.name"]),
    ("{{ books|map(attribute='a.b')|join(', ') }}",
     ["list books", "for books", "books[].a", "books[].a.b", "str books[].a.b"]),
    ("{{ books|map('stars') }}", ["stars(books[]) of "]),
    ("{{ books|join(', ', attribute='a') }}", ["books[].a", "str books[].a"]),
    ("{{ books|sum(attribute='a.b') }}", ["books[].a.b"]),
    ("{{ books|selectattr('a')|list|length }}", ["books[].a", "bool books[].a", "len books"]),
    ("{{ (books|rejectattr('a', 'none')|first).c }}", ["books[].a", "books[0].c"]),
    ("{{ (books|max(attribute='a')).c }}", ["books[].a", "books[?].c"]),
    ("{% for b in books|sort(attribute='a,b') %}{{ b.c }}{% endfor %}",
     ["books[].a", "books[].b", "books[].c"]),
    ("{% for key, rows in books|groupby('a.b') %}{{ key }}{% for b in rows %}{% endfor %}"
     "{% endfor %}", ["books[].a.b"]),
    ("{% for row in books|batch(3) %}{% for b in row %}{{ b.c }}{% endfor %}{% endfor %}",
     ["books[].c"]),
    ("{% for b in books if b.a %}{{ b.c }}{% else %}{{ x.y }}{% endfor %}",
     ["for books", "books[].a", "bool books[].a", "books[].c", "x.y"]),
    ("{% for a, (b, c) in books %}{{ c.d }}{% endfor %}", ["books[][1][1].d"]),
    ("{% for b in books recursive %}{{ loop(b.c) }}{{ loop.previtem.d }}{% endfor %}",
     ["books[].c", "for books[].c", "books[].d"]),
    ("{% for b in books %}{{ loop.cycle(x.y, a.b) }}{{ loop.index }}{% endfor %}", ["x.y", "a.b"]),
    ("{% set b = book.a %}{{ b.c }}", ["book.a", "book.a.c"]),
    ("{% set b, c = book.a, x %}{{ c.d }}{{ b.e }}", ["book.a", "x.d", "book.a.e"]),
    ("{% set b, c = book.a %}{{ c.d }}", ["book.a", "book.a[1].d"]),
    ("{% set b %}{{ book.a }}{% endset %}{{ b.c }}", ["book.a", "?.c"]),
    ("{% set n = namespace(b=book) %}{% for b in books %}{% set n.b = b %}{% endfor %}{{ n.b.c }}",
     ["book or books[].c"]),
    ("{% with b = book.a, c = x %}{{ b.c }}{{ c.d }}{% endwith %}", ["book.a", "book.a.c", "x.d"]),
    ("{% if a %}{% set b = x %}{% else %}{% set b = book %}{% endif %}{{ b.c }}", ["x or book.c"]),
    ("{% filter upper %}{{ book.a }}{% endfilter %}", ["book.a"]),
    ("{% do books.append(book.a) %}", ["book.a", "books.append(book.a)"]),
    ("{% trans n=books|length, t=book.a %}{{ t }}{% pluralize %}{{ n }}{% endtrans %}",
     ["len books", "book.a", "str book.a", "str len(books)"]),
    ("{% autoescape true %}{{ book.a }}{% endautoescape %}", ["book.a"]),
    ("{% url 'x', book.a as there %}{% panel b=book.c %}{{ book.d }}{% endpanel %}",
     ["book.a", "url('x', book.a) of ", "book.c", "panel(b=book.c) of ", "book.d"]),
    ("{%- for b in books -%}{{- b.c -}}{%+ endfor +%}", ["books[].c"]),
    ("{{ '%}' }}{% if '%}' == book.a %}{{ book.b }}{% endif %}", ["book.a", "book.b"]),
    ("{{ _('a text') }}{{ gettext(book.a) }}", ["book.a", "<gettext>(book.a)"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), READS)
def test_reads(text, expected):
    reads = jinja_walked(text, "a book books x").of()
    assert [read for read in reads if read in expected] == expected


def test_a_tag_over_several_lines_is_read_in_the_line_of_its_last_step():
    recording = jinja_walked("\n{{\n  book\n    .author\n}}\n{{ book.title }}", "book")
    assert ("book.author", 4, "jpage.html") in recording.reads
    assert ("book.title", 6, "jpage.html") in recording.reads


def test_a_macro_is_read_where_it_is_called_with_its_arguments():
    page = (
        "{% macro card(b, other=x.y, size=1) %}\n{{ b.author }}{{ other.z }}{% endmacro %}\n"
        "{% for book in books %}{{ card(book) }}{{ card(size=2, b=x) }}{% endfor %}"
    )
    reads = jinja_walked(page, "books x").reads
    assert ("books[].author", 2, "jpage.html") in reads
    assert ("x.author", 2, "jpage.html") in reads
    assert ("x.y.z", 2, "jpage.html") in reads


@pytest.mark.parametrize(
    ("statement", "call"),
    [
        ("import 'j_m.html' as m", "m.card(book)"),
        ("from 'j_m.html' import card", "card(book)"),
        ("from 'j_m.html' import other, card as shown with context", "shown(book)"),
    ],
)
def test_a_macro_of_another_template(statement, call):
    recording = jinja_walked(
        f"{{% {statement} %}}{{% for book in books %}}{{{{ {call} }}}}{{% endfor %}}",
        "books",
        j_m_html="{{ x.y }}\n{% macro card(b) %}{{ b.author }}{% endmacro %}",
    )
    assert ("books[].author", 2, "j_m.html") in recording.reads
    assert "<x>.y" not in recording.of()


def test_a_macro_may_call_the_block_that_calls_it():
    page = (
        "{% macro each(rows) %}{% for row in rows %}{{ caller(row) }}{% endfor %}{% endmacro %}"
        "{% call(book) each(books) %}{{ book.author }}{% endcall %}"
    )
    assert "books[].author" in jinja_walked(page, "books").of()


def test_a_macro_that_calls_itself_is_read_for_two_turns():
    page = (
        "{% macro tree(node) %}{% for n in node.all() %}{{ tree(n) }}{% endfor %}{% endmacro %}"
        "{{ tree(top) }}"
    )
    assert jinja_walked(page, "top").of("for ") == ["for top.all()", "for top.all()[].all()"]


def test_templates_that_extend_show_the_innermost_blocks():
    recording = jinja_walked(
        "{% extends 'j_base.html' %}{% set b = x.set %}{{ x.never }}"
        "{% block main %}{{ super() }}{{ b.page }}{% endblock %}",
        "x",
        j_base_html="{{ self.main() }}{% block main %}{{ x.base }}{% endblock %}",
    )
    assert recording.of("x.") == ["x.set", "x.base", "x.set.page", "x.base", "x.set.page"]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("include ['no.html', 'j_card.html'] ignore missing", "books[].author"),
        ("include 'j_card.html' without context", "<book>.author"),
        ("include 'no.html' if x else 'j_card.html'", "books[].author"),
    ],
)
def test_an_include(tag, expected):
    page = f"{{% for book in books %}}{{% {tag} %}}{{% endfor %}}"
    assert expected in jinja_walked(page, "books", j_card_html="{{ book.author }}").of()
