"""`querylens rule`: what a rule means, with an example and the fix."""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass

import click
from rich.console import Console
from rich.markdown import Markdown

from querylens.cli.selectors import unknown_selector
from querylens.codes import RULE_NAMES, codes_of
from querylens.model import RuleInfo
from querylens.rules import RULES, grows_with_rows, too_many_queries

_WIDEST = 100
#: What the codes of no module of their own mean.
_ANNOUNCED = {
    "QL401": "Rows were loaded ahead and never read. No command reports it yet.",
    "QL901": "Something could not be seen. Reports say so in a note.",
}


@click.command(
    epilog="""Examples:

    \b
      querylens rule QL104
      querylens rule lookup-in-loop
      querylens rule QL2
      querylens rule --all
    """,
)
@click.argument("code", required=False)
@click.option("--all", "is_all", is_flag=True, help="Explain every rule.")
def rule(code: str | None, *, is_all: bool) -> None:
    """Explain a rule: what it finds, why that is bad, and what to write instead.

    CODE is a code, a prefix of codes, a rule's name or a group of rules.
    """
    if (code is None) is not is_all:
        raise click.UsageError("Give a code, such as QL104, or --all.")
    codes = [known for known, _ in RULE_NAMES] if code is None else _find(code)
    _show("\n\n".join(map(_page, codes)))


def _find(word: str) -> tuple[str, ...]:
    codes = codes_of(word) or codes_of(word.upper()) or codes_of(word.lower())
    if not codes:
        raise unknown_selector("rule", word)
    return codes


@dataclass(frozen=True, slots=True)
class _Page:
    info: RuleInfo
    text: str


def _pages() -> dict[str, _Page]:
    pages = [_Page(kind.info, inspect.cleandoc(kind.__doc__ or "")) for kind in RULES]
    for module in (too_many_queries, grows_with_rows):
        text = (module.__doc__ or "").partition("\n\n")[2]
        pages.append(_Page(module.INFO, text.strip()))
    return {page.info.code: page for page in pages}


def _page(code: str) -> str:
    page = _pages().get(code)
    if page is None:
        return f"# {code} {dict(RULE_NAMES)[code]}\n\n{_ANNOUNCED[code]}"
    return f"# {code} {page.info.name}\n\n{page.info.summary}.\n\n{page.text}\n\n{page.info.url}"


def _show(text: str) -> None:
    """Laid out on a terminal; in a pipe the text as it was written."""
    if not sys.stdout.isatty():
        click.echo(text)
        return
    console = Console()
    console.print(Markdown(text), width=min(console.width, _WIDEST))
