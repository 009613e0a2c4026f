"""What tests of rules are given."""

from __future__ import annotations

from functools import partial

import pytest

from tests.rules import snippets


@pytest.fixture
def tried(db, tmp_path, monkeypatch):
    """Runs a rule over a snippet: `tried(Rule(), "for author in …")`."""
    (tmp_path / "manage.py").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return partial(snippets.tried, folder=tmp_path)
