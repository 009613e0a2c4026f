"""The statements that the made-up project can send: each shape once."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from querylens.model import Cause

APPS = ("library", "shop", "media", "billing", "events")
NOUNS = (
    *("author", "book", "review", "order", "customer", "page", "track", "line", "invoice", "stop"),
    *("venue", "artist", "course", "lesson", "payment", "address", "product", "category", "seat"),
    *("booking", "vendor", "shipment", "comment", "tag", "topic", "vote", "badge", "path", "visit"),
)
#: Each column with the type of its values: a string, a time, a decimal, an integer, a boolean.
COLUMNS = {
    **dict.fromkeys(("title", "slug", "description", "isbn", "language", "status"), "s"),
    **dict.fromkeys(("created_at", "updated_at", "published_at"), "t"),
    **dict.fromkeys(("price", "rating", "weight"), "d"),
    **dict.fromkeys(("pages", "position"), "i"),
    **dict.fromkeys(("is_active", "is_featured"), "b"),
}
#: Stands in a text for a list of values, or for rows, of any length.
LIST, ROWS = "(…)", "(……)"
_AMOUNT = '"amount"'
_FILTERED = "rows from filter"
_SEARCH = '(UPPER("{0}"."title"::text) LIKE UPPER(%s) AND "{0}"."id" > %s)'


@dataclass(frozen=True, eq=False, slots=True)
class Template:
    """A statement without its values. `types` has a letter for each value, or for each in a row."""

    number: int
    kind: str
    sql: str
    mysql: str
    types: str
    table: str

    @property
    def is_transaction(self) -> bool:
        return self.kind in ("savepoint", "release")

    @property
    def has_size(self) -> bool:
        return LIST in self.sql or ROWS in self.sql


@dataclass(frozen=True, eq=False, slots=True)
class Model:
    """A table; `targets` are what its foreign keys lead to."""

    app: str
    name: str
    columns: list[str]
    targets: list[Model]
    is_ordered: bool

    @property
    def table(self) -> str:
        return f"{self.app}_{self.name}"

    @property
    def label(self) -> str:
        return f"{self.app}.{self.name.title()}"

    @property
    def fields(self) -> list[str]:
        return ["id", *self.columns, *(f"{target.name}_id" for target in self.targets)]

    @property
    def types(self) -> str:
        return "".join(COLUMNS.get(field, "i") for field in self.fields[1:])

    def select(self, extra: str = "") -> str:
        columns = ", ".join(f'"{self.table}"."{field}"' for field in self.fields)
        return f'SELECT {extra}{columns} FROM "{self.table}"'

    def insert(self) -> str:
        columns = ", ".join(f'"{field}"' for field in self.fields[1:])
        return f'INSERT INTO "{self.table}" ({columns})'


def random_models(random: Random) -> list[Model]:
    models = []
    for app in APPS:
        for noun in NOUNS:
            columns = ["title", *random.sample(list(COLUMNS)[1:], random.randint(4, 7))]
            models.append(Model(app, noun, columns, [], random.random() < 0.5))
    for model in models:
        others = {other.name: other for other in random.sample(models, 4)}
        model.targets.extend([other for other in others.values() if other is not model][:3])
    return models


class Templates:
    """Every template that was asked for; equal texts are one template."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._by_text: dict[str, Template] = {}

    def made(self, kind: str, sql: str, types: str, table: str = "", mysql: str = "") -> Template:
        new = Template(len(self._by_text), kind, sql, mysql or _quoted(sql), types, table)
        return self._by_text.setdefault(sql, new)

    def listing(self, model: Model) -> Template:
        where = '("{0}"."title" = %s AND NOT ("{0}"."id" = %s)) ORDER BY "{0}"."id" DESC LIMIT 20'
        sql = f"{model.select()} WHERE {where.format(model.table)}"
        return self.made("listing", sql, "si", model.table)

    def login(self) -> tuple[Template, Template]:
        """What the session and the user of a request are read with."""
        columns = '"{0}"."session_key", "{0}"."session_data", "{0}"."expire_date"'
        where = '("{0}"."expire_date" > %s AND "{0}"."session_key" = %s) LIMIT 21'
        session = f'SELECT {columns} FROM "{{0}}" WHERE {where}'.format("django_session")
        names = ("id", "password", "last_login", "username", "first_name", "email", "is_staff")
        users = ", ".join(f'"auth_user"."{name}"' for name in names)
        user = f'SELECT {users} FROM "auth_user" WHERE "auth_user"."id" = %s LIMIT 21'
        return (
            self.made("session", session, "ts", "django_session"),
            self.made("user", user, "i", "auth_user"),
        )

    def body(self, kind: str, child: Model, target: Model) -> tuple[Template, Cause, str]:
        """What a loop sends for each row, its cause, and the code that causes it."""
        if kind in ("update", "insert"):
            return self._write(kind, child)
        row, table = child.name, child.table
        relation = f"{child.label}.{target.name}"
        if kind == "get":
            sql = f'{target.select()} WHERE "{target.table}"."id" = %s LIMIT 21'
            keys = (f"key: {name} = {target.name}_id" for name in ("id", "pk"))
            facts = frozenset({"peers", _FILTERED, *keys})
            cause = Cause(
                "forward", "attribute", target.label, relation, target.name, True, (), facts
            )
            return self.made(kind, sql, "i", target.table), cause, f"{row}.{target.name}.title"
        if kind == "many to many":
            sql, names = f"{_joined(child, target)} = %s", f"{target.name}s"
            way = (f"lookup: {names}", f"back: {child.name}")
            facts = frozenset((*way, *_reading_facts(target, names)))
            relation = f"{child.label}.{names}"
            cause = Cause("many_to_many", "all", target.label, relation, names, facts=facts)
            return self.made(kind, sql, "i", target.table), cause, f"{row}.{names}.all()"
        where = f'WHERE "{table}"."{target.name}_id" = %s'
        order = f' ORDER BY "{table}"."title" ASC' if child.is_ordered else ""
        sql, access = {
            "reverse": (f"{child.select()} {where}{order}", "all"),
            "first": (f'{child.select()} {where} ORDER BY "{table}"."id" ASC LIMIT 1', "first"),
            "count": (f'SELECT COUNT(*) AS "__count" FROM "{table}" {where}', "count"),
            "exists": (f'SELECT 1 AS "a" FROM "{table}" {where} LIMIT 1', "exists"),
        }[kind]
        found = "aggregate" if kind in ("count", "exists") else "reverse"
        names = f"{child.name}_set"
        way = (f"lookup: {child.name}", f"back: {target.name}", f"related: {target.name}")
        facts = frozenset((*way, *_reading_facts(child, names)))
        relation, by = f"{target.label}.{names}", (target.name,)
        cause = Cause(found, access, child.label, relation, names, fields=by, facts=facts)
        return self.made(kind, sql, "i", table), cause, f"{target.name}.{names}.{access}()"

    def _write(self, kind: str, model: Model) -> tuple[Template, Cause, str]:
        if kind == "update":
            # TRUE and FALSE stay in a shape, so an update of a boolean would be two.
            columns = [column for column in model.columns if COLUMNS[column] != "b"]
            changed = sorted(self._random.sample(columns, 2))
            assigned = ", ".join(f'"{column}" = %s' for column in changed)
            sql = f'UPDATE "{model.table}" SET {assigned} WHERE "{model.table}"."id" = %s'
            types = "".join(COLUMNS[column] for column in changed) + "i"
            cause = Cause("update", "save", model.label, facts=frozenset({_FILTERED}))
            return self.made(kind, sql, types, model.table), cause, f"{model.name}.save()"
        sql = f"{model.insert()} VALUES ({', '.join('%s' for _ in model.types)})"
        returning = f'{sql} RETURNING "{model.table}"."id"'
        template = self.made(kind, returning, model.types, model.table, _quoted(sql))
        code = f"{model.name.title()}.objects.create(title=row.title)"
        return template, Cause("insert", "create", model.label), code

    def one_off(self, kind: str, model: Model, target: Model) -> list[Template]:
        """What a request sends once: one statement, or the two around a savepoint."""
        table, key = model.table, f"{target.name}_id"
        if kind == "savepoint":
            texts = {"savepoint": 'SAVEPOINT "s%s_x%s"', "release": 'RELEASE SAVEPOINT "s%s_x%s"'}
            return [self.made(kind, sql, "ii") for kind, sql in texts.items()]
        if kind == "bulk insert":
            sql = f"{model.insert()} VALUES {ROWS}"
            mysql = _quoted(sql).replace("INSERT", "INSERT IGNORE", 1)
            return [self.made(kind, f"{sql} ON CONFLICT DO NOTHING", model.types, table, mysql)]
        if kind == "search":
            order = f'ORDER BY "{table}"."title" ASC LIMIT 20 OFFSET 40'
            sql = f"{model.select()} WHERE {_SEARCH.format(table)} {order}"
            return [self.made(kind, sql, "li", table, _quoted(sql).replace("::text", ""))]
        if kind == "annotated":
            rows = f'FROM "{table}" U0 WHERE U0."{key}" = ("{target.table}"."id")'
            where = f'WHERE "{target.table}"."title" = %s ORDER BY {_AMOUNT} DESC LIMIT 10'
            sql = f"{target.select(f'(SELECT COUNT(*) {rows}) AS {_AMOUNT}, ')} {where}"
            return [self.made(kind, sql, "s", target.table)]
        if kind == "prefetch many to many":
            sql = f"{_joined(model, target, prefetched=True)} IN {LIST}"
            return [self.made(kind, sql, "i", target.table)]
        compared = {
            "ids in a list": f'"{table}"."id" IN {LIST}',
            "prefetch": f'"{table}"."{key}" IN {LIST}',
            "cursor": f'"{table}"."id" > %s',
        }[kind]
        return [self.made(kind, f"{model.select()} WHERE {compared}", "i", table)]


def _quoted(sql: str) -> str:
    """The text with MySQL's quotes."""
    return sql.replace('"', "`")


def _joined(model: Model, target: Model, *, prefetched: bool = False) -> str:
    through, key = f"{model.table}_{target.name}s", f"{model.name}_id"
    extra = f'("{through}"."{key}") AS "_prefetch_related_val_{key}", ' if prefetched else ""
    on = f'("{target.table}"."id" = "{through}"."{target.name}_id")'
    return f'{target.select(extra)} INNER JOIN "{through}" ON {on} WHERE "{through}"."{key}"'


def _reading_facts(model: Model, accessor: str) -> tuple[str, ...]:
    """What a recording tells of a model whose rows are read through another one's attribute."""
    foreign = (f"foreign: {target.name}" for target in model.targets)
    module = f"module: {model.app}.models"
    owner = f"owner has: {accessor}"
    return (*foreign, module, owner, "manager: objects", "matches: pk", _FILTERED)
