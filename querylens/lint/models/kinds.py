"""What Django's classes of fields are, by name; those of other packages by how their names end."""

from __future__ import annotations

from typing import Literal

#: What a field is to its row: a column, a key to another row, rows elsewhere, or a type and a key.
Shape = Literal["column", "key", "one_to_one", "many_to_many", "generic_key", "generic_rows"]

_BY_END: tuple[tuple[str, Shape], ...] = (
    ("GenericForeignKey", "generic_key"),
    ("GenericRelation", "generic_rows"),
    ("ManyToManyField", "many_to_many"),
    ("TaggableManager", "many_to_many"),
    ("OneToOneField", "one_to_one"),
    ("ForeignKey", "key"),
    ("ParentalKey", "key"),
)
#: What `save` sets by itself has a class of these.
DATES = frozenset({"DateField", "DateTimeField", "TimeField"})
FILES = frozenset({"FileField", "ImageField"})
AUTOMATIC = frozenset({"AutoField", "BigAutoField", "SmallAutoField"})
#: Fields of other packages that make a value on save, though no date and no file.
MADE_ON_SAVE = frozenset({"AutoSlugField", "RandomCharField", "ShortUUIDField"})
#: A text without a default is an empty text.
TEXTS = frozenset(
    (
        *("CharField", "TextField", "SlugField", "EmailField", "URLField", "BinaryField"),
        *("FileField", "ImageField", "FilePathField", "CommaSeparatedIntegerField", "Field"),
        *("CICharField", "CIEmailField", "CITextField"),
    )
)
_KNOWN = (
    *("BigAutoField", "SmallAutoField", "AutoField", "DateTimeField", "DateField", "TimeField"),
    *("SlugField", "EmailField", "URLField", "CharField", "TextField", "BinaryField"),
    *("ImageField", "FilePathField", "FileField", "UUIDField", "JSONField", "BooleanField"),
)


def shape_of(kind: str) -> Shape:
    """What a field of Django's class, or of one named like it, is to its row."""
    return next((shape for end, shape in _BY_END if kind.endswith(end)), "column")


def django_kind(kind: str, package: str) -> str:
    """Django's class that another package's is taken for, by the end of its name."""
    if package.startswith("django."):
        return kind
    return next((known for known in _KNOWN if kind.endswith(known)), kind)
