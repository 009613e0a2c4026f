from __future__ import annotations

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models

from tests.lint.models.shop.base.models import Dated, OwnedAndDated, Remarked, Removable
from tests.lint.models.shop.base.querysets import (
    CountedManager,
    CountingManager,
    LiveManager,
    LiveQuerySet,
)

from .makers import Maker


class Product(OwnedAndDated):
    maker = models.ForeignKey(Maker, models.CASCADE, "products", null=True)
    shelf = models.PositiveIntegerField(default=0)
    similar = models.ManyToManyField("self", related_name="ignored")
    seen_by = models.ManyToManyField("people.Staff", "seen")
    released_on = models.DateField()
    label = models.GeneratedField(
        expression=models.F("title"), output_field=models.TextField(), db_persist=True
    )

    class Meta(OwnedAndDated.Meta):
        ordering = ["title"]
        unique_together = ("maker", "shelf")

    counted = CountedManager()
    objects = LiveQuerySet.as_manager()


class Book(Product):
    """A table of its own, whose rows are products."""

    pages = models.IntegerField()
    next_book = models.OneToOneField("Book", models.SET_NULL, null=True)
    notes = GenericRelation(
        "orders.Remark",
        object_id_field="subject_id",
        content_type_field="subject_type",
        related_query_name="book",
    )


class Gift(models.Model):
    wrapping = models.CharField(max_length=10, unique=True)


class GiftCard(Gift, Remarked):
    """The link to its parent is its own, under its own name."""

    gift = models.OneToOneField(Gift, models.CASCADE, parent_link=True, related_name="card")
    amount = models.DecimalField(max_digits=5, decimal_places=2, default=1)

    cards = LiveManager()


class Audio(Book):
    """Two tables above it."""

    reader = models.CharField(max_length=50, null=True)

    counted = CountingManager()


class NewBook(Book):
    class Meta:
        proxy = True
        default_manager_name = "fresh"

    fresh = LiveManager()
    parts = GenericRelation(
        "orders.Remark",
        object_id_field="subject_id",
        content_type_field="subject_type",
        for_concrete_model=False,
    )


class Sequel(NewBook):
    """Its parent is the table that the proxy shares."""

    before = models.ForeignKey(NewBook, models.CASCADE, related_name="sequels")


class Bundle(Removable, Dated):
    products = models.ManyToManyField(Product, related_name="+")
    makers = models.ManyToManyField(
        Maker, related_name="+", related_query_name="in_bundle", through="BundleMaker"
    )
    created_at = None


class BundleMaker(models.Model):
    bundle = models.ForeignKey(Bundle, models.CASCADE)
    maker = models.ForeignKey(Maker, models.CASCADE, to_field="code")

    class Meta:
        unique_together = [["bundle", "maker"]]
