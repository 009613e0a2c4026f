"""The page "Where to watch", in three forms, and the way there."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, render

from demo_app.accounts.models import Profile
from demo_app.media.models import Movie
from demo_app.media.services import as_found, fixed, relations_fixed


@login_required
def home(request):
    """All movies, each with its page in the three forms."""
    return render(request, "media/home.html", {"movies": Movie.objects.order_by("title")})


@login_required
def movie_as_found(request, slug):
    """As found. The profile is fetched twice: a manager call does not fill `user.profile`."""
    profile = Profile.objects.get(user=request.user)
    return _movie_page(request, slug, profile, as_found.get_offers_for_movie)


@login_required
def movie_relations_fixed(request, slug):
    """Shape 1 and the profile are fixed: relations come with their rows, and only once."""
    profile = request.user.profile
    return _movie_page(request, slug, profile, relations_fixed.get_offers_for_movie)


@login_required
def movie_fixed(request, slug):
    """All three shapes and the profile are fixed."""
    profile = request.user.profile
    return _movie_page(request, slug, profile, fixed.get_offers_for_movie)


def _movie_page(request, slug, profile, get_offers_for_movie):
    movie = get_object_or_404(Movie, slug=slug)
    context = {
        "movie": movie,
        "country": profile.get_country_display(),
        "is_bookmarked": profile.bookmarks.filter(movie=movie).exists(),
        "offers": get_offers_for_movie(movie, profile.country),
    }
    return render(request, "media/movie_detail.html", context)
