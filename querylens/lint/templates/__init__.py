"""Reads Django and Jinja2 templates, and walks them with values that stand for rows."""

from __future__ import annotations

from querylens.lint.templates import django, jinja
from querylens.lint.templates.folders import TemplateFolders, is_jinja, name_of
from querylens.lint.templates.nodes import ParsedTemplate
from querylens.lint.templates.reader import Included, Reader
from querylens.lint.templates.walk import walk

__all__ = ["Included", "ParsedTemplate", "Reader", "TemplateFolders", "name_of", "parse", "walk"]


def parse(text: str, name: str, file: str) -> ParsedTemplate:
    """The tree of a template, loaded by `name` from the path `file`. Never raises.

    What could not be read is told by its `problem`.
    """
    if is_jinja(file, text):
        return jinja.parse(text, name, file)
    return django.parse(text, name, file)
