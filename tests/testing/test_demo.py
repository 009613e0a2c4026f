"""The demo's page fails as it was found, with the article's fixes, and passes when fixed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RELATION = '.select_related("service")'
PROFILE = "request.user.profile"
LOOKUP = "Service.objects.filter(tmdb_provider_id__in=tmdb_provider_ids)"
INSERT = "StreamingOffer.objects.bulk_create(streaming_offers_to_create)"


@pytest.fixture(scope="module")
def messages():
    """The failure of each test, by form and name, from a process with the demo's settings."""
    script = Path(__file__).with_name("demo_failures.py")
    dropped = ("DJANGO_SETTINGS_MODULE", "DEMO_DATABASE_URL")
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    result = subprocess.run(
        [sys.executable, script],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_the_fixed_page_passes(messages):
    assert len(messages["fixed"]) == 5
    assert set(messages["fixed"].values()) == {""}


@pytest.mark.parametrize(
    ("name", "verdict", "fixes"),
    [
        ("test_budget", "7 queries allowed, 16 sent: 9 too many", [RELATION, PROFILE]),
        ("test_n_plus_one", "1 N+1 found: 8 queries could go", [RELATION]),
        (
            "test_n_plus_one_of_a_miss",
            "3 N+1 found: 22 queries could go",
            [RELATION, LOOKUP, INSERT],
        ),
        (
            "test_growth",
            "queries grow with rows: 10 for 2 rows, 11 for 3 (+1 a row)",
            [RELATION],
        ),
        (
            "test_growth_of_a_miss",
            "queries grow with rows: 16 for 2 rows, 19 for 3 (+3 a row)",
            [RELATION, LOOKUP, INSERT],
        ),
    ],
)
def test_the_page_as_found_fails_and_names_its_fixes(messages, name, verdict, fixes):
    message = messages["as-found"][name]

    assert f": {verdict}\n\n" in message
    assert [fix for fix in (RELATION, PROFILE, LOOKUP, INSERT) if fix in message] == [
        fix for fix in (RELATION, PROFILE, LOOKUP, INSERT) if fix in fixes
    ]
    assert "demo_app/media/services/as_found.py:" in message
