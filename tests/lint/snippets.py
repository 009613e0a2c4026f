"""Snippets of a small project, with marks on the lines where something must be found.

A snippet is a module `shop/NAME.py`; `=== FILE` begins another file of the project, such as a
template. `QL101` in a comment of a line says that this is found there, and nothing else is found
anywhere. `fix` in a comment marks the line of a fix, in a snippet that is about such lines.
"""

from __future__ import annotations

import re
from collections import Counter

from querylens.config import Config
from querylens.lint import lint

MODELS = """\
from django.contrib.auth.models import User
from django.db import models
from django.utils.functional import cached_property


class Publisher(models.Model):
    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class Author(models.Model):
    name = models.CharField(max_length=50)
    publisher = models.ForeignKey(Publisher, models.CASCADE, related_name="authors")

    def __str__(self):
        return f"{self.name} at {self.publisher}"


class Tag(models.Model):
    name = models.CharField(max_length=50)


class BookQuerySet(models.QuerySet):
    def with_author(self):
        return self.select_related("author")

    def long(self):
        return self.filter(pages__gte=400)


class JoinedManager(models.Manager):
    def get_queryset(self):
        return super().get_queryset().select_related("author")


class Book(models.Model):
    title = models.CharField(max_length=50)
    pages = models.IntegerField()
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    editor = models.ForeignKey(Author, models.SET_NULL, null=True, related_name="edited")
    tags = models.ManyToManyField(Tag, related_name="books")

    objects = BookQuerySet.as_manager()
    joined = JoinedManager()

    class Kind(models.TextChoices):
        NOVEL = "novel"
        POEM = "poem"

    @property
    def author_name(self):
        return self.author.name

    @cached_property
    def first_tag(self):
        return self.tags.first()

    def label(self):
        return f"{self.title} by {self.author.name}"


class Chapter(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, related_name="chapters")
    title = models.CharField(max_length=50)


class Profile(models.Model):
    user = models.OneToOneField(User, models.CASCADE, related_name="profile")
    website = models.CharField(max_length=50)
"""
_MARK = re.compile(r"(?:#|\{#) ?(.*)")
_CODE = re.compile(r"QL\d{3}")
_FILE = re.compile(r"^=== (\S+)\n", re.MULTILINE)


def files_of(name, text):
    """The files of a snippet, by their names in the project."""
    first, *others = _FILE.split(text)
    return {f"shop/{name}.py": first, **dict(zip(others[::2], others[1::2], strict=True))}


def written(root, snippets):
    """Writes the snippets into one project."""
    files = {"shop/__init__.py": "", "shop/models.py": MODELS}
    for name, text in snippets.items():
        files |= files_of(name, text)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Config(root=root)


def found_in(root, snippets):
    """Lints the project of the snippets: the findings by file."""
    read = lint([], written(root, snippets))
    assert read.problems == ()
    found = {}
    for finding in read.findings:
        found.setdefault(finding.call_site.file, []).append(finding)
    return found


def marks(text, pattern):
    """What the comments of a file mark, by line."""
    return Counter(
        (number, code)
        for number, line in enumerate(text.splitlines(), start=1)
        for comment in _MARK.findall(line)
        for code in pattern.findall(comment)
    )


def differences(name, text, found):
    """What is missing or too much in a snippet, in words."""
    told = []
    for file, content in files_of(name, text).items():
        wanted = set(marks(content, _CODE))
        given = {(each.call_site.line, each.rule.code): each for each in found.get(file, ())}
        told += [f"{file}:{line}: {code} is not found" for line, code in wanted - given.keys()]
        told += [
            f"{file}:{line}: {code} {given[line, code].message}"
            for line, code in given.keys() - wanted
        ]
        told += _differences_of_fixes(file, content, found)
    return told


def _differences_of_fixes(file, content, found):
    wanted = {line for line, _ in marks(content, re.compile(r"\bfix\b"))}
    every = [each for findings in found.values() for each in findings]
    given = {each.fix.at.end_line for each in every if each.fix.at and each.fix.at.file == file}
    return [f"{file}: fixes at {given}, not {wanted}"] if wanted and wanted != given else []
