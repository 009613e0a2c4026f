"""Budgets of blocks and of tests: what is counted, what is not, and what a failure says."""

from __future__ import annotations

import pytest

BLOCKS = """
    pytestmark = pytest.mark.django_db


    @pytest.fixture
    def rows(db):
        populate(8)


    def test_within(querylens, rows, client):
        with querylens.max_queries(1) as trace:
            client.get("/fixed/")
        assert len(trace) == 1

    def test_over(querylens, rows, client):
        with querylens.max_queries(7, info="the shop's front page"):
            client.get("/as-found/")

    def test_exact(querylens, rows, client):
        with querylens.exactly(9):
            client.get("/as-found/")

    def test_too_few(querylens, rows, client):
        with querylens.exactly(2):
            client.get("/fixed/")

    def test_short_form(assert_max_queries, rows, client):
        with assert_max_queries(3):
            client.get("/as-found/")

    def test_no_n_plus_one(querylens, rows, client):
        with querylens.no_n_plus_one():
            client.get("/fixed/")

    def test_n_plus_one(querylens, rows, client):
        with querylens.no_n_plus_one():
            client.get("/as-found/")

    def test_trace(querylens, rows, client):
        assert len(querylens.trace) == 0
        client.get("/as-found/")
        assert len(querylens.trace) == 9
        with querylens.capture() as trace:
            client.get("/fixed/")
        assert (len(trace), len(querylens.trace)) == (1, 10)

    def test_own_failure_is_not_hidden(querylens, rows, client):
        with querylens.max_queries(1):
            client.get("/as-found/")
            assert 1 == 2, "the test's own"

    def test_asked_late(request, rows, client):
        late = request.getfixturevalue("querylens")
        with late.max_queries(1):
            client.get("/fixed/")
        with pytest.raises(Exception, match="name it among the test's arguments"):
            late.trace

    def test_beside_pytest_django(querylens, rows, client, django_assert_max_num_queries):
        with django_assert_max_num_queries(1), querylens.max_queries(1):
            client.get("/fixed/")
"""


def test_blocks(project):
    project.test(BLOCKS)

    result = project.run()

    result.assert_outcomes(passed=6, failed=5)
    text = result.stdout.str()
    assert "7 queries allowed, 9 sent: 2 too many" in text
    assert "the shop's front page" in text
    assert '.select_related("author")' in text
    assert "shop/views.py:7" in text
    assert "exactly 2 queries expected, 1 sent: 1 too few" in text
    assert "3 queries allowed, 9 sent: 6 too many" in text
    assert "the test's own" in text
    # The plugin's frames stay out of the failure.
    assert "pytest_plugin" not in text
    assert "contextlib.py" not in text


