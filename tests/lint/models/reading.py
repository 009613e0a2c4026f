"""Models of source trees, as `querylens lint` reads them."""

from __future__ import annotations

import ast
from pathlib import Path

from querylens.lint.models import Models, facts_of
from querylens.lint.project import File, Project

ROOT = Path(__file__).parents[3]


def project_of(*folders: str, root: Path = ROOT) -> Project:
    files = {}
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            shown = path.relative_to(root).as_posix()
            is_package = path.name == "__init__.py"
            name = shown.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            files[name] = File(name, str(path), shown, is_package)
    return Project(files, lambda file: ast.parse(Path(file.path).read_text()))


def models_of(*folders: str, root: Path = ROOT, is_apart=lambda name: False) -> Models:
    project = project_of(*folders, root=root)
    modules = filter(None, map(project.module, project.files))
    facts = {module.name: facts_of(module) for module in modules}
    return Models.of(project, facts, is_apart=is_apart)


def written_project(root: Path, files: dict[str, str]) -> Project:
    """A project of these files, each with the packages it needs."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for folder in path.relative_to(root).parents[:-1]:
            (root / folder / "__init__.py").touch()
        path.write_text(text)
    return project_of(".", root=root)


def models_in(project: Project, **options) -> Models:
    modules = filter(None, map(project.module, project.files))
    return Models.of(project, {module.name: facts_of(module) for module in modules}, **options)
