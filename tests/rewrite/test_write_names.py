"""What names stand for where a loop writes: rows, models, imports; and how lists are called."""

from __future__ import annotations

import ast
import textwrap

import pytest

from querylens import source
from querylens.rewrite.writes.instances import are_rows, is_row
from querylens.rewrite.writes.names import free_in, import_of, in_reach, plural, snake


@pytest.fixture
def parsed(tmp_path):
    """A parsed file with this text."""

    def parse(text):
        file = tmp_path / "shop.py"
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        module = source.parse(str(file))
        assert module is not None
        return module

    return parse


def asked(module):
    """The argument of the file's call of `ask`."""
    [call] = [
        node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and source.name_of(node.func) == "ask"
    ]
    return call.args[0]


ROWS = [
    "ask(Tag.objects.get(pk=1))",
    "ask(Tag.objects.filter(pk=1).first())",
    "ask(Tag(name='a'))",
    "tag = Tag.objects.create()\nask(tag)",
    "async def run():\n    tag = await Tag.objects.aget(pk=1)\n    ask(tag)",
    "for tag in Tag.objects.all():\n    ask(tag)",
    "for tag in [Tag.objects.get(pk=1)]:\n    ask(tag)",
    "[ask(tag) for tag in Tag.objects.order_by('pk')]",
    "for book in Book.objects.all():\n    [ask(tag) for tag in list(Tag.objects.all()) if book]",
    "for tag in Tag.objects.bulk_create([]):\n    ask(tag)",
    "for tag in [row for row in Tag.objects.all()]:\n    ask(tag)",
]
NO_ROWS = [
    "ask(1)",
    "ask(tag)",
    "ask(tag.pk)",
    "ask(find())",
    "ask(Tag.objects.count())",
    "ask(UUID(hex='1'))",
    "ask(tags.get(1))",
    "tag = 1\nask(tag)",
    "tag = tag\nask(tag)",
    "tag = Tag.objects.get(pk=1)\ntag = 1\nask(tag)",
    "for tag in Tag.objects.values_list('pk', flat=True):\n    ask(tag)",
    "for tag in ids:\n    ask(tag)",
    "for tag in ids():\n    ask(tag)",
    "for tag in find()():\n    ask(tag)",
    "for tag in tags[0]:\n    ask(tag)",
    "for tag in list():\n    ask(tag)",
    "for tag in []:\n    ask(tag)",
    "def label(tag):\n    ask(tag)",
    "[ask(tag) for book in Book.objects.all()]",
]
LISTS = [
    "ask(Tag.objects.all())",
    "ask(Tag.objects.filter(pk=1).exclude(pk=2)[:3])",
    "ask(sorted(Tag.objects.all()))",
    "tags = list(Tag.objects.all())\nask(tags)",
    "ask((Tag.objects.get(pk=1), Tag.objects.get(pk=2)))",
]
NO_LISTS = [
    "tags = tags\nask(tags)",
    "for tags in Tag.objects.all():\n    ask(tags)",
    "ask([*Tag.objects.all()])",
    "ask(Tag.objects.values_list('pk'))",
    "ask(map(str, Tag.objects.all()))",
    "ask(Tag.objects)",
]


@pytest.mark.parametrize(
    ("code", "answer"), [*((code, True) for code in ROWS), *((code, False) for code in NO_ROWS)]
)
def test_tells_rows_from_keys(parsed, code, answer):
    module = parsed(code)

    assert is_row(module, asked(module)) is answer


@pytest.mark.parametrize(
    ("code", "answer"), [*((code, True) for code in LISTS), *((code, False) for code in NO_LISTS)]
)
def test_tells_rows_from_other_lists(parsed, code, answer):
    module = parsed(code)

    assert are_rows(module, asked(module)) is answer


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("from shop.models import Tag\nask(1)", True),
        ("from shop.models import Tag\ndef run():\n    ask(1)", True),
        ("class Tag: ...\nask(1)", True),
        ("def run():\n    from shop.models import Tag\n    ask(1)", True),
        ("ask(1)", False),
        ("from shop.models import *\nask(1)", False),
        ("from shop.models import Label as Tag\nask(1)", False),
        ("if True:\n    from shop.models import Tag\nask(1)", False),
        ("from shop.models import Tag\ndef run(Tag):\n    ask(1)", False),
        ("from shop.models import Tag\ndef run():\n    Tag = 1\n    ask(1)", False),
        ("from shop.models import Tag\ndef run():\n    class Tag: ...\n    ask(1)", False),
        ("def run():\n    if True:\n        from shop.models import Tag\n    ask(1)", False),
        ("from shop.models import Tag\nrun = lambda Tag: ask(1)", False),
    ],
)
def test_a_model_has_a_name_where_it_is_imported(parsed, code, known):
    module = parsed(code)

    assert in_reach(module, asked(module), "shop.Tag") == ("Tag" if known else "")


@pytest.mark.parametrize(
    ("code", "imports"),
    [
        ("", ("from django.utils import timezone",)),
        ("from django.utils import timezone", ()),
        ("from datetime import timezone", None),
        ("import pytz as timezone", None),
        ("timezone = 1", None),
        ("def run(timezone): ...", None),
    ],
)
def test_an_import_is_needed_once_and_never_over_another_name(parsed, code, imports):
    assert import_of(parsed(f"{code}\npass"), "django.utils", "timezone") == imports


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("tag", "tags"),
        ("library", "libraries"),
        ("day", "days"),
        ("box", "boxes"),
        ("address", "addresses"),
        ("status", "statuses"),
        ("tags", "tags"),
    ],
)
def test_plural(word, words):
    assert plural(word) == words


def test_snake():
    assert snake("StreamingOffer") == "streaming_offer"


def test_a_name_is_free_when_nothing_in_the_function_has_it(parsed):
    module = parsed("tags = 1\ndef run(tags_3):\n    tags, tags_2 = 1, 2\n")

    assert free_in(module.tree.body[1], "tags") == "tags_4"
    assert free_in(module.tree.body[1], "books") == "books"
