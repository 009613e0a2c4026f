from __future__ import annotations

from django.db import models


class OwnerKey(models.ForeignKey):
    """A key of the project's own class."""


class CodeField(models.CharField):
    def pre_save(self, model_instance, add):
        return super().pre_save(model_instance, add).upper()


class PlainCodeField(CodeField):
    pass
