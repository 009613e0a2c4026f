"""Whatever stands in a module is read to its end, without an exception and in bounded steps."""

from __future__ import annotations

import shutil
from pathlib import Path

import django
import pytest
import rest_framework
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from querylens.config import Config
from querylens.lint import lint
from querylens.lint.reader import Reader
from tests.lint.snippets import written

ODD = {
    "star_ring_a": "from shop.star_ring_b import *\n\ndef a():\n    return [b() for _ in c()]\n",
    "star_ring_b": "from shop.star_ring_a import *\nfrom shop.nowhere import *\n\nb = a\n",
    "imports_itself": "from shop import imports_itself\nfrom shop.imports_itself import x as x\n",
    "recursive": """\
def f(x):
    return [f(y) for y in x] or g(x)

def g(x=lambda: g):
    return f(x) or g(g(x))
""",
    "inherits_from_itself": """\
from django.db import models

class A(A):
    x = x

class B(C):
    def m(self):
        return [self.m() for _ in super().m()]

class C(B):
    def m(self):
        return super().m()

class D(models.Model, D):
    d = models.ForeignKey("D", models.CASCADE)
    d = models.ForeignKey("self", models.CASCADE, related_name="d")
    nowhere = models.ForeignKey(Nowhere, models.CASCADE)
    objects = objects

def ds():
    return [d.d.d.nowhere for d in D.objects.all()]
""",
    "iterators": """\
class Own:
    def __iter__(self):
        return self

    def __next__(self):
        return next(self)

    def __call__(self):
        return self()

    def __getattr__(self, name):
        return getattr(self, name)

    @property
    def p(self):
        return self.p

def walk():
    own = Own()
    for item in own:
        for other in item:
            yield from other.p(own())
""",
    "decorators": """\
@f(lambda x: x)
@a.b[c].d
@(yes := no)
class A:
    @property
    @property.setter
    @classmethod
    def m(cls, /, a=[x for x in b], *args, k=lambda *a, **k: (a, k), **kwargs) -> "m[": ...

    @m.setter
    def m(self, value): pass

    @staticmethod
    def m(): return m(*m, **m)
""",
    "match": """\
def f(rows):
    for row in rows:
        match row:
            case {"a": [x, *rest], **others} if x: print(x, rest, others)
            case Point(x=0, y=y) | Other(y): print(y)
            case (1 | 2) as n: print(n)
            case -1 | "a" | None | a.b: break
            case _: continue
""",
    "walrus": """\
def f(rows):
    if (n := len(rows)) > 3 and (m := [y := x, *rows])[0]:
        return [z for x in rows if (z := x)] + [n, m]
    while chunk := rows.read(): print(f"{chunk!r:>{n}} {f'{m}'}")
""",
    "asynchronous": """\
async def f(rows):
    async with a as (b, *c), d: pass
    return {k: v async for k, v in rows if await k}, [await x async for x in f(rows)]

async def g():
    async for x in g():
        yield await g()
""",
    "scopes": """\
def f():
    global a, b
    a = b = c = 1
    def inner():
        nonlocal c
        c, a[c], (b.c, *d) = inner(), *c
        del c, a[0]
        for c.d[0], in c: pass
        else: c += yield
        try: pass
        except* (A, B) as e: raise e from None
        finally: return inner
    return inner()()()
""",
    "arguments": """\
def f(a, /, b, *args, c=1, **kwargs):
    return f(*args, *kwargs, **kwargs, **f(*a)) or f() or f(1, 2, 3, b=1, d=4, **{"x": 1})

f(*f, **f)
print(*[f(**{str(x): x}) for x in f])
""",
    "querysets": """\
from django.db.models import F, Prefetch, Q
from shop.models import Author, Book

def f(x=Book.objects.all()):
    Book.objects.filter(*x, **{"a" * 3: x})[x:][0].author.books.nowhere(x)(x).all()
    Book.objects.prefetch_related(Prefetch(), Prefetch("books"), *x, None, 3).get()
    Book.objects.select_related(3, *x, **x).only(x, 1).defer(None).values_list(*x)
    Book.objects.values(x=F("y")).annotate(Q()).annotate(x=x).in_bulk(*x)
    Book.objects.bulk_create(); Book.objects.create(*x); Book.objects.get_or_create()
    Book.objects.get(Q(pk=1) | x, pk=x).save(*x); Book().delete(); Book.nowhere.all()
    Book.objects.union().first().author.add(); Author.books.field; Book.tags.through.objects.x
    for book in Book.objects.raw(x, *x).using():
        book.author = book.editor = book; book.author.author; book.tags.set()
        getattr(book, x, *x); setattr(book, *x); hasattr(book); del book.author
        sorted(); map(); zip(); filter(None, x); min(key=x); enumerate(); next(); dict(x, *x)
    return Book.objects.all() + Book.objects.all() | x[Book], -Book, not Book.objects
""",
    "names_of_python": """\
def list(dict): return [list(x) for x in dict]
str = int = super = property = None

class object(object):
    def __init__(self, self_): super(); super().__init__(); super(a, b).c
""",
}
PIECES = [
    "{a} = {b}", "{a} = {b}.{a}", "{a}.{b} = {a}", "{a}[{b}] = {b}({a})", "{a} += {b}",
    "return {a}", "yield {a}", "{a} = [{b} for {a} in {b}]", "{a} = Book.objects.filter({b}={a})",
    "{a} = Book.objects.all()", "{a}.save()", "{a}.append({b})", "del {a}", "{a}, *{b} = {b}",
    "{a} = lambda {b}={a}: {b}({a})", "{a} = {{{a}: {b}, **{b}}}", "{a} = {b} if {a} else {b}()",
    "from shop.models import *", "from shop.made import {a}", "import shop.{a} as {b}",
    "print({a}.author.name)", "Book.objects.get(pk={a})", "{a} = Book.objects.create(title={b})",
    "Book.objects.filter(pk={a}).update(title={b})", "{a}.author.books.count()", "{a}.delete()",
    "{a} = [{b}.author for {b} in Book.objects.all()]", "{a}.tags.add({b})", "{a} = {b}.author",
    "{a} = {b}.author.books.all()", "{a} = sorted({b}, key={a})", "global {a}", "raise {a}",
]  # fmt: skip
BLOCKS = [
    "for {a} in {b}:", "while {a}:", "if {a}:", "def {a}({b}={a}, *args, **kwargs):",
    "class {a}({b}):", "class {a}({a}):", "with {a} as {b}:", "for {b} in Book.objects.all():",
    "for {a} in Book.objects.filter(author={b}):", "while {a} := Book.objects.filter(pk={b}):",
    "async def {a}({b}):", "@{b}\ndef {a}(self):", "try:\n    {a}\nexcept {b} as {a}:",
]  # fmt: skip
NAMES = st.sampled_from(["a", "b", "c", "Book", "self", "models", "made"])


