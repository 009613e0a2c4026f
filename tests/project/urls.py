"""Addresses of the test project."""

from __future__ import annotations

import debug_toolbar.urls
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("library/", include("tests.project.library.urls")),
    path("__debug__/", include(debug_toolbar.urls)),
]
