"""The place of a tag is the runtime's, to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.template import Engine
from django.template.base import Node
from django.template.defaulttags import ForNode

from querylens.django import marks
from querylens.lint.templates import parse, walk
from querylens.model import Place
from querylens.places import compiled_tags, tag_place
from tests.lint.templates.recording import Recording

TEXT = """<ul>
  {%  for   book in   books|dictsort:"a  b"  %}
    <li>{{book.author.name}}</li>{% for tag in book.tags.all reversed %}
  {{  tag.name  }}{% endfor %}{%endfor%}
{% if a.b   and c %}
{% elif c.d %}{% endif %}{% include "x.html"   with e=a.e %}</ul>
"""

JINJA_TEXT = """<ul>
  {%  for   book in   books|sort(attribute="a")  %}
    <li>{{book.author.name}}</li>{% for tag in book.tags.all() | reverse %}
  {{  tag.name  }}{% endfor %}{%endfor%}
{% if a.b   and c %}
{%- elif c.d %}{% endif %}</ul>
"""


class Loops(Recording):
    """Keeps the place of each loop."""

    def turns(self, iterable, at, loop, targets):
        self.places.append(("loop", loop))
        return super().turns(iterable, at, loop, targets)


def walked(file, root, python=None):
    recording = Loops()
    template = parse(file.read_text(), file.name, str(file))
    names = {name: name for name in ["a", "books", "c"]}
    walk(template, names, recording, root=str(root), python=python)
    loops = {place for what, place in recording.places if what == "loop"}
    return loops, {place for what, place in recording.places if what != "loop"}


@pytest.fixture
def file(tmp_path, request):
    file = tmp_path / request.param / "page.html"
    file.parent.mkdir()
    file.write_text(JINJA_TEXT if request.param == "jinja2" else TEXT)
    return file


@pytest.mark.parametrize("file", ["templates"], indirect=True)
def test_django(file, tmp_path):
    nodes = Engine(dirs=[str(file.parent)]).get_template(file.name).nodelist
    every = nodes.get_nodes_by_type(Node)
    loops, tags = walked(file, tmp_path)
    for_tags = {marks._tag(node, loops=True) for node in every if isinstance(node, ForNode)}
    # A filter in the tag goes through the rows, so that the tag is its own loop, as it is written.
    sorts = next(place for place in loops if "   book" in place.tag)
    assert loops - {sorts} == {tag_place(tag, str(tmp_path)) for tag in for_tags}
    others = [marks._tag(node, loops=False) for node in every]
    assert tags <= {tag_place(tag, str(tmp_path)) for tag in others if tag}
    assert sorts in tags
    assert len(tags) == 6


@pytest.mark.parametrize("file", ["jinja2"], indirect=True)
def test_jinja(file, tmp_path):
    loops, tags = walked(file, tmp_path)
    expected = [compiled_tags(file.name, str(file), line) for line in range(1, 7)]
    assert loops == {tag_place(tag, str(tmp_path)) for line in expected for tag in line[1:]}
    assert tags <= {tag_place(line[0], str(tmp_path)) for line in expected}
    assert {place.line for place in tags} == {2, 3, 4, 5, 6}


@pytest.mark.parametrize("file", ["templates"], indirect=True)
def test_the_line_that_renders_a_template_stands_behind_each_place(file, tmp_path):
    view = Place("views.py", 3)
    loops, tags = walked(file, tmp_path, view)
    assert {place.python for place in loops | tags} == {view}
    assert {place.path for place in loops | tags} == {str(Path(file))}
