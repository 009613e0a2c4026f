from __future__ import annotations

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "tests.lint.models.shop.catalogue"
    label = "catalogue"


class OldConfig(CatalogueConfig):
    label = "old"
