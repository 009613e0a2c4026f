"""The views of the made-up project behind `audit_inputs`: which lines send which statements."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from benchmarks.workload.templates import Model, Template, Templates, random_models
from querylens.model import Cause, Place

#: Of a hundred statements in N+1 bodies, how many are of which kind.
BODIES = dict(
    zip(
        ("get", "reverse", "count", "many to many", "exists", "first", "update", "insert"),
        (42, 20, 8, 8, 7, 7, 4, 4),
        strict=True,
    )
)
ONE_OFFS = {
    "ids in a list": 5,
    "prefetch": 5,
    "prefetch many to many": 3,
    "search": 4,
    "savepoint": 3,
    "cursor": 1,
    "bulk insert": 2,
    "annotated": 3,
}

Frame = tuple[str, int, str]

_DJANGO = "/srv/venv/lib/python3.13/site-packages/django/db"
_RELATED = f"{_DJANGO}/models/fields/related_descriptors.py"
_QUERY_FRAMES: tuple[Frame, ...] = (
    (f"{_DJANGO}/backends/utils.py", 92, "CursorWrapper._execute_with_wrappers"),
    (f"{_DJANGO}/backends/utils.py", 79, "CursorWrapper.execute"),
    (f"{_DJANGO}/models/sql/compiler.py", 1643, "SQLCompiler.execute_sql"),
    (f"{_DJANGO}/models/query.py", 131, "ModelIterable.__iter__"),
    (f"{_DJANGO}/models/query.py", 2287, "QuerySet._fetch_all"),
    (f"{_DJANGO}/models/query.py", 455, "QuerySet.__len__"),
)
_LAZY_FRAMES: tuple[Frame, ...] = (
    (f"{_DJANGO}/models/query.py", 718, "QuerySet.get"),
    (_RELATED, 235, "ForwardManyToOneDescriptor.get_object"),
    (_RELATED, 263, "ForwardManyToOneDescriptor.__get__"),
)


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """A line of the project that sends a template: once, or in a loop for each row."""

    template: Template
    cause: Cause | None
    call_site: Place
    loop: Place | None
    origin: Place | None
    frames: tuple[Frame, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Route:
    """A view: what every request of it sends first, its loops, and what it may send once."""

    name: str
    first: tuple[Step, ...]
    bodies: list[Step]
    one_offs: list[tuple[Step, ...]]


def random_routes(random: Random, count: int) -> list[Route]:
    """Views of which none sends one template from two lines, so that a log tells them apart."""
    models, templates = random_models(random), Templates(random)
    return [_route(random, models, templates, number) for number in range(count)]


def _route(random: Random, models: list[Model], templates: Templates, number: int) -> Route:
    view = _View(random.choice(models), number)
    cause = Cause("lookup", "filter", view.model.label, fields=("title", "id"))
    listed = templates.listing(view.model)
    listing = view.step(listed, cause, f"rows = {view.model.name.title()}.objects.filter(title=q)")
    first = (*(view.step(each, None, "request.user") for each in templates.login()), listing)
    bodies: dict[Template, Step] = {}
    for kind in random.choices(list(BODIES), list(BODIES.values()), k=random.randint(6, 9)):
        template, cause, code = templates.body(kind, *_relation(random, models))
        if template not in bodies:
            bodies[template] = view.step(template, cause, code, listing.call_site)
    one_offs: dict[Template | str, tuple[Step, ...]] = {}
    for kind in random.choices(list(ONE_OFFS), list(ONE_OFFS.values()), k=9):
        made = templates.one_off(kind, *_relation(random, models))
        # Two cursors would be two of PostgreSQL's FETCH.
        one_offs[kind if kind == "cursor" else made[0]] = tuple(
            view.step(each, None, "service.load(rows)") for each in made
        )
    return Route(view.route, first, list(bodies.values()), list(one_offs.values()))


def _relation(random: Random, models: list[Model]) -> tuple[Model, Model]:
    child = random.choice(models)
    return child, random.choice(child.targets)


class _View:
    """The function behind a route; each of its steps is a line further down."""

    def __init__(self, model: Model, number: int) -> None:
        self.model = model
        self.route = f"{model.app}/{model.name}s/{number}/<int:pk>/"
        self._function = f"{model.name}_list_{number}"
        self._file = f"{model.app}/views/{model.name}_{number}.py"
        self._line = 20

    def step(
        self, template: Template, cause: Cause | None, code: str, origin: Place | None = None
    ) -> Step:
        self._line += 3
        place = self._place(self._line, code, 8)
        loop = self._place(self._line - 1, "for row in rows:", 4) if origin else None
        lazy = _LAZY_FRAMES if origin else ()
        frames = (*_QUERY_FRAMES, *lazy, (place.path, place.line, place.function))
        return Step(template, cause, place, loop, origin, frames)

    def _place(self, line: int, code: str, column: int) -> Place:
        return Place(
            *(self._file, line, line, self._function, code),
            column=column,
            end_column=column + len(code),
            path=self._file,
        )
