"""Abstract bases: of apps, but no app themselves."""

from __future__ import annotations

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models

from .fields import OwnerKey
from .querysets import LiveManager


class Slugged:
    """No model."""

    title = ""

    class Meta:
        ordering = ["slug"]

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)


class Dated(models.Model):
    created_at = models.DateTimeField(auto_now_add=True)
    changed_on = models.DateField(auto_now=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
        ordering = ["created_at"]

    @property
    def age(self):
        return self.created_at


class Owned(models.Model):
    owner = OwnerKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="%(app_label)s_%(class)s_set",
        related_query_name="%(class)s_of",
    )
    reviewers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="reviewed_%(class)ss", blank=True
    )
    title = models.CharField(max_length=50)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["owner", "title"], name="%(app_label)s_%(class)s_one"),
            models.UniqueConstraint(
                fields=["title"], name="%(class)s_titled", condition=models.Q(title="")
            ),
        ]


class OwnedAndDated(Owned, Dated):
    """Two abstract bases, of which the first one's Meta counts."""

    class Meta(Owned.Meta):
        abstract = True
        default_related_name = "all_%(class)ss"


class Removable(models.Model):
    removed_at = models.DateTimeField(null=True, db_default=None)

    objects = models.Manager()
    living = LiveManager()

    class Meta:
        abstract = True
        default_manager_name = "living"

    def delete(self, *args, **kwargs):
        """Keeps the row."""


class Remarked(models.Model):
    """Generic both ways."""

    kind = models.ForeignKey(ContentType, models.CASCADE, null=True, related_name="+")
    number = models.PositiveIntegerField(null=True)
    about = GenericForeignKey("kind", "number")
    remarks = GenericRelation("orders.Remark", "subject_id", "subject_type")

    class Meta:
        abstract = True
