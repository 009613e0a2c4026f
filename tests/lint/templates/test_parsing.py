"""What can't be read of a template is told in one line, and the rest is read all the same."""

from __future__ import annotations

import random
import re
from pathlib import Path

import django
import hypothesis.strategies as st
import pytest
import rest_framework
from hypothesis import given, settings

from querylens.lint.templates import django as django_templates
from querylens.lint.templates import jinja, parse, walk
from querylens.lint.templates.nodes import For, Group, If, Output
from tests.lint.templates.recording import Recording

ROOT = Path(__file__).parents[3]
PARSERS = [django_templates.parse, jinja.parse]
FOLDERS = [
    ROOT / "tests/project",
    ROOT / "demo_app",
    Path(django.__file__).parent,
    Path(rest_framework.__file__).parent,
]
FILES = [
    file
    for folder in FOLDERS
    for name in ("templates", "jinja2")
    for file in sorted(folder.rglob(f"{name}/**/*.*"))
    if file.suffix in (".html", ".txt", ".xml")
]


def test_templates_of_real_projects_are_read_whole():
    parsed = [parse(file.read_text(), file.name, str(file)) for file in FILES]
    assert [template.problem for template in parsed if template.problem] == []
    assert len(parsed) > 150
    assert len([template for template in parsed if template.is_jinja]) > 20


DJANGO_PROBLEMS = [
    ("{% for book in %}{{ a }}{% endfor %}", "{% for %} is written {% for name in values %}"),
    ("{% if %}{{ a }}{% endif %}", "{% if %} asks for nothing: name a value"),
    ("{% if a b %}{{ a }}{% endif %}", "'b' stands where and, or or a comparison should"),
    ("{% if a and %}{{ a }}{% endif %}", "a value is missing in this condition"),
    ("{% if a %}{{ a }}", "{% if %} is never closed: add {% endif %}"),
    ("{% block x %}{% if a %}{{ a }}{% endblock %}", "{% if %} is never closed: add {% endif %}"),
    ("{{ a }}{% endif %}", "{% endif %} closes nothing: no {% if %} is open here"),
    ("{{ a }}{% else %}", "{% else %} does not belong into any tag"),
    ("{% for b in a %}{% else %}{{ a }}{% endfor %}",
     "{% else %} does not belong into {% for %}"),
    ("{{ }}{{ a }}", "{{ }} shows nothing: name a value"),
    ("{% %}{{ a }}", "{% %} has no name"),
    ("{{ a }}{{ a b }}", "'b' can't be read behind 'a'"),
    ("{{ a }}{{ a|default: 1 }}", "the filter default has a colon and no argument behind it"),
    ("{{ a }}{{ f(x) }}", "'(x)' can't be read behind 'f'"),
    ("{{ a }}{{ 'open }}", "\"'open\" is no variable, number or quoted text"),
    ("{% with a %}{{ a }}{% endwith %}", "{% with %} is written {% with name=value %}"),
    ("{% include %}{{ a }}", "{% include %} names no template"),
    ("{% include 'x' b %}{{ a }}", "{% include %} has 'b' where name=value should stand"),
    ("{% comment %}{{ a }}", "{% comment %} is never closed: add {% endcomment %}"),
    ("{% regroup a by b %}{{ a }}",
     "{% regroup %} is written {% regroup rows by attribute as name %}"),
]  # fmt: skip
JINJA_PROBLEMS = [
    ("{% for b in %}{{ a }}{% endfor %}", "a value is missing before the end of the tag"),
    ("{% if %}{{ a }}{% endif %}", "a value is missing before the end of the tag"),
    ("{% if a %}{{ a }}", "{% if %} is never closed: add {% endif %}"),
    ("{{ a }}{{ b c }}", "'c' can't be read where it stands in a tag"),
    ("{{ a }}{{ b.}}", "a name is missing before the end of the tag"),
    ("{{ a }}{{ (b }}", "'}' can't be read where it stands in a tag"),
    ("{{ a }}{{ b $ }}", "'$' can't be read where it stands in a tag"),
    ("{{ a }}{{ b", "{{ is never closed: add }}"),
    ("{{ a }}{# b", "a comment is never closed: add #}"),
    ("{{ a }}{% raw %}", "{% raw %} is never closed: add {% endraw %}"),
    ("{% set b %}{{ a }}", "{% set %} is never closed: add {% endset %}"),
    ("{% import 'x' %}{{ a }}", "as is missing before the end of the tag"),
    ("{{ " + "(" * 40 + "b" + ")" * 40 + " }}{{ a }}", "brackets are nested more than 30 deep"),
]