MARKERS = """
    from django.db import transaction

    pytestmark = pytest.mark.django_db


    @pytest.fixture
    def rows(db):
        populate(8)

    @pytest.mark.max_queries(1)
    def test_within_though_fixtures_send_more(rows, client):
        client.get("/fixed/")

    @pytest.mark.max_queries(7)
    def test_over(rows, client):
        client.get("/as-found/")

    @pytest.mark.no_n_plus_one
    def test_n_plus_one(rows, client):
        client.get("/as-found/")

    @pytest.mark.no_n_plus_one
    def test_a_loop_of_the_test_is_set_up():
        for number in range(5):
            Author.objects.create(name=str(number))
        for author in Author.objects.all():
            author.books.count()

    @pytest.mark.no_n_plus_one
    @pytest.mark.querylens_ignore("QL101", reason="eight books at most")
    def test_ignored(rows, client):
        client.get("/as-found/")

    @pytest.mark.querylens(max_queries=9, n_plus_one=False, ignore={"n-plus-one": "known"})
    def test_all_in_one(rows, client):
        client.get("/as-found/")

    @pytest.mark.max_queries(2, include_setup=True)
    def test_set_up_counts(rows, client):
        client.get("/fixed/")

    @pytest.mark.max_queries(1)
    def test_a_late_fixture_is_set_up(request, client):
        request.getfixturevalue("rows")
        client.get("/fixed/")

    @pytest.mark.max_queries(18, include_setup=True)
    def test_a_late_fixture_counts_once(request, client):
        request.getfixturevalue("rows")
        client.get("/fixed/")

    @pytest.mark.max_queries(2, count_transactions=True)
    @pytest.mark.django_db(transaction=True)
    def test_transactions_count():
        with transaction.atomic():
            Author.objects.count()

    @pytest.mark.max_queries(3)
    class TestClass:
        def test_its_marker_counts(self, rows, client):
            client.get("/as-found/")

        @pytest.mark.max_queries(9)
        def test_the_nearest_counts(self, rows, client):
            client.get("/as-found/")

    @pytest.mark.max_queries(0)
    @pytest.mark.parametrize("path", ["fixed", "as-found"])
    def test_parametrized(path, rows, client):
        client.get(f"/{path}/")

    @pytest.mark.max_queries(1, using="replica")
    @pytest.mark.django_db(databases=["default", "replica"])
    def test_one_database(rows, client):
        client.get("/as-found/")
        Author.objects.using("replica").count()
        Author.objects.using("replica").count()

    @pytest.mark.max_queries(0)
    def test_that_fails_by_itself(rows, client):
        client.get("/fixed/")
        assert 1 == 2, "the test's own"
"""


def test_markers(project):
    project.test(MARKERS)

    result = project.run("-rA")

    text = result.stdout.str()
    failed = {
        line.split("::", 1)[1].split(" ")[0]
        for line in text.splitlines()
        if line.startswith("FAILED")
    }
    assert failed == {
        "test_over",
        "test_n_plus_one",
        "test_set_up_counts",
        "test_transactions_count",
        "TestClass::test_its_marker_counts",
        "test_parametrized[fixed]",
        "test_parametrized[as-found]",
        "test_one_database",
        "test_that_fails_by_itself",
    }
    assert "2 queries allowed, 17 sent: 15 too many" in text
    assert "1 query allowed, 2 sent: 1 too many" in text
    assert "2 queries allowed, 3 sent: 1 too many" in text
    assert "test_that_fails_by_itself - AssertionError: the test's own" in text


UNITTEST = """
    from django.test import TestCase, TransactionTestCase
    from querylens.testing import QueryLensMixin


    class Rows(TestCase):
        @classmethod
        def setUpTestData(cls):
            populate(4)

        def setUp(self):
            populate(4)

        @pytest.mark.max_queries(1)
        def test_within(self):
            self.client.get("/fixed/")

        @pytest.mark.max_queries(7)
        def test_over(self):
            self.client.get("/as-found/")

        @pytest.mark.max_queries(7)
        async def test_over_async(self):
            await self.async_client.get("/as-found/")


    class Flushed(QueryLensMixin, TransactionTestCase):
        @pytest.mark.max_queries(0)
        def test_flush_is_not_counted(self):
            pass

        def test_of_the_mixin(self):
            populate(8)
            with self.assertMaxQueries(7):
                self.client.get("/as-found/")
"""


def test_unittest(project):
    project.test(UNITTEST)

    result = project.run()

    result.assert_outcomes(passed=2, failed=3)
    assert result.stdout.str().count("7 queries allowed, 9 sent: 2 too many") >= 3


FACTORIES = """
    import factory
    from model_bakery import baker

    pytestmark = pytest.mark.django_db


    class AuthorFactory(factory.django.DjangoModelFactory):
        class Meta:
            model = Author

        name = "an author"


    class BookFactory(factory.django.DjangoModelFactory):
        class Meta:
            model = Book

        author = factory.SubFactory(AuthorFactory)


    @pytest.mark.max_queries(1)
    @pytest.mark.no_n_plus_one
    def test_factories_in_the_body_are_set_up(client, make_book):
        BookFactory.create_batch(5)
        baker.make("shop.Book", _quantity=3)
        make_book()
        client.get("/fixed/")


    @pytest.mark.max_queries(3)
    def test_and_only_they(client, make_book):
        BookFactory.create_batch(5)
        client.get("/as-found/")
"""


