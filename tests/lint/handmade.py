"""Findings of source made by hand, and a project to find them in."""

from __future__ import annotations

from querylens.lint.linted import Linted, NotFollowed
from querylens.model import Cause, Finding, Fix, GroupTotals, Place
from querylens.rules import RULES

INFO = {rule.info.code: rule.info for rule in RULES}

VIEWS = """\
from shop.models import Item


def listing():
    names = []
    for item in Item.objects.all():
        names.append(item.shelf.name)
    return names


def search(names):
    return [Item.objects.get(name=name) for name in names]
"""

QUERYSET = Place("shop/views.py", 6, 6, "listing", "Item.objects.all()", column=16, end_column=34)
LOOP = Place("shop/views.py", 6, 7, "listing", "for item in Item.objects.all():")
ACCESS = Place(
    "shop/views.py",
    *(7, 7, "listing", "names.append(item.shelf.name)"),
    column=21,
    end_column=31,
)
LOOKUP = Place("shop/views.py", 12, 12, "search", "Item.objects.get(name=name)", column=12)


def found(code, place, message, **more):
    """A finding of source."""
    nothing = {"cause": None, "loop": None, "origin": None, "fix": Fix("none")}
    return Finding(
        INFO[code],
        message,
        call_site=place,
        group=GroupTotals.unsent(),
        count=0,
        saved=0,
        evidence="source",
        **(nothing | more),
    )


LAZY = found(
    "QL101",
    ACCESS,
    "shop.Item.shelf is fetched for each row",
    cause=Cause("forward", "attribute", "shop.Shelf", "shop.Item.shelf", "shelf", to_one=True),
    loop=LOOP,
    origin=QUERYSET,
    fix=Fix("select_related", '.select_related("shelf")', QUERYSET),
)
ONE_BY_ONE = found(
    "QL104",
    LOOKUP,
    "shop.Item is looked up by name in a loop",
    cause=Cause("lookup", "get", "shop.Item", fields=("name",)),
    loop=LOOKUP,
    fix=Fix("in_bulk", "rows = Item.objects.in_bulk(…)", caveats=("Gather it before.",)),
)
UNSURE = NotFollowed(Place("shop/views.py", 9), "it is not known what rows() gives")
FILES = ("shop/views.py", "shop/templates/shop/list.html")


def linted(*findings, **more):
    """What `querylens.lint.lint` gives: by default of two files."""
    return Linted(findings, **({"files": FILES, "lines": 40, "not_followed": (UNSURE,)} | more))


def write_project(folder, **files):
    """A project of one module, and whatever else is given."""
    views = folder / "shop" / "views.py"
    views.parent.mkdir(parents=True)
    views.write_text(VIEWS)
    (folder / "pyproject.toml").write_text("[tool.querylens]\n")
    (folder / "shop" / "templates" / "shop").mkdir(parents=True)
    (folder / "shop" / "templates" / "shop" / "list.html").write_text("{{ item.shelf }}\n")
