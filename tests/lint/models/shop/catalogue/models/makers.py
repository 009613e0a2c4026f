from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from tests.lint.models.shop.base import models as bases
from tests.lint.models.shop.base.fields import PlainCodeField

if TYPE_CHECKING:
    from .products import Product

__all__ = ["Maker", "Place"]


class Maker(bases.Slugged, models.Model):
    code = PlainCodeField(max_length=10, unique=True)
    slug = models.SlugField()
    best = models.OneToOneField(
        "catalogue.product", models.SET_NULL, null=True, related_name="best_of"
    )

    def first(self) -> Product | None:
        return self.products.first()


class Place(bases.Removable):
    """Its managers are its base's."""

    country = models.CharField(max_length=2, choices=[("IT", "Italy")], default=None)