def filled(templates):
    return st.builds(
        lambda text, a, b: text.format(a=a, b=b), st.sampled_from(templates), NAMES, NAMES
    )


def block(head, body):
    inner = "\n".join(body)
    return head + "\n" + "\n".join(f"    {line}" for line in inner.splitlines())


def modules():
    statement = st.recursive(
        filled(PIECES),
        lambda inner: st.builds(block, filled(BLOCKS), st.lists(inner, min_size=1, max_size=4)),
        max_leaves=12,
    )
    return st.lists(statement, min_size=1, max_size=6).map("\n".join)


def test_odd_modules_are_read(tmp_path):
    config = written(tmp_path, ODD)
    read = lint([], config)

    assert read.problems == ()
    assert len(read.files) == len(ODD) + 2


@given(modules(), modules())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_module_is_read(tmp_path, made, other):
    read = lint([], written(tmp_path, {"made": made, "a": other}))

    assert [line for line in read.problems if not is_of_the_parser(line)] == []


def is_of_the_parser(problem):
    return "syntax error (" in problem


@pytest.mark.parametrize("package", [django, rest_framework])
def test_the_code_of_libraries_is_read(tmp_path, package):
    """A part of each, for all of it is many lines: what is read of one leads to the others."""
    source = Path(package.__file__).parent
    for name in ("db/models/query.py", "http", "views", "contrib/admin", "core/handlers", "forms"):
        copy(source / name, tmp_path / source.name / name)
    for path in source.glob("*.py"):
        copy(path, tmp_path / source.name / path.name)
    read = lint([], Config(root=tmp_path))

    assert len(read.files) > 20
    assert read.problems == ()


def copy(source, target):
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.html", "*.js", "locale"))
    elif source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


@pytest.mark.parametrize(
    "text",
    [
        f"X = [{'1, ' * 60_000}]\n",
        f"X = {{{', '.join(f'{n}: [{n}]' for n in range(30_000))}}}\n",
        f"X = {' + '.join(['1'] * 2_000)}\n",
        f"X = ({'(1, 2), ' * 20_000})\n",
    ],
)
def test_a_large_literal_takes_few_steps(tmp_path, monkeypatch, text):
    steps = count_steps(monkeypatch)
    use = "\ndef f():\n    return [x for x in X], [g(x) for x in X], X[3]\n"
    read = lint([], written(tmp_path, {"large": text + use}))

    assert read.problems == ()
    assert 0 < len(steps) < 5_000


def count_steps(monkeypatch):
    steps = []
    evaluate = Reader.evaluate

    def counted(self, node, scope):
        steps.append(node)
        return evaluate(self, node, scope)

    monkeypatch.setattr(Reader, "evaluate", counted)
    return steps


@pytest.mark.parametrize("number", [5, 10])
def test_calls_that_branch_take_bounded_steps(tmp_path, monkeypatch, number):
    """Each function calls the next one twice: without a bound it would be 2 to the power of it."""
    steps = count_steps(monkeypatch)
    text = "".join(f"def f{n}(x):\n    return f{n + 1}([x]), f{n + 1}(x)\n" for n in range(number))
    read = lint([], written(tmp_path, {"branching": text}))

    assert read.problems == ()
    assert len(steps) < 6_000 * number
