"""Puts the project together: deterministic for a number of lines and a seed."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from benchmarks.workload.source import apps
from benchmarks.workload.source.loops import FAST, SLOW
from benchmarks.workload.source.plain import PLAIN

OWNERS = "author artist vendor maker sponsor teacher museum library garden school"
ITEMS = "book album product picture course plant recipe ticket map poster camera"
LINES = "chapter track offer edition lesson sale print note review visit step order report"
PLAIN_MODULES = 4
PLAIN_PIECES = 10
DECLARED = ("list", "page", "serializer", "admin")

MARK = re.compile(r"\s*(?:#!|\{#!)(QL\d+)(~?)(?: (\w+))?(?:#\})?$")
MANAGE = """import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""
BASE = """<!doctype html>
<title>{% block title %}{% endblock %}</title>
{% block content %}{% endblock %}
"""


@dataclass(frozen=True)
class Density:
    """Of each app, how many pieces of its services are slow, and how many are not.

    `declared` is the share of pages, serializers and admins that are slow.
    """

    slow: int
    fast: int
    declared: float


#: As in a project that nobody has looked at, and whatever there is.
SOME = Density(3, 9, 0.3)
EVERYTHING = Density(len(SLOW), len(FAST), 1)


@dataclass
class Project:
    """Files by their path, and the findings that are right: a code, and the lines that may tell."""

    files: dict[str, str] = field(default_factory=dict)
    truth: list[dict] = field(default_factory=list)

    @property
    def lines(self) -> int:
        return sum(text.count("\n") for name, text in self.files.items() if name.endswith(".py"))

    def add(self, name: str, text: str, chosen: frozenset[str] = frozenset()) -> None:
        """Adds a file; its marks become the truth, those of a piece that is not chosen don't."""
        clean = []
        marks = []
        for line in text.splitlines():
            mark = MARK.search(line)
            if mark and (mark[3] is None or mark[3] in chosen):
                marks.append((len(clean), mark[1], bool(mark[2])))
            clean.append(MARK.sub("", line))
        for index, code, is_block in marks:
            first, last = block(clean, index) if is_block else (index, index)
            place = {"file": name, "code": code, "first": first + 1, "last": last + 1}
            self.truth.append(place)
        self.files[name] = "".join(f"{line}\n" for line in clean)


def block(lines: list[str], index: int) -> tuple[int, int]:
    """The function or class at the left margin around a line."""
    first = index
    while not lines[first].startswith(("def ", "class ", "async ")):
        first -= 1
    last = index
    while last + 1 < len(lines) and (not lines[last + 1] or lines[last + 1].startswith(" ")):
        last += 1
    return first, last


def make_project(lines: int, seed: int, density: Density = SOME) -> Project:
    """A project of at least so many lines of Python."""
    project = Project()
    project.add("manage.py", MANAGE)
    project.add("templates/base.html", BASE)
    written: list[dict[str, str]] = []
    counted = 0
    while counted < lines:
        names = names_of(len(written))
        written.append(names)
        before = len(project.files)
        add_app(project, names, random.Random(f"{seed} {names['app']}"), density)
        added = list(project.files.items())[before:]
        counted += sum(text.count("\n") for name, text in added if name.endswith(".py"))
    add_settings(project, [names["app"] for names in written])
    return project


def names_of(number: int) -> dict[str, str]:
    """The names of an app; it refers to a model of the one before."""
    own = words_of(number)
    other = words_of(max(number - 1, 0))
    return {**own, "other_app": other["app"], "Other": other["Owner"]}


def words_of(number: int) -> dict[str, str]:
    owner, item, line = (
        words[number * step % len(words)]
        for words, step in ((OWNERS.split(), 1), (ITEMS.split(), 3), (LINES.split(), 5))
    )
    words = {"owner": owner, "item": item, "line": line}
    found = {"app": f"{item}s_{number:03d}", "Tag": "Tag", "Event": "Event"}
    for key, word in words.items():
        found |= {key: word, f"{key}s": f"{word}s", key.title(): word.title()}
    return found


