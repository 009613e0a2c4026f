"""QL203: what is silent, what is found, and how the code reads afterwards."""

from __future__ import annotations

import textwrap
from dataclasses import replace

import pytest

from querylens.model import QueryGroup
from querylens.rewrite.writes.deletes import delete_together
from querylens.rules.delete_in_loop import DeleteInLoop
from tests.rules.traces import asked, cause, sent, trace

DELETE = 'DELETE FROM "library_loan" WHERE "library_loan"."id" IN (%s)'
BY_VALUE = 'DELETE FROM "library_loan" WHERE "library_loan"."days" = %s'
CHUNK = 'DELETE FROM "library_loan" WHERE "library_loan"."id" IN (%s, %s)'
CASCADE = 'DELETE FROM "library_note" WHERE "library_note"."loan_id" IN (%s)'
SELECT = 'SELECT "library_loan"."id" FROM "library_loan" WHERE "library_loan"."days" = %s'
LOANS = cause("delete", "delete", model="library.Loan")
RELATED = cause("delete", "delete", "library.Author.loan_set", facts=["foreign key: borrower"])
CHANGE = cause("update", "save", model="library.Loan")
HISTORY = cause("delete", "delete", model="shop.History", facts=["library: reversion"])


def deleted(*rows, cause=LOANS, sql=DELETE, **more):
    return sent(cause, *rows, sql=sql, **more)


def deleted_by(*values, sql=BY_VALUE, **more):
    return asked(LOANS, *values, sql=sql, **more)


@pytest.mark.parametrize(
    ("silent", "loud"),
    [
        pytest.param([], deleted(1, 2), id="no queries"),
        pytest.param(deleted(1), deleted(1, 2), id="one row"),
        pytest.param(
            [*deleted(1), *deleted(1, sql=CASCADE), *deleted(1, sql=CASCADE)],
            [*deleted(1), *deleted(1, sql=CASCADE), *deleted(2)],
            id="what one row takes with it",
        ),
        pytest.param(
            [*deleted(1, line=1), *deleted(2, line=2)],
            [*deleted(1, line=1), *deleted(2, line=1)],
            id="two lines",
        ),
        pytest.param(
            [*deleted(1, scope="first"), *deleted(2, scope="second")],
            [*deleted(1, scope="first"), *deleted(2, scope="first")],
            id="two requests",
        ),
        pytest.param(deleted(1, 2, cause=CHANGE), deleted(1, 2), id="an update: QL202"),
        pytest.param(deleted_by(1), deleted_by(1, 2), id="one value"),
        pytest.param(deleted_by(1, 2, sql=CHUNK), deleted_by(1, 2), id="chunks of keys"),
        pytest.param(
            [*deleted_by(7, sql=SELECT), *deleted_by(1, 2, 3)],
            [*deleted_by(7, 8, sql=SELECT), *deleted_by(1, 2, 3)],
            id="the batches of one call",
        ),
    ],
)
def test_is_silent(silent, loud):
    assert list(DeleteInLoop().check(trace(*silent))) == []
    assert len(list(DeleteInLoop().check(trace(*loud)))) == 1


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        (deleted(1, 2, 3), "library.Loan is deleted one row at a time: 3 rows"),
        (deleted_by(1, 2, 3), "library.Loan is deleted for each of 3 values"),
        (deleted(1, 2, 3, cause=RELATED), "library.Book is deleted for each of 3 rows"),
    ],
)
def test_says_how_often(queries, message):
    [finding] = DeleteInLoop().check(trace(*queries))

    assert (finding.rule.code, finding.message) == ("QL203", message)
    assert str(finding.call_site) == "shop/views.py:12"
    assert (finding.count, finding.saved, finding.evidence) == (3, 2, "loop")


def test_what_a_row_takes_with_it_belongs_to_it():
    queries = [*deleted(1, 2), *deleted(1, 2, sql=CASCADE)]
    [finding] = DeleteInLoop().check(trace(*queries))

    assert finding.message == "library.Loan is deleted one row at a time: 2 rows, 4 queries"
    assert (finding.count, finding.saved) == (4, 1)


def test_rows_are_fetched_for_those_who_hear_of_it():
    heard = cause("delete", "delete", model="library.Loan", facts=["post_delete: shop.notify"])
    [finding] = DeleteInLoop().check(trace(*deleted(1, 2, 3, cause=heard)))

    assert (finding.count, finding.saved) == (3, 1)


def test_threshold_is_a_number_of_rows():
    queries = trace(*deleted(1, 2, 3))

    assert list(DeleteInLoop(threshold=4).check(queries)) == []
    assert len(list(DeleteInLoop(threshold=3).check(queries))) == 1


def test_what_a_library_writes_is_its_own():
    [finding] = DeleteInLoop().check(trace(*deleted(1, 2, cause=HISTORY)))

    assert (finding.fix.kind, finding.saved) == ("none", 0)


def test_names_the_delete_that_would_be_skipped():
    kept = cause("delete", "delete", model="shop.Order", facts=["custom delete: Order.delete"])
    [finding] = DeleteInLoop().check(trace(*deleted(1, 2, cause=kept)))

    assert finding.fix.code == "Order.objects.filter(pk__in=values).delete()"
    assert finding.fix.caveats[1] == "A queryset's delete() does not call Order.delete."


