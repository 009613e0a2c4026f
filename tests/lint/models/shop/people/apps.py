from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "tests.lint.models.shop.people"

    def ready(self):
        from django.db.models import signals

        from ..orders.models import Order
        from . import hearing
        from .models import Badge as BadgeModel

        signals.pre_save.connect(hearing.before, sender=BadgeModel)
        signals.m2m_changed.connect(hearing.between, sender=Order.products.through)
        for model in (BadgeModel, Order):
            signals.post_save.connect(hearing.after, sender=model)
