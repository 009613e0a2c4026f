"""What a play is told as: findings and a scoreboard in the terminal, or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from demo_app.play import FORMS, PATHS, Play
from querylens.reporters.json import finding_as_dict
from querylens.reporters.terminal import TerminalReporter
from querylens.traces import TraceWriter

PATH_NAMES = {"hit": "cache hit", "miss": "cache miss", "api_down": "API down"}
FORM_NAMES = {
    "as_found": "as found",
    "relations_fixed": "relations fixed",
    "fixed": "fixed",
}
#: The forms that the article's scoreboard compares.
SCOREBOARD = {"hit": ("as_found", "fixed"), "miss": ("relations_fixed", "fixed")}

#: What the article calls the things that the rules find.
SHAPES = {
    "QL101": "shape 1",
    "QL104": "shape 2",
    "QL201": "shape 3",
    "QL302": "the profile duplicate",
}


def as_dict(play: Play) -> dict[str, Any]:
    """The play as `--json` prints it."""
    return {
        "offers": play.offers,
        "scoreboard": {
            path: {"before": play.count(path, before), "after": play.count(path, after)}
            for path, (before, after) in SCOREBOARD.items()
        },
        "paths": {path: _path_as_dict(play, path) for path in PATHS},
    }


def record(play: Play, folder: Path) -> None:
    """Writes the requests that the article compares to `folder`/before and `folder`/after.

    Each is named by the path it took: before and after a change the page has one route, and the
    demo's forms have one each.
    """
    for place, side in enumerate(("before", "after")):
        with TraceWriter(folder / side) as writer:
            for path, forms in SCOREBOARD.items():
                visit = play[path, forms[place]]
                visit.trace.name, visit.trace.kind = PATH_NAMES[path], "request"
                writer.write(visit.trace, {"method": "GET", "route": visit.route, "status": 200})


def _path_as_dict(play: Play, path: str) -> dict[str, Any]:
    return {
        **{form: play.count(path, form) for form in FORMS},
        "findings": {
            form: [finding_as_dict(finding) for finding in play[path, form].report.findings]
            for form in FORMS
        },
    }


def show(play: Play) -> None:
    """Prints the findings of each path that has some, and the scoreboard."""
    console = Console(highlight=False)
    has_color = console.is_terminal and not console.no_color
    reporter = TerminalReporter(width=console.width, color=has_color)
    for visit in play.visits:
        if visit.report.findings:
            codes = {finding.rule.code for finding in visit.report.findings}
            shapes = ", ".join(name for code, name in SHAPES.items() if code in codes)
            title = f"{PATH_NAMES[visit.path]}, {FORM_NAMES[visit.form]}: {shapes}"
            console.rule(f"[bold]{title}", align="left")
            # The report is text already: rich would take its brackets for markup.
            print(reporter.render(visit.report))
    console.print(_all_counts(play))
    console.print(_scoreboard(play))
    found, counted = play.count("miss", "as_found"), play.count("miss", "relations_fixed")
    console.print(
        f"The article counted the miss after shape 1 was fixed: {counted} before, not {found}."
    )


def _all_counts(play: Play) -> Table:
    table = Table("queries", title=f"Three forms of one page, {play.offers} offers")
    for form in FORMS:
        table.add_column(FORM_NAMES[form], justify="right")
    for path in PATHS:
        table.add_row(PATH_NAMES[path], *(str(play.count(path, form)) for form in FORMS))
    return table


def _scoreboard(play: Play) -> Table:
    table = Table("path", title="The article's scoreboard")
    for title in ("before", "after", "saved"):
        table.add_column(title, justify="right")
    for path, forms in SCOREBOARD.items():
        before, after = (play.count(path, form) for form in forms)
        table.add_row(PATH_NAMES[path], str(before), str(after), str(before - after))
    return table