def add_app(
    project: Project, names: dict[str, str], chance: random.Random, density: Density
) -> None:
    slow = chance.sample(sorted(SLOW), density.slow)
    fast = chance.sample(sorted(FAST), density.fast)
    # The page of an owner asks for it.
    fast = ["count", *(name for name in fast if name != "count")]
    chosen = frozenset({*slow, *(name for name in DECLARED if chance.random() < density.declared)})
    texts = {**names, **loading(names, chosen)}
    pieces = [SLOW[name] for name in slow] + [FAST[name] for name in fast]
    chance.shuffle(pieces)
    app = names["app"]
    modules = {
        "__init__.py": "",
        "models.py": apps.MODELS,
        "formatting.py": apps.FORMATTING,
        "services.py": joined(apps.SERVICES_HEAD, pieces),
        "views.py": apps.VIEWS,
        "serializers.py": apps.SERIALIZERS,
        "admin.py": apps.ADMIN,
        "urls.py": apps.URLS,
        "migrations/__init__.py": "",
        "migrations/0001_initial.py": apps.MIGRATION,
        "tests/__init__.py": "",
        "tests/test_pages.py": apps.TESTS,
        f"templates/{app}/list.html": apps.LIST,
        f"templates/{app}/$owner.html": apps.OWNER,
        f"templates/{app}/_price.html": apps.PRICE,
        f"templates/{app}/detail.html": apps.DETAIL,
        **dict(plain_modules(chance)),
    }
    for name, text in modules.items():
        shown = Template(f"{app}/{name}").substitute(texts)
        project.add(shown, Template(text).substitute(texts), chosen)


def loading(names: dict[str, str], chosen: frozenset[str]) -> dict[str, str]:
    """What is written where relations are loaded; nothing where that is forgotten."""
    owner = names["owner"]
    written = {
        "joined": ("list", f".with_{owner}()"),
        "tags_loaded": ("page", '.prefetch_related("tags")'),
        "api_joined": ("serializer", f'.select_related("{owner}")'),
        "admin_joined": ("admin", f'\n    list_select_related = ["{owner}"]'),
    }
    return {name: "" if slow in chosen else text for name, (slow, text) in written.items()}


def plain_modules(chance: random.Random) -> Iterator[tuple[str, str]]:
    for number in range(PLAIN_MODULES):
        pieces = []
        for piece in range(PLAIN_PIECES):
            word = chance.choice(LINES.split())
            names = {"word": word, "Word": word.title(), "WORD": word.upper(), "number": piece}
            pieces.append(Template(chance.choice(PLAIN)).safe_substitute(names))
        yield f"rules_{number}.py", joined(apps.PLAIN_HEAD, pieces)


def joined(head: str, pieces: list[str]) -> str:
    return "\n\n".join([head.rstrip("\n") + "\n", *(piece.strip("\n") + "\n" for piece in pieces)])


def add_settings(project: Project, labels: list[str]) -> None:
    listed = "".join(f'    "{label}",\n' for label in labels)
    standard = "".join(f'    "django.contrib.{name}",\n' for name in ("auth", "contenttypes"))
    project.add("config/__init__.py", "")
    project.add("config/settings.py", f"INSTALLED_APPS = [\n{standard}{listed}]\n")
    routes = "".join(f'    path("{name}/", include("{name}.urls")),\n' for name in labels)
    head = "from django.urls import include, path\n\n"
    project.add("config/urls.py", f"{head}urlpatterns = [\n{routes}]\n")


def write_project(folder: Path, lines: int, seed: int, density: Density = SOME) -> dict:
    """Writes a project below `folder/project`, and gives the truth of it."""
    project = make_project(lines, seed, density)
    for name, text in project.files.items():
        path = folder / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    truth = {"lines": project.lines, "files": len(project.files), "findings": project.truth}
    (folder / "truth.json").write_text(json.dumps(truth, indent=1))
    return truth
