"""What belongs to one request, where a log tells sessions and times; silence first."""

from __future__ import annotations

import json

import pytest

from tests.audit.conftest import document

BY_KEY = "SELECT `shop_author`.`name` FROM `shop_author` WHERE `shop_author`.`id` = {} LIMIT 21"


def slow_log(seconds, session=7):
    """As MariaDB writes it: the second in which a statement began, and what it took."""
    return "".join(
        f"# User@Host: shop[shop] @ localhost []\n"
        f"# Thread_id: {session}  Schema: shop  QC_hit: No\n"
        f"# Query_time: 0.000123  Lock_time: 0.000045  Rows_sent: 1  Rows_examined: 1\n"
        f"SET timestamp={second};\n{BY_KEY.format(number)};\n"
        for number, second in enumerate(seconds)
    )


def postgres_log(times, pid=7):
    return "".join(
        f"2026-07-04 {time} UTC [{pid}] LOG:  duration: 0.100 ms  statement: "
        f"{BY_KEY.replace('`', chr(34)).format(number)}\n"
        for number, time in enumerate(times)
    )


def audited(folder, **texts):
    """The report of files of these names."""
    for name, text in texts.items():
        (folder / f"{name}.log").write_text(text)
    report, problems = document(folder)
    assert problems == []
    return report


def test_next_second_is_no_pause(tmp_path):
    """Statements of one request stand in two seconds, and nobody knows how far into each."""
    report = audited(tmp_path, slow=slow_log([1783166400] * 2 + [1783166401] * 2))

    [finding] = report["findings"]
    assert (report["summary"]["traces"], finding["count"]) == (1, 4)


def test_statement_that_failed_again_was_sent_again(tmp_path):
    """As behind a deadlock; only what PostgreSQL tells below an error was told before."""
    header = "# User@Host: a[a] @ b []\n# Thread_id: 7  Schema: x  Last_errno: 1213  Killed: 0\n"
    record = f"{header}# Query_time: 0.001  Lock_time: 0\nSET timestamp=1783166400;\nSELECT 1;\n"

    report = audited(tmp_path, slow=record * 3)

    assert report["summary"]["queries"] == 3


@pytest.mark.parametrize(
    "form",
    [
        "{sql} {comment}",
        "{comment} {sql}",
        "{sql} {comment};",
        "{sql} {comment} ",
        "\n\t{comment} {sql}",
    ],
)
@pytest.mark.parametrize(
    "sql",
    [
        'SELECT "a"."b" FROM "a" WHERE "a"."id" = 5 LIMIT 21',
        """SELECT "a"."b" FROM "a" WHERE "a"."c" = 'it''s -- so'""",
        'UPDATE "a" SET "b" = 7 WHERE "a"."id" = 5',
    ],
)
def test_spans_in_comments_tell_no_values_apart(tmp_path, sql, form):
    """OpenTelemetry and Datadog write into each statement which span it is."""
    comment = "/*dde='prod',traceparent='00-0af7651916cd43dd8448eb211c80319c-{:016x}-01'*/"
    sent = [form.format(sql=sql, comment=comment.format(span)) for span in range(1, 9)]
    start = "2026-07-04 12:00:00.10{} UTC [7] LOG:  duration: 0.1 ms  statement: {}\n"

    plain = audited(tmp_path, log="".join(start.format(at, sql) for at in range(8)))
    report = audited(tmp_path, log="".join(start.format(*each) for each in enumerate(sent)))

    assert plain["summary"]["similar"] == 8
    assert report.pop("remarks") == [
        "requests were told apart in what logs tell: 1 by trace ids",
    ]
    assert plain.pop("remarks") != []
    assert report == plain


def test_line_of_the_server_is_what_tells_a_request(tmp_path):
    """Not a tag, though it names the request too."""
    sent = 'SELECT "a"."id" FROM "a" WHERE "a"."id" = {0}; args=({0},); alias=default'
    log = "".join(f"10:00:00 77 1 (0.001) {sent.format(n)}\n" for n in range(3))

    report = audited(tmp_path, django=f'{log}10:00:00 77 1 "GET /x/ HTTP/1.1" 200 10\n')

    assert report["remarks"] == [
        "requests were told apart in what logs tell: 1 by lines of Django's server"
    ]


def test_two_seconds_are_a_pause(tmp_path):
    report = audited(tmp_path, slow=slow_log([1783166400] * 2 + [1783166402] * 2))

    assert (report["summary"]["traces"], report["findings"]) == (2, [])


def test_tenth_of_a_second_is_a_pause_where_milliseconds_are_told(tmp_path):
    report = audited(tmp_path, log=postgres_log(["12:00:00.900", "12:00:00.901", "12:00:01.100"]))

    assert (report["summary"]["traces"], report["findings"]) == (2, [])


def test_sessions_of_another_server_have_the_same_numbers(tmp_path):
    """Both files are of one day, so the second goes far back in time."""
    times = [[f"12:0{minute}:00.000", f"12:0{minute}:00.001"] for minute in (9, 0)]

    report = audited(tmp_path, one=postgres_log(times[0]), two=postgres_log(times[1]))

    assert (report["summary"]["traces"], report["findings"]) == (2, [])


