from __future__ import annotations

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models


class PersonManager(BaseUserManager):
    def create_user(self, email):
        return self.create(email=email)


class Person(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(unique=True)
    friends = models.ManyToManyField("self")
    follows = models.ManyToManyField("self", symmetrical=False, related_name="followers")
    blocks = models.ManyToManyField("Person", through="Block", through_fields=("who", "whom"))
    boss = models.ForeignKey("self", models.SET_NULL, null=True, related_name="%(model_name)ss")
    picture = models.ImageField(upload_to="pictures", blank=True)

    objects = PersonManager()

    USERNAME_FIELD = "email"


class Block(models.Model):
    judge = models.ForeignKey(Person, models.CASCADE, related_name="+")
    whom = models.ForeignKey(Person, models.CASCADE, related_name="blocked_by")
    who = models.ForeignKey(Person, models.CASCADE, related_name="blocks_set")


class Staff(Person):
    """A proxy; relations to it are those of the person."""

    class Meta:
        proxy = True
        ordering = ["email"]

    def is_busy(self):
        return self.tasks.exists()


class Task(models.Model):
    staff = models.ForeignKey(Staff, models.CASCADE, related_name="tasks")
    giver = models.ForeignKey(get_user_model(), models.CASCADE, related_query_name="given")
    hidden = models.ForeignKey(
        "people.Person", models.CASCADE, related_name="+", related_query_name="secret"
    )


class Badge(models.Model):
    person = models.OneToOneField(Person, models.CASCADE, primary_key=True)
    token = models.UUIDField(unique=True)


class Swipe(models.Model):
    """Its keys lead over a primary key that is a key itself, and over another column."""

    badge = models.ForeignKey(Badge, models.CASCADE)
    token = models.ForeignKey(Badge, models.CASCADE, to_field="token", related_name="uses")
    first_of = models.OneToOneField(Badge, models.CASCADE, null=True, related_name="+")
