"""Measures `querylens.sql.fingerprint`: statements a CPU second, and how its time grows.

The statements are like those that Django writes: mostly wide SELECTs that differ in a literal. The
clock is CPU time, so that other work on the machine matters little. Each figure is the median of
several rounds; the best round stands beside it.

    python benchmarks/fingerprint.py --statements 40000 --rounds 5
"""

from __future__ import annotations

import argparse
import platform
import sys
from pathlib import Path
from random import Random
from statistics import mean, median
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from querylens.sql import fingerprint
from querylens.sql.fingerprints import _identified, _seen

#: Statements a CPU second that a change must not fall below.
TARGETS = {"every text new": 90_000, "seen before": 4_000_000}

COLUMNS = (
    *("title", "slug", "author_id", "publisher_id", "created_at", "updated_at", "price", "status"),
    *("description", "isbn", "pages", "language", "is_active", "position", "rating", "weight"),
)
TABLES = [
    f"{app}_{model}"
    for app in ("library", "shop", "media", "crm")
    for model in ("book", "author", "review", "order", "customer", "page", "track", "line")
]
HOSTILE = (
    *(
        "'",
        "(",
        "((1),",
        "/*",
        "/*/*/*",
        "$a$a$",
        "--",
        "- ",
        "e'\\\\",
        "IN (",
        "IN (1,",
        "IN ((1,",
    ),
    *("IN ('a'::b,", "9", "1,", "a.", ".", "::", "[1:n]", "]", "CASE WHEN 1 THEN ", "VALUES (1),"),
    *("(a OR ", ";", '"a"."b", ', " WHERE "),
)


class Statements:
    """Makes statements, the same ones for the same seed."""

    def __init__(self, seed, *, unique_heads=False, placeholders=False):
        self.random = Random(seed)
        self.unique_heads = unique_heads
        self.placeholders = placeholders
        self.columns = {
            table: ["id", *self.random.sample(COLUMNS, self.random.randint(7, 12))]
            for table in TABLES
        }

    def make(self, count):
        """Each statement is another text, unless it has placeholders and no unique head."""
        weights = {self.by_id: 50, self.by_parent: 20, self.filtered: 12, self.counted: 5}
        weights |= {self.prefetched: 2, self.updated: 4, self.inserted: 4, self.tagged: 3}
        kinds = self.random.choices(list(weights), list(weights.values()), k=count)
        return [kind(self.table(), index) for index, kind in enumerate(kinds)]

    def table(self):
        self.name = self.random.choice(TABLES)
        return f"{self.name}_{self.random.getrandbits(40)}" if self.unique_heads else self.name

    def value(self, index):
        return "%s" if self.placeholders else str(1_000_000 + index)

    def text(self, index):
        return "%s" if self.placeholders else f"'it''s {index}'"

    def select(self, table):
        columns = ", ".join(f'"{table}"."{column}"' for column in self.columns[self.name])
        return f'SELECT {columns} FROM "{table}" WHERE '

    def by_id(self, table, index):
        return f'{self.select(table)}"{table}"."id" = {self.value(index)} LIMIT 21'

    def by_parent(self, table, index):
        condition = f'"{table}"."{self.columns[self.name][1]}" = {self.value(index)}'
        return (
            f'{self.select(table)}{condition} ORDER BY "{table}"."title" ASC, "{table}"."id" DESC'
        )

    def filtered(self, table, index):
        conditions = f'"{table}"."status" = {self.text(index)} AND NOT "{table}"."is_active"'
        return f'{self.select(table)}({conditions}) ORDER BY "{table}"."id" ASC LIMIT 1'

    def counted(self, table, index):
        return (
            f'SELECT COUNT(*) AS "__count" FROM "{table}" '
            f'WHERE "{table}"."author_id" = {self.value(index)}'
        )

    def prefetched(self, table, index):
        many = range(self.random.choice((1, 5, 20, 50, 250)))
        values = ", ".join(self.value(index + number) for number in many)
        return f'{self.select(table)}"{table}"."id" IN ({values})'

    def updated(self, table, index):
        return (
            f'UPDATE "{table}" SET "title" = {self.text(index)}, "pages" = {self.value(index)} '
            f'WHERE "{table}"."id" = {self.value(index)}'
        )

    def inserted(self, table, index):
        return (
            f'INSERT INTO "{table}" ("title", "slug", "price", "status") VALUES '
            f"({self.text(index)}, {self.text(index)}, {self.value(index)}, NULL) "
            f'RETURNING "{table}"."id"'
        )

    def tagged(self, table, index):
        return f"{self.by_id(table, index)} /*controller='book',route='books%%2F{index}'*/"


def forget():
    """Empties the memories, so that every text is read again."""
    _seen.clear()
    _identified.clear()


def seconds(texts, vendor="postgresql"):
    started = process_time()
    for text in texts:
        fingerprint(text, vendor)
    return process_time() - started


def rates(texts, rounds, before_each):
    """Texts a CPU second: the median and the best of the rounds."""
    times = []
    for _ in range(rounds):
        before_each()
        times.append(seconds(texts))
    return len(texts) / median(times), len(texts) / min(times)


def show_rates(count, rounds, seed):
    plain = Statements(seed).make(count)
    rows = {
        "every text new": plain,
        "every text new, unique heads": Statements(seed, unique_heads=True).make(count),
        "%s texts, unique heads": Statements(seed, unique_heads=True, placeholders=True).make(
            count
        ),
        "%s texts": Statements(seed, placeholders=True).make(count),
    }
    print(
        f"{'statements':<30}{'bytes':>7}{'shapes':>8}{'median/s':>12}{'best/s':>12}{'target/s':>12}"
    )
    for name, texts in rows.items():
        show_rate(name, texts, *rates(texts, rounds, forget))
    few = plain[:1000]
    forget()
    seconds(few)
    many = few * max(1, 10 * count // len(few))
    show_rate("seen before", many, *rates(many, rounds, lambda: None))
    # Python has not hashed these strings yet, as when they were just read from a file.
    copies = [f"{text} "[:-1] for text in few]
    show_rate("seen before, in new strings", copies, *rates(copies, 1, lambda: None))


def show_rate(name, texts, middle, best):
    some = texts[:40_000]
    shapes = len({fingerprint(text, "postgresql") for text in some})
    size = mean(map(len, some))
    target = f"{TARGETS[name]:>12,}" if name in TARGETS else f"{'':>12}"
    print(f"{name:<30}{size:>7.0f}{shapes:>8,}{middle:>12,.0f}{best:>12,.0f}{target}")


def show_growth(size, rounds):
    """Twice the text takes twice the time, whatever is in it."""
    print(f"\n{'hostile text':<24}{size:>10,} B{2 * size:>10,} B{'growth':>9}")
    for part in HOSTILE:
        times = []
        for length in (size, 2 * size):
            text = part * (length // len(part))
            vendors = ("postgresql", "mysql", "sqlite")
            times.append(
                max(min(seconds([text], vendor) for _ in range(rounds)) for vendor in vendors)
            )
        print(f"{part!r:<24}{times[0]:>10.3f} s{times[1]:>10.3f} s{times[1] / times[0]:>8.1f}x")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--statements", type=int, default=40_000, help="texts in each row")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of which the median counts")
    parser.add_argument("--seed", type=int, default=7, help="of the generator")
    parser.add_argument("--hostile", type=int, default=500_000, help="bytes of hostile text")
    options = parser.parse_args()

    print(f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}\n")
    show_rates(options.statements, options.rounds, options.seed)
    show_growth(options.hostile, min(options.rounds, 3))


if __name__ == "__main__":
    main()
