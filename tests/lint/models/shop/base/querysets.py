from __future__ import annotations

from django.db import models
from django.db.models import Manager
from django.db.models import QuerySet as DjangoQuerySet


class LiveQuerySet(DjangoQuerySet):
    def live(self):
        return self.filter(removed_at=None)

    def create(self, **values):
        return super().create(**values)

    def _inner(self):
        return self


class LiveManager(Manager.from_queryset(LiveQuerySet)):
    def get_queryset(self):
        return super().get_queryset().filter(removed_at=None)


class CountingManager(models.Manager["models.Model"]):
    def live(self):
        """Not the queryset's."""

    def create(self, **values):
        return super().create(**values)


CountedManager = CountingManager.from_queryset(LiveQuerySet)
