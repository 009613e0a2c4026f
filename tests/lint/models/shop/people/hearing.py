from __future__ import annotations

from django.conf import settings
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete
from django.dispatch import receiver

from tests.lint.models.shop.people.models import Person, Staff


def before(sender, **kwargs):
    pass


def after(sender, **kwargs):
    pass


def between(sender, **kwargs):
    pass


@receiver([post_save, post_delete], sender=settings.AUTH_USER_MODEL)
def of_users(sender, **kwargs):
    pass


@receiver(post_delete)
def of_all(sender, **kwargs):
    pass


@receiver(pre_delete, sender="catalogue.Product")
@receiver(pre_delete, sender=Staff)
def by_label(sender, **kwargs):
    pass


@receiver(m2m_changed, sender=Person.followers.through)
async def of_followers(sender, **kwargs):
    pass
