"""A project as a folder of files, made for one test."""

from __future__ import annotations

import pytest

from querylens.config import Config
from querylens.lint import hashes


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Writes files into a new project and gives its configuration; the test runs in its root."""
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.chdir(root)

    def write(*names, **options):
        for name in names:
            name, text = name if isinstance(name, tuple) else (name, "")
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Config(root=root, **options)

    return write


@pytest.fixture
def aged(monkeypatch):
    """What was written a moment ago counts as old: it is not read again while it looks the same."""
    monkeypatch.setattr(hashes, "_TOO_FRESH", -(10**12))
