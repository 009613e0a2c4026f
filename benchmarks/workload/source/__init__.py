"""A made-up Django project of any size, and where in it queries are sent in loops.

The truth is in the texts themselves: a line that ends in `#!QL101` is one where a finding of that
code is right, and any other finding is false. `#!QL101~` says so of the whole function or class,
and `#!QL101 label` of a line that is reached only when the piece named `label` is in the app.
"""

from __future__ import annotations
