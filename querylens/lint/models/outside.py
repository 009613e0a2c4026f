"""Models of Django's own apps, and of well-known packages, as their source declares them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache

from querylens.lint.models.reading import facts_of
from querylens.lint.models.written import ModuleFacts
from querylens.lint.modules import Module

_AUTH = """
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.contenttypes.models import ContentType
from django.db import models

class PermissionManager(models.Manager):
    def get_by_natural_key(self): ...

class Permission(models.Model):
    name = models.CharField()
    content_type = models.ForeignKey(ContentType)
    codename = models.CharField()
    objects = PermissionManager()
    class Meta:
        unique_together = [["content_type", "codename"]]
        ordering = ["content_type__app_label"]
    def natural_key(self): ...

class GroupManager(models.Manager):
    def get_by_natural_key(self): ...
    def aget_by_natural_key(self): ...

class Group(models.Model):
    name = models.CharField(unique=True)
    permissions = models.ManyToManyField(Permission)
    objects = GroupManager()
    def natural_key(self): ...

class UserManager(BaseUserManager):
    def create_user(self): ...
    def acreate_user(self): ...
    def create_superuser(self): ...
    def acreate_superuser(self): ...
    def with_perm(self): ...

class PermissionsMixin(models.Model):
    is_superuser = models.BooleanField(default=False)
    groups = models.ManyToManyField(Group, related_name="user_set", related_query_name="user")
    user_permissions = models.ManyToManyField(
        Permission, related_name="user_set", related_query_name="user"
    )
    class Meta:
        abstract = True
    def get_user_permissions(self): ...
    def get_group_permissions(self): ...
    def get_all_permissions(self): ...
    def has_perm(self): ...
    def has_perms(self): ...
    def has_module_perms(self): ...
    def aget_user_permissions(self): ...
    def aget_group_permissions(self): ...
    def aget_all_permissions(self): ...
    def ahas_perm(self): ...
    def ahas_perms(self): ...
    def ahas_module_perms(self): ...

class AbstractUser(AbstractBaseUser, PermissionsMixin):
    username_validator = None
    username = models.CharField(unique=True)
    first_name = models.CharField()
    last_name = models.CharField()
    email = models.EmailField()
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=now)
    objects = UserManager()
    EMAIL_FIELD = "email"
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["email"]
    class Meta:
        abstract = True
    def clean(self): ...
    def get_full_name(self): ...
    def get_short_name(self): ...
    def email_user(self): ...

class User(AbstractUser):
    class Meta(AbstractUser.Meta):
        swappable = "AUTH_USER_MODEL"
"""

_BASE_USER = """
from django.db import models

class BaseUserManager(models.Manager):
    @classmethod
    def normalize_email(cls): ...
    def get_by_natural_key(self): ...
    def aget_by_natural_key(self): ...

class AbstractBaseUser(models.Model):
    password = models.CharField()
    last_login = models.DateTimeField(null=True)
    is_active = True
    REQUIRED_FIELDS = []
    _password = None
    class Meta:
        abstract = True
    def save(self): ...
    def get_username(self): ...
    def clean(self): ...
    def natural_key(self): ...
    @property
    def is_anonymous(self): ...
    @property
    def is_authenticated(self): ...
    def set_password(self): ...
    def check_password(self): ...
    def acheck_password(self): ...
    def set_unusable_password(self): ...
    def has_usable_password(self): ...
    def get_session_auth_hash(self): ...
    def get_session_auth_fallback_hash(self): ...
    def _get_session_auth_hash(self): ...
    @classmethod
    def get_email_field_name(cls): ...
    @classmethod
    def normalize_username(cls): ...
"""

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
    "django.contrib.auth.base_user": _BASE_USER,
    "django.contrib.auth.models": _AUTH,
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
