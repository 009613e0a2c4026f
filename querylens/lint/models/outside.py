"""Models of Django's own apps, and of well-known packages, as their source declares them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache

from querylens.lint.models.outside_auth import AUTH, BASE_USER
from querylens.lint.models.reading import facts_of
from querylens.lint.models.written import ModuleFacts
from querylens.lint.modules import Module

_CONTENT_TYPES = """
from django.db import models

class ContentTypeManager(models.Manager):
    def get_by_natural_key(self): ...
    def get_for_model(self): ...
    def get_for_models(self): ...
    def get_for_id(self): ...
    def clear_cache(self): ...

class ContentType(models.Model):
    app_label = models.CharField()
    model = models.CharField()
    objects = ContentTypeManager()
    class Meta:
        unique_together = [["app_label", "model"]]
    @property
    def name(self): ...
    @property
    def app_labeled_name(self): ...
    def model_class(self): ...
    def get_object_for_this_type(self): ...
    def get_all_objects_for_this_type(self): ...
    def natural_key(self): ...
"""

_SITES = """
from django.db import models
from django.db.models.signals import pre_delete, pre_save

class SiteManager(models.Manager):
    def get_current(self): ...
    def clear_cache(self): ...
    def get_by_natural_key(self): ...

class Site(models.Model):
    domain = models.CharField(unique=True)
    name = models.CharField()
    objects = SiteManager()
    class Meta:
        ordering = ["domain"]
    def natural_key(self): ...

def clear_site_cache(sender): ...

pre_save.connect(clear_site_cache, sender=Site)
pre_delete.connect(clear_site_cache, sender=Site)
"""

_SESSIONS = """
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager

class SessionManager(BaseSessionManager):
    use_in_migrations = True

class Session(AbstractBaseSession):
    objects = SessionManager()
    class Meta(AbstractBaseSession.Meta):
        db_table = "django_session"
    @classmethod
    def get_session_store_class(cls): ...
"""

_BASE_SESSION = """
from django.db import models

class BaseSessionManager(models.Manager):
    def encode(self): ...
    def save(self): ...

class AbstractBaseSession(models.Model):
    session_key = models.CharField(primary_key=True)
    session_data = models.TextField()
    expire_date = models.DateTimeField()
    objects = BaseSessionManager()
    class Meta:
        abstract = True
    @classmethod
    def get_session_store_class(cls): ...
    def get_decoded(self): ...
"""

_ADMIN = """
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models

class LogEntryManager(models.Manager):
    def log_actions(self): ...

class LogEntry(models.Model):
    action_time = models.DateTimeField(default=now)
    user = models.ForeignKey(settings.AUTH_USER_MODEL)
    content_type = models.ForeignKey(ContentType, null=True)
    object_id = models.TextField(null=True)
    object_repr = models.CharField()
    action_flag = models.PositiveSmallIntegerField(choices=())
    change_message = models.TextField()
    objects = LogEntryManager()
    class Meta:
        ordering = ["-action_time"]
    def is_addition(self): ...
    def is_change(self): ...
    def is_deletion(self): ...
    def get_change_message(self): ...
    def get_edited_object(self): ...
    def get_admin_url(self): ...
"""

_FLAT_PAGES = """
from django.contrib.sites.models import Site
from django.db import models

class FlatPage(models.Model):
    url = models.CharField()
    title = models.CharField()
    content = models.TextField()
    enable_comments = models.BooleanField(default=False)
    template_name = models.CharField()
    registration_required = models.BooleanField(default=False)
    sites = models.ManyToManyField(Site)
    class Meta:
        ordering = ["url"]
    def get_absolute_url(self): ...
"""

_REDIRECTS = """
from django.contrib.sites.models import Site
from django.db import models

class Redirect(models.Model):
    site = models.ForeignKey(Site)
    old_path = models.CharField()
    new_path = models.CharField()
    class Meta:
        unique_together = [["site", "old_path"]]
        ordering = ["old_path"]
"""

_DATED = """
from django.db import models

class TimeStampedModel(models.Model):
    created = models.DateTimeField(auto_now_add=True)
    modified = models.DateTimeField(auto_now=True)
    class Meta:
        abstract = True
    def save(self): ...
"""

_SOURCES = {
    "django.contrib.admin.models": _ADMIN,
    "django.contrib.auth.base_user": BASE_USER,
    "django.contrib.auth.models": AUTH,
    "django.contrib.contenttypes.models": _CONTENT_TYPES,
    "django.contrib.flatpages.models": _FLAT_PAGES,
    "django.contrib.redirects.models": _REDIRECTS,
    "django.contrib.sessions.base_session": _BASE_SESSION,
    "django.contrib.sessions.models": _SESSIONS,
    "django.contrib.sites.models": _SITES,
    "django_extensions.db.models": _DATED,
    "model_utils.models": _DATED,
}


@cache
def outside_facts() -> Mapping[str, ModuleFacts]:
    """The facts of modules outside the project whose models are known."""
    return {
        name: facts_of(Module.of(name, "", "", ast.parse(source), is_package=False))
        for name, source in _SOURCES.items()
    }
