"""Profiles of users."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Profile(models.Model):
    """What a visitor told of themselves; the country decides which offers they see."""

    class Country(models.TextChoices):
        ITALY = "IT", "Italy"
        SAN_MARINO = "SM", "San Marino"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profile"
    )
    display_name = models.CharField(max_length=100)
    country = models.CharField(max_length=2, choices=Country, default=Country.ITALY)

    def __str__(self) -> str:
        return self.display_name
