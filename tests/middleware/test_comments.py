"""Comments that silence something: one request has no use for what another one needs."""

from __future__ import annotations

from querylens.config import Config
from querylens.django.watched_requests import RequestWatch
from tests.audit.test_rejudged import at, page

SOURCE = {9: "# querylens: ignore[QL101] five rows", 12: "# querylens: ignore[QL1O1]"}


def test_only_comments_that_name_no_rule_are_told(tmp_path):
    text = "\n".join(f"get()  {SOURCE.get(number, '')}" for number in range(1, 40))
    (tmp_path / "views.py").write_text(text)
    watch = RequestWatch(Config(root=tmp_path))

    silenced, one_row, misspelt, elsewhere = (
        watch.check(page(f"GET /{line}/", line, rows), "GET", f"{line}/")
        for line, rows in ((9, [1, 2, 3]), (9, [1]), (12, [1, 2, 3]), (15, [1]))
    )

    assert [each.reason for each in silenced.suppressed] == ["five rows"]
    assert silenced.remarks == one_row.remarks == elsewhere.remarks == ()
    assert [each.call_site for each in misspelt.findings] == [at(12)]
    assert misspelt.remarks == (
        "views.py:12: querylens: ignore[QL1O1] names no rule; did you mean QL101?",
    )
