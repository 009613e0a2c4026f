"""Reads the shapes of the runtime's corpus from their source."""

from __future__ import annotations

import ast
from functools import cache, partial
from pathlib import Path

from querylens.config import load_config
from querylens.lint.analysis import Entry, analyse, findings_of, read_class, read_entry
from querylens.lint.files import find_sources
from querylens.lint.models import Models, facts_of
from querylens.lint.project import Defined, Project
from querylens.lint.reader import Reader
from querylens.lint.reading import FileReader
from querylens.lint.templates import TemplateFolders
from querylens.lint.values import ClassValue, FunctionValue
from querylens.lint.world import World
from tests.project.library import populate
from tests.project.library.admin import BookAdmin, EditionAdmin
from tests.project.library.generic_views import ReviewList
from tests.shapes.places import lines, plain

ROOT = Path(__file__).parents[2]
#: Pages that requests of the shapes lead to and none of their sites names.
PAGES = {"admin_method": BookAdmin, "admin_str": EditionAdmin, "view_class_with_model": ReviewList}


@cache
def world():
    """All that the tests' project says, with its tests as a part of it."""
    config = load_config(root=ROOT)
    sources = find_sources([str(ROOT / "tests")], config, exclude=())
    project = Project(sources.modules, FileReader().parse)
    modules = [project.module(file.name) for file in sources.files]
    facts = {module.name: facts_of(module) for module in modules if module is not None}
    models = Models.of(project, facts, is_apart=lambda name: False)
    files = [file.path for found in sources.templates.values() for file in found]
    text = partial(_text, FileReader())
    return World(project, models, str(ROOT), TemplateFolders(files), text), config


def _text(files, path):
    return files.text(path, path)


def findings_in(shape):
    """Everything that is found in a shape's function and in the code of its site."""
    found, config = [], world()[1]
    reader = Reader(world()[0])
    for sent, name in sent_by(reader, shape):
        found += findings_of(sent, name, config)
    return found


def sent_by(reader, shape):
    pages = [PAGES[shape.name]] if shape.name in PAGES else []
    for site in (shape.function, *map(plain, shape.site), *pages):
        yield from _sent_by(reader, site)


def _sent_by(reader, site):
    module = reader.world.project.module(site.__module__)
    name, _, method = site.__qualname__.partition(".")
    node = module.bindings[name]
    if isinstance(node, ast.ClassDef):
        kind = ClassValue(defined=Defined(module, node))
        if not method:
            yield read_class(reader, Defined(module, node)), name
            return
        [node] = [item for item in node.body if getattr(item, "name", "") == method]
        function = FunctionValue(module=module, node=node, name=site.__qualname__, owner=kind)
        yield read_entry(reader, Entry(function, kind)), site.__qualname__
    else:
        yield read_entry(reader, Entry(FunctionValue(module=module, node=node, name=name))), name


def findings_in_project():
    """Everything that is found in the code that requests of the shapes lead to."""
    shared, config = world()
    return [
        finding
        for name in sorted(shared.project.files)
        if name.startswith("tests.project.") and name != populate.__name__
        for finding in analyse(Reader(shared), shared.project.module(name), config).findings
    ]


def is_found(shape, expectation, findings):
    """Whether one of the findings is the expected one, at the line that it is to be at."""
    places = lines(shape, expectation).access
    return any(
        finding.rule.code == expectation.rule
        and any(
            str(ROOT / finding.call_site.file) == line.file
            and line.first <= finding.call_site.line <= max(line.last, line.line)
            for line in places
        )
        for finding in findings
    )
