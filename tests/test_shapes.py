"""Every shape of the corpus: the findings it expects, at the lines it marks, and no other."""

from __future__ import annotations

import pytest

import querylens
from tests.shapes.comparing import captured, differences
from tests.shapes.corpus import all_shapes
from tests.shapes.sending import ALIASES

SHAPES = all_shapes()
LOUD = [shape for shape in SHAPES if not shape.is_silent]
SILENT = [shape for shape in SHAPES if shape.is_silent]

pytestmark = pytest.mark.django_db(databases=ALIASES)


@pytest.mark.parametrize("shape", SILENT, ids=lambda shape: shape.name)
def test_is_silent(shape):
    report = querylens.check(captured(shape))

    assert [f"{finding.rule.code} {finding.message}" for finding in report.findings] == []


@pytest.mark.parametrize("shape", LOUD, ids=lambda shape: shape.name)
def test_finds_what_is_expected_and_nothing_else(shape):
    assert differences(shape, captured(shape)) == []


@pytest.mark.parametrize("shape", LOUD, ids=lambda shape: shape.name)
def test_leaves_no_remark(shape):
    """Nothing failed on the way; that two fixes rewrite one loop may be said."""
    remarks = querylens.check(captured(shape)).remarks

    assert [remark for remark in remarks if "rewrite the same lines" not in remark] == []
