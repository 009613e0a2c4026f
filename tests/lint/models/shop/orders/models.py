from __future__ import annotations

from django.contrib.auth import models as auth
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.sites.models import Site
from django.db import models

import tests.lint.models.shop.catalogue.models
from tests.lint.models.shop.base.models import Remarked

from ..catalogue import models as catalogue

USER = "people.Person"


class Order(models.Model):
    buyer = models.ForeignKey(to=USER, on_delete=models.CASCADE)
    site = models.ForeignKey(Site, models.CASCADE)
    group = models.ForeignKey(auth.Group, models.SET_NULL, null=True)
    products = models.ManyToManyField(catalogue.Product)
    gift = models.ForeignKey(
        tests.lint.models.shop.catalogue.models.Gift, models.CASCADE, related_name="orders"
    )


if USER:

    class Remark(Remarked):
        subject_type = models.ForeignKey(
            "contenttypes.ContentType", models.CASCADE, related_name="subject_of"
        )
        subject_id = models.PositiveIntegerField()
        subject = GenericForeignKey("subject_type", "subject_id")


class Line(models.Model):
    number = models.IntegerField(primary_key=True)
    order = models.ForeignKey(Order, models.CASCADE)

    class Meta:
        app_label = "orders"
        default_related_name = "lines"
        ordering = ()


class LineNote(models.Model):
    line = models.ForeignKey("Line", models.CASCADE)
    text = models.TextField()
    key = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(models.functions.Lower("text"), name="lower_text"),
        ]
