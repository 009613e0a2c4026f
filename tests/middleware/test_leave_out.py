"""Views that are left out are served, and nothing else."""

from __future__ import annotations

import pytest

from querylens.django.middleware import leave_out
from tests.middleware import views

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/left-out/", "/left-out-class/"])
def test_a_view_that_is_left_out_is_not_reported(site, exchanges, rows, tmp_path, capsys, path):
    places = ["terminal", "headers", "record"]
    response = site(REPORT=places, RECORD_FOLDER=tmp_path / "traces").get(path)

    assert response.content.count(b"Author") == rows
    assert exchanges == []
    assert "X-Querylens" not in response.headers
    assert capsys.readouterr().err == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_a_coroutine_that_is_left_out(site, exchanges):
    assert site().get("/left-out-async/").status_code == 200
    assert exchanges == []


def test_other_views_are_reported(site, exchanges):
    site().get("/class/")

    assert len(exchanges) == 1


def test_a_view_stays_the_same_function():
    def view(request):
        return None

    assert leave_out(view) is view


def test_a_class_is_refused():
    with pytest.raises(TypeError, match=r'@method_decorator\(leave_out, name="dispatch"\)'):
        leave_out(views.InClass)
