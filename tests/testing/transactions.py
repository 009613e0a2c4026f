"""Blocks that open, end and nest transactions."""

from __future__ import annotations

import contextlib

from django.db import connections, transaction

from tests.project.library.models import Tag


def reads(alias):
    list(Tag.objects.using(alias))


def one_block(alias):
    with transaction.atomic(using=alias):
        Tag.objects.using(alias).create(name="one")


def nested_blocks(alias):
    with transaction.atomic(using=alias):
        Tag.objects.using(alias).create(name="outer")
        with transaction.atomic(using=alias):
            Tag.objects.using(alias).create(name="inner")


def rolled_back_block(alias):
    with contextlib.suppress(LookupError), transaction.atomic(using=alias):
        Tag.objects.using(alias).create(name="lost")
        raise LookupError


def rolled_back_savepoint(alias):
    with transaction.atomic(using=alias):
        rolled_back_block(alias)


def by_hand(alias):
    transaction.set_autocommit(False, using=alias)
    try:
        reads(alias)
        transaction.commit(using=alias)
        reads(alias)
        transaction.rollback(using=alias)
    finally:
        transaction.set_autocommit(True, using=alias)


def after_a_commit(alias):
    with transaction.atomic(using=alias):
        transaction.on_commit(lambda: reads(alias), using=alias)


def connecting_anew(alias):
    connections[alias].close()
    one_block(alias)


BLOCKS = (
    reads,
    one_block,
    nested_blocks,
    rolled_back_block,
    rolled_back_savepoint,
    by_hand,
    after_a_commit,
    connecting_anew,
)
