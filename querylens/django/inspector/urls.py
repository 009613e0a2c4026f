"""The page's addresses: `path("__querylens__/", include("querylens.django.inspector.urls"))`."""

from __future__ import annotations

from django.urls import path

from querylens.django.inspector import views

app_name = "querylens_inspector"

urlpatterns = [
    path("", views.requests, name="requests"),
    path("rows/", views.rows, name="rows"),
    path("compare/", views.compare, name="compare"),
    path("requests/<slug:entry_id>/", views.request_page, name="request"),
    path("assets/<str:name>", views.asset, name="asset"),
]
