"""What a walk reads is what the engine reads when it renders, in the same tags and lines."""

from __future__ import annotations

import sys

import jinja2
import pytest
from django.conf import settings
from django.template import Context, Engine

from querylens.django import marks
from querylens.lint.templates import parse, walk
from querylens.places import compiled_tags, tag_place
from tests.lint.templates.recording import Recording


class Value:
    """Keeps who reads its attributes, under the name that `Recording` gives them."""

    def __init__(self, name, reads):
        self._name = name
        self._reads = reads

    def __getattr__(self, name):
        if name.startswith("_") or name in ("do_not_call_in_templates", "resolve_expression"):
            raise AttributeError(name)
        path = f"{self._name}.{name}"
        self._reads.append((path, place_of_tag()))
        return Value(path, self._reads)

    def __iter__(self):
        return iter([Value(f"{self._name}[]", self._reads)] * 2)

    def __reversed__(self):
        return iter(self)

    def __int__(self):
        return 2

    def __len__(self):
        return 2

    def __lt__(self, other):
        return False

    def __str__(self):
        return self._name

    def __html__(self):
        return self._name


def place_of_tag():
    """The place of the innermost tag that is being rendered."""
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_qualname == "Node.render_annotated":
            return tag_place(marks._tag(frame.f_locals["self"], loops=False), ROOTS[0])
        found = marks.compiled_templates([frame]).get(0)
        if found:
            name, file, line = found
            return tag_place(compiled_tags(name, file, line(frame.f_lineno))[0], ROOTS[0])
        frame = frame.f_back
    return None


ROOTS = [""]

DJANGO = {
    "page.html": """{% extends "base.html" %}
{% load i18n %}
{# {{ books.never }} #}
{% block main %}
  {{ block.super }}
  {% for  book  in books.shown|dictsort:"author.name" %}
    {% include "card.html" with editor=book.editor %}
    {% with   publisher=book.publisher other=book.other %}{{ publisher.name }}
      {{ other }}{% endwith %}
    {% if book.missing == 1 %}{% elif book.rare == 2 %}{{ book.never }}
    {% else %}{{ book.title|default:book.spare|upper }}{% endif %}
  {% empty %}{% endfor %}
  {% regroup books by author.country as countries %}
  {% for country in countries %}{{ country.grouper.name }}
    {% for book in country.list reversed %}{{ book.isbn }}{% endfor %}{% endfor %}
  {% blocktranslate with title=top.title count number=books|length %}
    {{ title }}{% plural %}{{ number }} of {{ title }}{% endblocktranslate %}
  {% cycle top.odd top.odd as parity %}{% firstof top.name %}
  {% widthratio books|length 10 top.width as width %}
  {% filter upper %}{{ top.loud }}{% endfilter %}
  {% comment %}{{ books.never }}{% endcomment %}{% verbatim %}{{ books.never }}{% endverbatim %}
  {% spaceless %}{% autoescape off %}{{ top.safe }}{% endautoescape %}{% endspaceless %}
  {% ifchanged top.day %}{{ top.date }}{% endifchanged %}
  {{ books|join:top.comma }}{{ _("now")|default:top.spare }}
{% endblock %}
""",
    "base.html": """<p>{{ top.root }}</p>{% block main %}
{{ top.base }}{% endblock %}{% block foot %}{% include "foot.html" only %}{% endblock %}""",
    "card.html": "<div>\n  {{ book.author.name }}, {{ editor.name }}</div>",
    "foot.html": "{{ top.hidden }}{% now 'Y' as year %}{{ year.never }}",
}
#: In branches that no rendering of these values takes.
ONLY_WALKED = {"top.never", "books.shown[].never"}

JINJA = {
    "page.html": """{% extends "base.html" %}
{% from "macros.html" import card as shown %}
{% macro own(book, size=top.size) %}
  {{ book.title }}{{ size.unit }}
{%- endmacro %}
{% block main %}
  {{ super() }}
  {% for book in books.shown|sort(attribute="author") -%}
    {% include "row.html" %}
    {{ shown(book) }} {{ own(book) }}
    {%- set publisher = book.publisher %}
    {% if book.missing == 1 %}
    {% elif book.rare == 2 %}{{ book.never }}
    {% else %}{{ publisher.name
        .first }}
    {% endif %}
  {% else %}{{ top.never }}{% endfor %}
  {{ books|map(attribute="isbn")|join(",") }}
  {% for country, group in books|groupby("country") %}
    {{ country.name }}{% for book in group %}{{ book.city }}{% endfor %}
  {% endfor %}
  {% call(book) shown(top.first) %}{{ book.again }}{% endcall %}
  {{ "yes" if top.odd == 1
     else top.even }}
  {% raw %}{{ books.never }}{% endraw %}{# {{ books.never }} #}
{% endblock %}
""",
    "base.html": "<p>{{ top.root }}</p>{% block main %}\n{{ top['base'] }}{% endblock %}",
    "macros.html": "\n{% macro card(book) %}\n{{ book.cover }}{{ caller and caller(book) }}\n"
    "{% endmacro %}",
    "row.html": "<i>{{ book.editor.name }}</i>",
}


def write(templates, folder):
    for name, text in templates.items():
        (folder / name).write_text(text)


def walked(folder):
    names = {file.name: file for file in folder.iterdir()}
    recording = Recording()
    recording.template = lambda name, asking: parse(names[name].read_text(), name, str(names[name]))
    page = recording.template("page.html", "")
    walk(page, {"books": "books", "top": "top"}, recording, root=str(folder.parent))
    attributes = {(what, at) for what, at in recording.places if is_attribute(what)}
    return {(what, at) for what, at in attributes if what not in ONLY_WALKED}


def is_attribute(what):
    return " " not in what and what.startswith(("books", "top")) and "." in what


@pytest.fixture
def folder(tmp_path, request):
    (tmp_path / request.param).mkdir()
    ROOTS[0] = str(tmp_path)
    return tmp_path / request.param


@pytest.mark.parametrize("folder", ["templates"], indirect=True)
def test_django(folder):
    write(DJANGO, folder)
    reads = []
    engine = Engine(dirs=[str(folder)], libraries={"i18n": "django.templatetags.i18n"})
    context = Context({"books": Value("books", reads), "top": Value("top", reads)})
    assert settings.USE_I18N
    engine.get_template("page.html").render(context)
    assert walked(folder) == set(reads)


@pytest.mark.parametrize("folder", ["jinja2"], indirect=True)
def test_jinja(folder):
    write(JINJA, folder)
    reads = []
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(folder))
    values = {"books": Value("books", reads), "top": Value("top", reads)}
    environment.get_template("page.html").render(values)
    assert walked(folder) == set(reads)
