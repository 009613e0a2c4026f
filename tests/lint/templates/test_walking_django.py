"""What a Django template reads of its variables, and in which tag."""

from __future__ import annotations

import pytest

from tests.lint.templates.recording import walked

SILENT = [
    "",
    "plain text { % } {{ '{'",
    "{# {{ book.author }} #}",
    "{% comment %}{{ book.author }}{% endcomment %}",
    "{% verbatim %}{{ book.author }}{% endverbatim %}",
    "{% verbatim mine %}{% endverbatim %}{{ book.author }}{% endverbatim mine %}",
    "{% load i18n %}{% csrf_token %}{% now 'Y' %}{% templatetag openblock %}",
    "{% partialdef row %}{{ book.author }}{% endpartialdef %}",
    "{% if forloop.first %}{{ book.author }}{% endif %}",
]


@pytest.mark.parametrize("text", SILENT)
def test_nothing_is_read_of_what_is_not_rendered(text):
    assert [read for read in walked(text, "book").of() if "book" in read] == []


READS = [
    ("{{ book.author.name }}", ["book.author", "book.author.name", "str book.author.name"]),
    ("{{ books.0.title }}", ["books[0]", "books[0].title", "str books[0].title"]),
    ("{{ book|upper }}", ["str book", "str ?"]),
    ("{{ books|length }}", ["len books", "str len(books)"]),
    ("{{ book.title|default:book.author }}", ["book.title", "book.author", "bool book.title"]),
    ("{{ books|first }}", ["books[0]"]),
    ("{{ books|slice:':3' }}", ["str books[:3]"]),
    ("{{ books|slice:'-2:' }}", ["str books[-2:]"]),
    ("{{ books|join:', ' }}", ["for books", "str books[]"]),
    ("{% if books %}{% endif %}", ["bool books"]),
    ("{% if not books and book.author == user %}{% endif %}", ["bool books", "book.author"]),
    ("{% if book in books %}{% endif %}", ["in books"]),
    ("{% if a.b %}{% elif book.author %}{% endif %}", ["a.b", "bool a.b", "book.author"]),
    ("{% with a=book.author b=books.0 %}{{ a.name }}{% endwith %}", ["book.author.name"]),
    ("{% with book.author as a %}{{ a.name }}{% endwith %}", ["book.author.name"]),
    ("{% for a, b in books %}{{ b.name }}{% endfor %}", ["for books", "books[][1].name"]),
    ("{% for a in books reversed %}{{ a.b }}{% endfor %}", ["list books", "for books"]),
    ("{% for a in x %}{% empty %}{{ book.author }}{% endfor %}", ["for x", "book.author"]),
    ("{% for a in books|dictsort:'b.c' %}{% endfor %}", ["books[].b", "books[].b.c"]),
    ("{% for a in x %}{{ forloop.counter }}{{ a }}{% endfor %}", ["str x[]"]),
    ("{% firstof book.author book.editor %}", ["bool book.author", "str book.author"]),
    ("{% url 'book' book.pk as there %}{{ there }}", ["book.pk", "str ?"]),
    ("{% cycle book.a book.b as row %}", ["book.a", "book.b"]),
    ("{% ifchanged book.author %}{{ a.b }}{% else %}{{ a.c }}{% endifchanged %}", ["a.b", "a.c"]),
    ("{% filter upper|default:book.author %}{{ a.b }}{% endfilter %}", ["a.b", "book.author"]),
    ("{% cache 500 part book.pk %}{{ a.b }}{% endcache %}", ["book.pk", "a.b"]),
    ("{% blocktranslate with n=book.a count c=books|length trimmed %}{{ n }}{% plural %}"
     "{{ c }}{% endblocktranslate %}", ["book.a", "len books", "str book.a", "str len(books)"]),
    ("{% blocktrans with book.a as n asvar t %}{{ n }}{% endblocktrans %}{{ t }}", ["str book.a"]),
    ("{% translate book.title context 'x' as t %}", ["book.title"]),
    ("{% regroup books by author.name as groups %}{% for g in groups %}{{ g.grouper }}"
     "{% for b in g.list %}{{ b.title }}{% endfor %}{% endfor %}",
     ["list books", "books[].author.name", "str books[].author.name", "books[].title"]),
    ("{% partialdef r %}{{ book.a }}{% endpartialdef %}{% partial r %}", ["book.a"]),
    ("{% partialdef r inline %}{{ book.a }}{% endpartialdef %}", ["book.a"]),
    ("{% querystring page=books.next %}", ["books.next"]),
    ("{% load a %}{% load shown from b %}{% card book.author size=3 as c %}{{ c }}",
     ["card(book.author, size=3) of a,b", "str card()"]),
    ("{{ book|stars:book.n }}", ["stars(book, book.n) of "]),
    ("{% panel book.a %}{{ book.b }}{% else %}{{ book.c }}{% endpanel %}",
     ["panel(book.a) of ", "book.b", "book.c"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), READS)
def test_reads(text, expected):
    reads = walked(text, "a book books x").of()
    assert [read for read in reads if read in expected] == expected


def test_each_turn_reads_while_its_loop_is_open():
    recording = walked("{% for book in books %}{{ book.author }}{% endfor %}{{ x.y }}", "books x")
    assert recording.reads == [
        ("for books", 1, "page.html"),
        ("books[].author", 1, "page.html"),
        ("str books[].author", 1, "page.html"),
        ("x.y", 1, "page.html"),
        ("str x.y", 1, "page.html"),
    ]


def test_what_a_branch_binds_may_be_meant_behind_it():
    text = "{% if a %}{% one a as b %}{% else %}{% two a as b %}{% endif %}{{ b.name }}"
    assert "one() or two().name" in walked(text, "a").of()


def test_an_include_sees_the_variables_around_it():
    page = "{% for book in books %}\n{% include 'card.html' with other=book.editor %}{% endfor %}"
    recording = walked(page, "books", card_html="\n\n{{ book.author }}{{ other.name }}")
    assert ("books[].author", 3, "card.html") in recording.reads
    assert ("books[].editor", 2, "page.html") in recording.reads
    assert ("books[].editor.name", 3, "card.html") in recording.reads


def test_an_include_with_only_sees_its_own():
    page = "{% include 'card.html' with book=books.0 only %}"
    recording = walked(page, "books", card_html="{{ book.author }}{{ books.x }}")
    assert "books[0].author" in recording.of()
    assert "<books>.x" in recording.of()


@pytest.mark.parametrize(
    "template", ["name", "'no.html'|default:'card.html'", "'./card.html'", "'card.html#row'"]
)
def test_an_include_may_name_its_template_in_other_ways(template):
    card = "{% partialdef row inline %}{{ book.author }}{% endpartialdef %}"
    page = f"{{% with name='card.html' %}}{{% include {template} %}}{{% endwith %}}"
    assert "book.author" in walked(page, "book", card_html=card).of()


@pytest.mark.parametrize("template", ["'theirs.html'", "name"])
def test_a_template_that_nobody_knows_is_reported(template):
    recording = walked(f"{{% include {template} %}}", "name")
    assert len(recording.of("not followed: ")) == 1


def test_templates_that_extend_show_the_innermost_blocks():
    recording = walked(
        "{% extends 'base.html' %}{{ x.never }}{% block main %}{{ block.super }}{{ x.page }}"
        "{% endblock %}",
        "x",
        base_html="{% extends 'root.html' %}{% block main %}{{ x.base }}{% endblock %}",
        root_html="{{ x.root }}{% block main %}{{ x.replaced }}{% endblock %}"
        "{% block other %}{{ x.other }}{% endblock %}",
    )
    assert [read for read in recording.reads if read[0].startswith("x.")] == [
        ("x.root", 1, "root.html"),
        ("x.base", 1, "base.html"),
        ("x.page", 1, "page.html"),
        ("x.other", 1, "root.html"),
    ]


def test_a_block_in_a_loop_of_the_parent_is_read_once_a_turn():
    recording = walked(
        "{% extends 'base.html' %}{% block row %}{{ book.author }}{% endblock %}",
        "books",
        base_html="{% for book in books %}{% block row %}{% endblock %}{% endfor %}",
    )
    assert "books[].author" in recording.of()


def test_blocks_are_read_when_their_parent_is_not_known():
    text = "{% extends 'admin/base.html' %}{% block a %}{{ x.y }}{% endblock %}"
    recording = walked(text, "x")
    assert "x.y" in recording.of()
    assert len(recording.of("not followed: ")) == 1


def test_a_template_that_includes_itself_is_read_for_two_turns():
    page = "{% for n in node.children.all %}{% include 'page.html' with node=n %}{% endfor %}"
    loops = walked(page, "node", page_html=page).of("for ")
    assert loops == ["for node.children.all", "for node.children.all[].children.all"]


def test_templates_that_include_each_other_come_to_an_end():
    every = "".join(f"{{% include 't{number}.html' %}}" for number in range(9))
    templates = {f"t{number}_html": every for number in range(9)}
    recording = walked(every, "", **templates)
    assert [read for read in recording.of() if "more than 20000 tags" in read]


def test_an_inclusion_tag_shows_its_template_with_its_own_variables():
    recording = walked(
        "{% for book in books %}{% card book %}{% endfor %}",
        "books",
        tags={"card": "card.html"},
        card_html="{{ row.author }}{{ books.x }}",
    )
    assert "books[].author" in recording.of()
    assert "<books>.x" in recording.of()


def test_a_walk_in_deep_templates_comes_to_an_end_without_filling_the_stack():
    nested = "{% for a in a %}" * 50 + "{{ a.b }}{% include NEXT %}" + "{% endfor %}" * 50
    templates = {f"t{n}_html": nested.replace("NEXT", f"'t{n + 1}.html'") for n in range(30)}

    def deep(calls):
        return deep(calls - 1) if calls else walked(templates["t0_html"], "a", **templates)

    assert len(deep(400).of("not followed: its tags are nested too deep")) == 1
