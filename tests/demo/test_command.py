"""`python -m demo_app`: what it prints, and that it leaves nothing behind."""

from __future__ import annotations

import sqlite3

import pytest


def test_ends_with_the_scoreboard(terminal):
    output, _ = terminal

    assert output.splitlines()[-6:] == [
        "┃ path       ┃ before ┃ after ┃ saved ┃",
        "┡━━━━━━━━━━━━╇━━━━━━━━╇━━━━━━━╇━━━━━━━┩",
        "│ cache hit  │     16 │     7 │     9 │",
        "│ cache miss │     25 │    11 │    14 │",
        "└────────────┴────────┴───────┴───────┘",
        "The article counted the miss after shape 1 was fixed: 25 before, not 34.",
    ]


def test_prints_json(play):
    printed = play("--offers", "8")

    assert list(printed) == ["offers", "scoreboard", "paths"]
    assert printed["offers"] == 8
    assert printed["scoreboard"] == {
        "hit": {"before": 16, "after": 7},
        "miss": {"before": 25, "after": 11},
    }
    assert list(printed["paths"]) == ["hit", "miss", "api_down"]
    for path in printed["paths"].values():
        assert list(path) == ["as_found", "relations_fixed", "fixed", "findings"]
        assert list(path["findings"]) == ["as_found", "relations_fixed", "fixed"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--offers", "0"], "a whole number from 1 to 1000 is needed, not '0'"),
        (["--offers", "many"], "a whole number from 1 to 1000 is needed, not 'many'"),
        (["--offer-count"], "unrecognized arguments: --offer-count"),
        (["rewind"], "invalid choice: 'rewind'"),
        (["serve", "--json"], "--json goes with play"),
        (["serve", "--record", "folder"], "--record goes with play"),
        (["--database", ""], "its URL has to begin with one of sqlite://"),
        (["--database", "oracle://host/name"], "its URL has to begin with one of sqlite://"),
        (["--database", "sqlite://"], "its URL names no database"),
        (["--database", "sqlite:////no/such/folder/x"], "unable to open database file"),
        (["--database", "postgres://a:secret@127.0.0.1:99999/x"], "postgres://a:***@127.0.0.1"),
    ],
)
def test_refuses_bad_input_in_one_line(run_demo, arguments, words):
    result = run_demo(*arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("python -m demo_app: error: ")
    assert result.stderr.count("\n") == 1
    assert words in result.stderr
    assert "secret" not in result.stderr


def test_refuses_a_database_that_is_not_empty(run_demo, tmp_path):
    file = tmp_path / "precious.sqlite3"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE media_movie (title text)")
    connection.close()
    before = file.read_bytes()

    result = run_demo("--database", f"sqlite:///{file}")

    assert result.returncode == 2
    assert "it is not empty" in result.stderr
    assert file.read_bytes() == before


def test_empties_the_database_it_was_given(play, tmp_path):
    file = tmp_path / "empty.sqlite3"
    file.touch()

    play("--database", f"sqlite:///{file}")

    connection = sqlite3.connect(file)
    assert connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() in (
        [],
        [("sqlite_sequence",)],
    )
    connection.close()


def test_leaves_no_file_behind(terminal):
    _, folder = terminal

    assert list(folder.iterdir()) == []


def test_its_migrations_are_complete(run_python, tmp_path):
    result = run_python(
        *("-m", "django", "makemigrations", "--check"),
        DJANGO_SETTINGS_MODULE="demo_app.settings",
        DEMO_DATABASE_URL=f"sqlite:///{tmp_path}/unused.sqlite3",
    )

    assert (result.returncode, result.stdout) == (0, "No changes detected\n")