@pytest.mark.parametrize(
    ("parser", "text", "problem"),
    [(PARSERS[0], *case) for case in DJANGO_PROBLEMS]
    + [(PARSERS[1], *case) for case in JINJA_PROBLEMS],
)
def test_a_broken_template_has_one_problem_and_is_read_around_it(parser, text, problem):
    parsed = parser(f"\n\n{text}", "x.html", "app/templates/x.html")
    assert parsed.problem == f"app/templates/x.html:3: {problem}"
    recording = Recording()
    walk(parsed, {"a": "a"}, recording)
    assert "str a" in recording.of() or "comment" in text


def test_a_problem_names_the_first_tag_that_is_wrong():
    parsed = django_templates.parse("{{ a }}\n{{ b() }}\n{% endif %}\n", "x", "x.html")
    assert parsed.problem == "x.html:2: '()' can't be read behind 'b'"


def test_unknown_tags_are_blocks_only_when_they_end():
    parsed = parse("{% one a %}{% two b %}{{ c }}{% endtwo %}", "x", "x.html")
    one, two = parsed.body
    assert (one.name, one.body) == ("one", None)
    assert (two.name, [type(node) for node in two.body]) == ("two", [Output])


def test_tags_of_a_patched_lexer_may_span_lines_in_django():
    parsed = parse("{% for b\n in books %}{{ b }}{% endfor %}{{ {\n} }}", "x", "x.html")
    assert parsed.problem == ""
    assert [type(node) for node in parsed.body] == [For]


def test_line_ends_count_once_each():
    parsed = parse("a\r\n\r\n{{ b }}\r{{ c }}", "x", "x.html")
    assert [node.at.line for node in parsed.body] == [3, 4]


def test_deep_bodies_are_read_flat():
    text = "{% if a %}" * 5000 + "{{ a }}" + "{% endif %}" * 5000
    parsed = parse(text, "x", "x.html")
    assert parsed.problem == "x.html:1: tags are nested more than 60 deep: use includes"
    node, depth = parsed.body[0], 0
    while isinstance(node, If | Group):
        node, depth = node.branches[0].body[0], depth + 1
    assert (type(node), depth) == (Output, 60)


PIECES = re.split(
    " ",
    """
{% %} {{ }} {# #} {%- -%} if endif for in endfor else elif empty block endblock with endwith set
endset macro endmacro include extends raw endraw verbatim endverbatim comment endcomment a b.c 'x'
"y" ' " | : , . ( ) [ ] { } = == not and or is as by load from import call endcall \\ \n _( 1 -2
0x 1e9 9e999 ** ~ reversed loop block.super partial partialdef regroup blocktrans endblocktrans
plural own endown cycle filter endfilter | default:a map(attribute='a') ² é \0
""",
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40),
    st.sampled_from(["", " "]),
    st.sampled_from(PARSERS),
)
def test_any_text_can_be_read_and_walked(pieces, between, parser):
    parsed = parser(between.join(pieces), "x.html", "x.html")
    assert "\n" not in parsed.problem
    walk(parsed, {"a": "a"}, Recording({"x": "{{ a }}", "x.html": between.join(pieces)}))


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="{}%#-+'\"\\ab.|:,()[]= \n", max_size=200), st.sampled_from(PARSERS))
def test_any_signs_can_be_read(text, parser):
    assert "\n" not in parser(text, "x.html", "x.html").problem


def page(size, seed=5):
    """A template of about `size` characters, as pages are."""
    rows = random.Random(seed)
    blocks = []
    length = 0
    while length < size:
        name = rows.choice(["author", "publisher", "chapters.all", "tags.all"])
        blocks.append(
            f"<p class='row'>{{% for item in book.{name} %}}\n"
            f"  {{% if item.name and not item.hidden %}}{{{{ item.name|default:'none'|upper }}}}\n"
            f"  {{% include 'card.html' with size={rows.randrange(9)} %}}{{% endif %}}\n"
            "{% endfor %}</p>\n"
        )
        length += len(blocks[-1])
    return "".join(blocks)


def test_a_page_of_two_megabytes_is_read():
    parsed = parse(page(2_000_000), "x.html", "x.html")
    assert parsed.problem == ""
    assert len(parsed.body) > 8_000


#: Any of these, repeated, takes hours when a reader looks at the rest of the text for each.
REPEATED = [
    "{%", "{{", "{#", "{{ {", "{% ( %}", "{% { %}", "{{ { }}", "{% if %}", "{% endif %}", "{{ '",
    '{{ "\\" ', "{% a '", "{% raw ", "{% x \\' \\\" ", "{% if a %}", "{% for %}{% endif %}",
    "{% else %}", "{{ a|b:'", "{% load a %}", "{{ [", "{{ ([{ $ ", "\\\"", "_(\"",
]  # fmt: skip


@pytest.mark.parametrize("parser", PARSERS, ids=["django", "jinja"])
@pytest.mark.parametrize("piece", REPEATED)
def test_what_is_repeated_is_read_in_steps_that_grow_with_the_text(parser, piece):
    for start, end in [("", ""), ("{% a ", " %}")]:
        parser(start + piece * (100_000 // len(piece)) + end, "x.html", "x.html")
