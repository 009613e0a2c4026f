"""A script: the demo's pages under the assertions; prints each test's failure as JSON."""

from __future__ import annotations

import json
import os
import sys
import unittest

from demo_app.database import throwaway_database
from demo_app.provider_api import ProviderApi


def page_tests(api, form):
    """A class of tests of one form of the page; Django is set up by now."""
    from django.contrib.auth import get_user_model
    from django.test import TestCase

    from demo_app import catalogue
    from demo_app.play import arrange
    from querylens.testing import QueryLensMixin

    class Page(QueryLensMixin, TestCase):
        def open(self):
            assert self.client.get(f"/{form}/project-hail-mary/").status_code == 200

        def populate(self, offers, path="hit"):
            api.offers = offers
            movie = catalogue.fill(offers, f"{api.url}/logos")
            arrange(path, api, movie, "IT")
            self.client.force_login(get_user_model().objects.get())

        def test_budget(self):
            self.populate(8)
            with self.assertMaxQueries(7):
                self.open()

        def test_n_plus_one(self):
            self.populate(8)
            with self.assertNoNPlusOne():
                self.open()

        def test_n_plus_one_of_a_miss(self):
            self.populate(8, "miss")
            self.assertNoNPlusOne(self.open)

        def test_growth(self):
            self.assertConstantQueries(self.open, populate=self.populate)

        def test_growth_of_a_miss(self):
            self.assertConstantQueries(self.open, populate=lambda n: self.populate(n, "miss"))

    return Page


def messages(tests):
    """What is said of each test: nothing of one that passed."""
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(tests)
    said = {test._testMethodName: "" for test in suite}
    result = unittest.TestResult()
    suite.run(result)
    for test, message in (*result.failures, *result.errors):
        said[test._testMethodName] = message
    return said


with ProviderApi() as api:
    os.environ["STREAMING_API_URL"] = api.url
    with throwaway_database(None):
        from django.test.utils import setup_test_environment

        setup_test_environment()
        found = {form: messages(page_tests(api, form)) for form in ("as-found", "fixed")}
json.dump(found, sys.stdout)