@pytest.mark.parametrize(
    ("queries", "code"),
    [
        (deleted_by(1, 2), "Loan.objects.filter(days__in=values).delete()"),
        (deleted(1, 2, cause=RELATED), "Book.objects.filter(borrower__in=values).delete()"),
        (deleted_by(1, 2, sql="DELETE FROM t WHERE d < %s"), "Loan.objects.filter(conditions)"),
    ],
)
def test_says_what_to_filter_by(queries, code):
    [finding] = DeleteInLoop().check(trace(*queries))

    assert finding.fix.code.startswith(code)


HEAD = "from tests.project.library.models import Loan"
SHOW = 'show(list(Loan.objects.order_by("pk").values_list("pk", flat=True)))'
TYPED = {
    "all of them": (
        """
        for loan in Loan.objects.filter(days__gte=8).order_by("days"):
            loan.delete()
        """,
        """
        Loan.objects.filter(days__gte=8).order_by("days").delete()
        """,
    ),
    "some of them": (
        """
        for loan in list(Loan.objects.all()):
            if loan.days > 8:
                loan.delete()
        """,
        """
        loan_keys = []
        for loan in list(Loan.objects.all()):
            if loan.days > 8:
                loan_keys.append(loan.pk)
        Loan.objects.filter(pk__in=loan_keys).delete()
        """,
    ),
    "a slice": (
        """
        for loan in Loan.objects.order_by("pk")[:2]:
            loan.delete()
        """,
        """
        loan_keys = []
        for loan in Loan.objects.order_by("pk")[:2]:
            loan_keys.append(loan.pk)
        Loan.objects.filter(pk__in=loan_keys).delete()
        """,
    ),
    "a list that is emptied": (
        """
        loans = list(Loan.objects.all())
        while loans:
            loan = loans.pop()
            show(loan.days)
            loan.delete()
        """,
        """
        loans = list(Loan.objects.all())
        loan_keys = []
        while loans:
            loan = loans.pop()
            show(loan.days)
            loan_keys.append(loan.pk)
        Loan.objects.filter(pk__in=loan_keys).delete()
        """,
    ),
    "rows of a value": (
        """
        for days in (7, 8):
            Loan.objects.filter(days=days).delete()
        """,
        """
        days_2 = []
        for days in (7, 8):
            days_2.append(days)
        Loan.objects.filter(days__in=days_2).delete()
        """,
    ),
    "a related manager": (
        """
        for author in Author.objects.all():
            author.loan_set.filter(days__gte=8).delete()
        """,
        """
        authors = []
        for author in Author.objects.all():
            authors.append(author)
        Loan.objects.filter(borrower__in=authors).filter(days__gte=8).delete()
        """,
    ),
    "awaited": (
        """
        async for loan in Loan.objects.all():
            await loan.adelete()
        """,
        """
        await Loan.objects.all().adelete()
        """,
    ),
}


@pytest.mark.parametrize(("before", "after"), TYPED.values(), ids=TYPED)
def test_types_one_delete(tried, before, after):
    shows = "" if "await" in before else f"\n{SHOW}"
    found = tried(DeleteInLoop(), f"{HEAD}\n{textwrap.dedent(before).strip()}{shows}")

    assert found.fix.kind == "queryset_delete"
    assert found.fixed() == f"{HEAD}\n{textwrap.dedent(after).strip()}{shows}"


def test_cascades_are_counted_as_they_will_be_sent(tried):
    found = tried(
        DeleteInLoop(),
        """
        for tag in Tag.objects.all():
            tag.delete()
        """,
    )

    assert (found.finding.count, found.finding.saved) == (8, 5)
    assert found.fixed() == "Tag.objects.all().delete()"


def test_rows_of_another_database_have_another_manager(tried):
    found = tried(DeleteInLoop(), "for tag in Tag.objects.all():\n    tag.delete()")
    queries = (replace(query, alias="other") for query in found.finding.group.queries)

    assert delete_together(QueryGroup(tuple(queries))) is None


UNTYPED = {
    "the row is used behind": """
        for loan in Loan.objects.all():
            loan.delete()
            show(loan.pk)
        """,
    "an argument": """
        for loan in Loan.objects.all():
            loan.delete(keep_parents=True)
        """,
    "the loop asks for the rows": """
        for loan in Loan.objects.all():
            loan.delete()
            show(Loan.objects.count())
        """,
    "a row that is fetched for it": """
        for days in (7, 8):
            Loan.objects.get(days=days).delete()
        """,
    "a queryset in a variable": """
        for author in Author.objects.all():
            loans = author.loan_set.all()
            loans.delete()
        """,
    "an exception that is waited for": """
        for loan in Loan.objects.all():
            try:
                loan.delete()
            except ValueError:
                pass
        """,
    "a number that is used": """
        show([Loan.objects.filter(days=days).delete() for days in (7, 8)])
        """,
    "a comparison": """
        for days in (8, 9):
            Loan.objects.filter(days__lt=days).delete()
        """,
    "a generic relation": """
        for book in Book.objects.all():
            book.notes.all().delete()
        """,
}


@pytest.mark.parametrize("code", UNTYPED.values(), ids=UNTYPED)
def test_leaves_to_a_developer_what_is_not_certain(tried, code):
    fix = tried(DeleteInLoop(), f"{HEAD}\n{textwrap.dedent(code)}").fix

    assert (fix.kind, fix.at) == ("queryset_delete", None)
    assert fix.caveats
