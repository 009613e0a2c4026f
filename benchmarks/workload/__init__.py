"""A made-up Django project and the requests that it serves, for `benchmarks.audit_inputs`."""

from __future__ import annotations