def test_factories(project):
    pytest.importorskip("factory")
    pytest.importorskip("model_bakery")
    project.write(
        "tests/conftest.py",
        """
        import pytest

        from shop.rows import populate


        @pytest.fixture
        def make_book(db):
            def make():
                populate(1)
            return make
        """,
    )
    project.test(FACTORIES)

    result = project.run()

    result.assert_outcomes(passed=1, failed=1)
    assert "3 queries allowed, 6 sent: 3 too many" in result.stdout.str()


ASYNC = """
    import asyncio

    pytestmark = pytest.mark.django_db(transaction=True)


    @pytest.mark.MARK
    @pytest.mark.max_queries(2)
    @pytest.mark.no_n_plus_one
    async def test_over(querylens):
        await Author.objects.acreate(name="one")
        for _ in range(3):
            await Author.objects.acount()
        assert len(querylens.trace) == 4


    @pytest.mark.MARK
    @pytest.mark.max_queries(2)
    async def test_within():
        await asyncio.gather(Author.objects.acount(), Book.objects.acount())
"""


@pytest.mark.parametrize(("module", "plugin"), [("pytest_asyncio", "asyncio"), ("anyio", "anyio")])
def test_asynchronous(project, module, plugin):
    pytest.importorskip(module)
    project.write(
        "tests/conftest.py",
        "import pytest\n\n\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n",
    )
    project.test(ASYNC.replace("MARK", plugin))

    result = project.run("-W", "ignore", "-p", plugin)

    result.assert_outcomes(passed=1, failed=1)
    assert "2 queries allowed, 4 sent: 2 too many" in result.stdout.str()


@pytest.mark.parametrize(
    ("marker", "complaint"),
    [
        ("max_queries", "needs one number, as in @pytest.mark.max_queries(7)"),
        ("max_queries()", "needs one number, as in @pytest.mark.max_queries(7)"),
        ("max_queries(1, 2)", "needs one number"),
        ("max_queries(-1)", "the number of queries is 0 or more, not -1"),
        ("max_queries('7')", "the number of queries is 0 or more, not '7'"),
        ("max_queries(True)", "the number of queries is 0 or more, not True"),
        ("max_queries(7, use='x')", "has no argument 'use'"),
        ("max_queries(7, include_setup=1)", "include_setup is True or False, not 1"),
        ("no_n_plus_one(1)", "takes no arguments"),
        ("querylens", "by name, and at least one of them"),
        ("querylens(most=3)", "has no argument 'most'"),
        ("querylens(ignore=['QL104'])", "ignore gives each code its reason"),
        ("querylens_ignore(reason='x')", "takes codes and a reason"),
        ("querylens_ignore('QL104')", "why is QL104 ignored? Give a reason"),
        ("querylens_ignore('lookup-in-lop', reason='x')", "Did you mean 'lookup-in-loop'?"),
    ],
)
def test_a_misused_marker_is_one_clear_error(marker, complaint):
    from querylens.pytest_plugin.markers import wishes_of

    with pytest.raises(pytest.UsageError) as error:
        wishes_of(Marked(eval(f"pytest.mark.{marker}")))

    assert str(error.value).startswith("tests/test_shop.py::test_it: @pytest.mark.")
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


class Marked:
    """A test with one marker."""

    nodeid = "tests/test_shop.py::test_it"

    def __init__(self, decorator):
        self.marker = decorator.mark

    def iter_markers(self):
        yield self.marker


def test_a_misused_marker_stops_the_run_before_the_first_test(project):
    project.test(
        """
        @pytest.mark.max_queries
        def test_it():
            pass
        """
    )

    result = project.run()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: tests/test_shop.py::test_it: @pytest.mark.max_queries needs one number" in (
        result.stderr.str() + result.stdout.str()
    )
