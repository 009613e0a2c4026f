"""The pages of the demo."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from demo_app.media import views

urlpatterns = [
    path("", views.home, name="home"),
    path("as-found/<slug:slug>/", views.movie_as_found, name="as_found"),
    path("relations-fixed/<slug:slug>/", views.movie_relations_fixed, name="relations_fixed"),
    path("fixed/<slug:slug>/", views.movie_fixed, name="fixed"),
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
if settings.IS_SERVED:
    urlpatterns.append(path("__querylens__/", include("querylens.django.inspector.urls")))
