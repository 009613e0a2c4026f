"""What every page of the project knows."""

from __future__ import annotations

from tests.project.library.models import Tag


def menu(request):
    return {"site_title": "Library", "menu_tags": Tag.objects.order_by("name")}
