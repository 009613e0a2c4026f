"""Tags that read a row."""

from __future__ import annotations

from django import template

register = template.Library()


@register.simple_tag
def cover_line(book):
    return f"{book.title}, {book.author.name}"  # access
