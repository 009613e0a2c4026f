"""The modules of an app that declare: models, admin, serializers, views, templates."""

from __future__ import annotations

MODELS = '''"""Models of $app."""

from django.conf import settings
from django.db import models


class $Owner(models.Model):
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True)
    website = models.URLField(blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class $Tag(models.Model):
    name = models.SlugField(unique=True)
    color = models.CharField(max_length=7, default="#336699")

    def __str__(self):
        return self.name


class ${Item}QuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def with_${owner}(self):
        return self.select_related("$owner")


class $Item(models.Model):
    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    price = models.DecimalField(max_digits=9, decimal_places=2)
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)
    $owner = models.ForeignKey($Owner, on_delete=models.CASCADE, related_name="$items")
    partner = models.ForeignKey(
        "$other_app.$Other", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    tags = models.ManyToManyField($Tag, related_name="$items")

    objects = ${Item}QuerySet.as_manager()

    class Meta:
        ordering = ["-created"]

    def __str__(self):
        return self.title

    @property
    def ${owner}_label(self):
        return f"{self.$owner.name} ({self.code})"  #!QL101 label

    @property
    def is_cheap(self):
        return self.price < 10


class $Line(models.Model):
    $item = models.ForeignKey($Item, on_delete=models.CASCADE, related_name="$lines")
    note = models.CharField(max_length=200)
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return self.note


class $Event(models.Model):
    $item = models.ForeignKey($Item, on_delete=models.CASCADE, related_name="events")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    kind = models.CharField(max_length=20)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "at"])]
'''

FORMATTING = '''"""How rows of $app are shown."""


def describe($item):
    """One line for a row."""
    price = f"{$item.price:.2f}"
    return f"{$item.title} by {$item.$owner.name}: {price}"  #!QL101 described


def shorten(text, length=60):
    """A text that fits, cut at a word."""
    if len(text) <= length:
        return text
    return text[:length].rpartition(" ")[0] + "…"
'''

SERVICES_HEAD = '''"""What $app does."""

import itertools

from django.db.models import Count, Sum

from $app.formatting import describe
from $app.models import $Item, $Line, $Owner, $Tag
'''

PLAIN_HEAD = '''"""Rules of $app that need no database."""

import collections
import dataclasses
import datetime
import logging
import time

logger = logging.getLogger(__name__)
'''

VIEWS = '''"""Pages of $app."""

from django.shortcuts import get_object_or_404, render
from django.views.generic import DetailView, ListView

from $app import services
from $app.models import $Item, $Owner


class ${Item}List(ListView):
    template_name = "$app/list.html"
    context_object_name = "$items"
    paginate_by = 50

    def get_queryset(self):
        found = $Item.objects.active()$joined
        query = self.request.GET.get("q", "").strip()
        if query:
            found = found.filter(title__icontains=query)
        return found


class ${Item}Detail(DetailView):
    queryset = $Item.objects.select_related("$owner")
    template_name = "$app/detail.html"


def ${owner}_page(request, pk):
    $owner = get_object_or_404($Owner, pk=pk)
    found = $owner.$items.all()$tags_loaded
    context = {"$owner": $owner, "$items": found, "sizes": services.${owner}_counts()}
    return render(request, "$app/$owner.html", context)
'''

SERIALIZERS = '''"""What the API of $app gives."""

from rest_framework import serializers, viewsets

from $app.models import $Item, $Line


class ${Line}Serializer(serializers.ModelSerializer):
    class Meta:
        model = $Line
        fields = ["id", "note", "amount"]


class ${Item}Serializer(serializers.ModelSerializer):
    ${owner}_name = serializers.CharField(source="$owner.name")  #!QL101~ serializer

    class Meta:
        model = $Item
        fields = ["id", "code", "title", "price", "${owner}_name"]


class ${Item}ViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = $Item.objects.active()$api_joined
    serializer_class = ${Item}Serializer
'''

ADMIN = '''"""Pages for the staff of $app."""

from django.contrib import admin

from $app.models import $Item, $Owner


@admin.register($Owner)
class ${Owner}Admin(admin.ModelAdmin):
    list_display = ["name", "country", "created"]
    search_fields = ["name"]


@admin.register($Item)
class ${Item}Admin(admin.ModelAdmin):
    list_display = ["code", "title", "price", "country"]
    list_filter = ["is_active"]$admin_joined

    def country(self, $item):
        return $item.$owner.country  #!QL101 admin
'''

URLS = '''"""Addresses of $app."""

from django.urls import path

from $app import views

app_name = "$app"
urlpatterns = [
    path("", views.${Item}List.as_view(), name="list"),
    path("<int:pk>/", views.${Item}Detail.as_view(), name="detail"),
    path("$owner/<int:pk>/", views.${owner}_page, name="$owner"),
]
'''

MIGRATION = """from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="$Owner",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("name", models.CharField(max_length=200)),
                ("country", models.CharField(max_length=2, blank=True)),
            ],
        ),
    ]
"""

TESTS = '''"""Tests of $app."""

from django.test import TestCase

from $app.models import $Item, $Owner


class ${Item}Tests(TestCase):
    def test_names(self):
        $owner = $Owner.objects.create(name="A")
        for number in range(3):
            $Item.objects.create(code=str(number), title="B", price=1, $owner=$owner)
        for $item in $Item.objects.all():
            self.assertEqual($item.$owner.name, "A")
'''

LIST = """{% extends "base.html" %}
{% block content %}
<h1>{{ title }}</h1>
<ul>
{% for $item in $items %}
  <li class="{% cycle 'odd' 'even' %}">
    <a href="{% url '$app:detail' $item.pk %}">{{ $item.title }}</a>
    {% include "$app/_price.html" %}
    <span>{{ $item.$owner.name }}</span>  {#!QL101 list#}
  </li>
{% empty %}
  <li>Nothing here.</li>
{% endfor %}
</ul>
{% endblock %}
"""

OWNER = """{% extends "base.html" %}
{% block content %}
<h1>{{ $owner.name }}</h1>
{% for $item in $items %}
  <h2>{{ $item.title }}</h2>
  {% for tag in $item.tags.all %}<b>{{ tag.name }}</b>{% endfor %}  {#!QL102 page#}
{% endfor %}
{% endblock %}
"""

PRICE = """<em>{{ $item.price }}</em>{% if $item.is_cheap %} <b>cheap</b>{% endif %}
"""

DETAIL = """{% extends "base.html" %}
{% block content %}
<h1>{{ object.title }}</h1>
<p>by {{ object.$owner.name }}</p>
{% for $line in object.$lines.all %}<p>{{ $line.note }}: {{ $line.amount }}</p>{% endfor %}
{% endblock %}
"""
