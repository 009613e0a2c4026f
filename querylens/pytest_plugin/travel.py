"""How a test's summary comes to whoever prints it: on its report, also between processes."""

from __future__ import annotations

import base64
import pickle
from typing import Any

import pytest

from querylens.model import Summary

_ATTRIBUTE = "querylens"


def put(report: pytest.TestReport, summary: Summary, goes_far: bool) -> None:
    """Lays a summary on a report; as text when that goes to another process."""
    setattr(report, _ATTRIBUTE, _packed(summary) if goes_far else summary)


def take(report: pytest.TestReport) -> Summary | None:
    """The summary that lies on a report, once."""
    laid: Any = report.__dict__.pop(_ATTRIBUTE, None)
    # Our own workers wrote it.
    summary = pickle.loads(base64.b85decode(laid)) if isinstance(laid, str) else laid  # noqa: S301
    assert summary is None or isinstance(summary, Summary)
    return summary


def _packed(summary: Summary) -> str:
    return base64.b85encode(pickle.dumps(summary)).decode("ascii")