def test_session_goes_on_in_the_next_file_of_its_log(tmp_path):
    first, second = ["12:00:00.000", "12:00:00.001"], ["12:00:00.002", "12:00:00.003"]

    report = audited(tmp_path, one=postgres_log(first), two=postgres_log(second))

    [finding] = report["findings"]
    assert (report["summary"]["traces"], finding["count"]) == (1, 4)


def spans(*sent):
    """One trace of spans, as the collector writes it; each is `(sql, attributes)`."""
    return json.dumps(
        {
            "resourceSpans": [
                {
                    "scopeSpans": [
                        {
                            "spans": [
                                {
                                    "traceId": "5b" * 16,
                                    "spanId": f"{number:016x}",
                                    "startTimeUnixNano": str(10**18 + number * 1000),
                                    "endTimeUnixNano": str(10**18 + number * 1000 + 10),
                                    "attributes": [
                                        {"key": key, "value": {"stringValue": value}}
                                        for key, value in {
                                            "db.system": "postgresql",
                                            "db.statement": sql,
                                            **attributes,
                                        }.items()
                                    ],
                                }
                                for number, (sql, attributes) in enumerate(sent)
                            ]
                        }
                    ]
                }
            ]
        }
    )


AUTHOR = 'SELECT "shop_author"."name" FROM "shop_author" WHERE "shop_author"."id" = {} LIMIT 21'
UPDATE = 'UPDATE "shop_job" SET "done" = {} WHERE "shop_job"."id" = {}'


@pytest.mark.parametrize("placeholder", ["%s", "?", "$1", ":id", "%(id)s"])
def test_values_that_are_not_told_are_not_said_to_be_the_same(tmp_path, placeholder):
    sent = [(AUTHOR.format(placeholder), {})] * 2

    assert audited(tmp_path, spans=spans(*sent))["findings"] == []


def test_values_that_are_told_beside_the_text_may_be_the_same(tmp_path):
    sent = [(AUTHOR.format("%s"), {"db.query.parameter.0": "7"})] * 2

    [finding] = audited(tmp_path, spans=spans(*sent))["findings"]

    assert (finding["code"], finding["duplicated"], finding["distinct"]) == ("QL301", 2, 1)


@pytest.mark.parametrize("key", ["db.namespace", "db.name", "server.address", "net.peer.name"])
def test_same_statement_to_two_databases_is_no_duplicate(tmp_path, key):
    sent = [(AUTHOR.format(7), {key: name}) for name in ("one", "two")]

    assert audited(tmp_path, spans=spans(*sent))["findings"] == []


def test_duplicates_are_counted_in_each_database(tmp_path):
    sent = [(AUTHOR.format(7), {"db.namespace": name}) for name in ("one", "two") * 2]

    report = audited(tmp_path, spans=spans(*sent))

    assert report["summary"]["traces"] == 1
    assert [(f["code"], f["count"], f["saved"]) for f in report["findings"]] == [("QL301", 2, 2)]


def test_lookups_of_one_table_are_told_apart(tmp_path):
    """By what they compare, and by what they select: other code sends each of them."""
    by_name = AUTHOR.replace('"id" =', '"name" =')
    sent = [
        (text.format(value), {})
        for text, count in ((AUTHOR, 8), (by_name, 7), (AUTHOR.replace("SELECT", "SELECT 1,"), 6))
        for value in range(count)
    ]

    found = audited(tmp_path, spans=spans(*sent))["findings"]

    assert [finding["tally"]["queries"] for finding in found] == [8, 7, 6]
    assert [finding["key"][1] for finding in found] == [
        "shop_author select by id",
        "shop_author select by name",
        "shop_author select by id",
    ]


def test_values_among_the_text_may_be_the_same(tmp_path):
    [finding] = audited(tmp_path, spans=spans(*[(AUTHOR.format(7), {})] * 2))["findings"]

    assert (finding["code"], finding["duplicated"], finding["distinct"]) == ("QL301", 2, 1)


def test_row_that_is_written_again_may_be_one(tmp_path):
    sent = [(UPDATE.format("%s", "%s"), {})] * 9

    assert audited(tmp_path, spans=spans(*sent))["findings"] == []


def test_row_that_is_read_again_behind_a_write_may_be_one(tmp_path):
    write = 'UPDATE "shop_author" SET "name" = %s WHERE "shop_author"."id" = %s'
    sent = [(AUTHOR.format("%s"), {}), (write, {})] * 4

    assert audited(tmp_path, spans=spans(*sent))["findings"] == []


def test_many_lookups_without_values_are_a_loop(tmp_path):
    sent = [(AUTHOR.format("%s"), {})] * 8

    [finding] = audited(tmp_path, spans=spans(*sent))["findings"]

    assert (finding["code"], finding["count"]) == ("QL104", 8)
    assert (finding["duplicated"], finding["distinct"]) == (0, 0)
    assert finding["message"].endswith("8 times in one request, with values that are not told")
    assert any("where they are all the same" in caveat for caveat in finding["fix"]["caveats"])


def test_values_that_postgres_does_not_tell(tmp_path):
    """With `log_parameter_max_length = 0`."""
    line = (
        "2026-07-04 12:00:00.00{} UTC [7] LOG:  duration: 0.100 ms  execute <unnamed>: "
        + AUTHOR.format("$1")
        + "\n"
    )

    report = audited(tmp_path, log="".join(map(line.format, range(2))))

    assert report["summary"]["queries"] == 2
    assert report["findings"] == []
