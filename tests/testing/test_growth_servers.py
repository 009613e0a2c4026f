"""Proof by growth on PostgreSQL, rolled back and flushed."""

from __future__ import annotations

from functools import partial

import pytest
from django.conf import settings

from querylens.testing import QueriesGrow, assert_constant
from tests.project.library.models import Author
from tests.testing.rows import authors

DATABASES = [alias for alias in ("default", "postgresql") if alias in settings.DATABASES]


def proofs(shop, alias):
    populate = partial(authors, using=alias)
    growth = assert_constant(partial(shop.eager, alias), populate=populate, using=alias)
    with pytest.raises(QueriesGrow, match=r"3 for 2 rows, 4 for 3 \(\+1 a row\)") as failure:
        assert_constant(partial(shop.lazy, alias), populate=populate, using=alias)

    assert growth.counts == (1, 1)
    assert '.select_related("publisher")' in str(failure.value)
    assert Author.objects.using(alias).count() == 0


@pytest.mark.django_db(databases=DATABASES)
def test_rolled_back(shop, postgresql):
    proofs(shop, postgresql.alias)


@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_flushed(shop, postgresql):
    proofs(shop, postgresql.alias)
