"""The app and its receivers."""

from __future__ import annotations

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    name = "tests.project.library"
    label = "library"

    def ready(self):
        from django.db.models.signals import post_save, pre_save

        from tests.project.library import receivers
        from tests.project.library.models import Shipment

        pre_save.connect(receivers.set_reference, sender=Shipment)
        post_save.connect(receivers.notify_carrier, sender=Shipment)
