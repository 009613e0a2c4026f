"""Functions of a services module that send a query for each row, and the same without."""

from __future__ import annotations

#: By name: what is slow, and what somebody wrote who knew.
SLOW = {
    "forward": """
def ${item}_rows(limit):
    rows = []
    for $item in $Item.objects.filter(is_active=True)[:limit]:
        row = {"title": $item.title, "price": $item.price}
        row["by"] = $item.$owner.name  #!QL101
        rows.append(row)
    return rows
""",
    "deep": """
def ${line}_report(day):
    $lines = $Line.objects.filter(created__date=day).select_related("$item")
    return [f"{$line.note}: {$line.$item.$owner.name}" for $line in $lines]  #!QL101
""",
    "sorted": """
def ${items}_by_${owner}():
    found = list($Item.objects.order_by("title"))
    return sorted(found, key=lambda $item: $item.$owner.name)  #!QL101
""",
    "branch": """
def ${items}_for(user):
    if user.is_staff:
        return $Item.objects.select_related("$owner")
    return $Item.objects.filter(is_active=True)


def ${item}_labels(user):
    labels = {}
    for $item in ${items}_for(user):
        labels[$item.pk] = $item.$owner.name  #!QL101
    return labels
""",
    "label": """
def ${item}_label_list():
    return [$item.${owner}_label for $item in $Item.objects.active()]
""",
    "described": """
def ${item}_descriptions():
    lines = []
    for $item in $Item.objects.all():
        lines.append(describe($item))
    return lines
""",
    "reverse": """
def ${owner}_totals():
    totals = {}
    for $owner in $Owner.objects.order_by("name"):
        totals[$owner.name] = sum($item.price for $item in $owner.$items.all())  #!QL102
    return totals
""",
    "filtered": """
def active_${items}():
    found = []
    for $owner in $Owner.objects.prefetch_related("${items}"):
        for $item in $owner.$items.filter(is_active=True):  #!QL103
            found.append($item.title)
    return found
""",
    "tags": """
def ${item}_keywords():
    words = {}
    for $item in $Item.objects.select_related("$owner"):
        words[$item.pk] = ", ".join(tag.name for tag in $item.tags.all())  #!QL102
    return words
""",
    "count": """
def ${owner}_sizes():
    sizes = []
    for $owner in $Owner.objects.all():
        sizes.append(($owner.name, $owner.$items.count()))  #!QL105
    return sizes
""",
    "exists": """
def empty_${items}():
    empty = []
    for $item in $Item.objects.all():
        if not $item.$lines.exists():  #!QL105
            empty.append($item)
    return empty
""",
    "get": """
def ${items}_of(codes):
    found = []
    for code in codes:
        found.append($Item.objects.get(code=code))  #!QL104
    return found
""",
    "first": """
def match_${items}(rows):
    matched = {}
    for row in rows:
        $item = $Item.objects.filter(code=row["code"]).first()  #!QL104
        if $item is not None:
            matched[row["code"]] = $item
    return matched
""",
    "one_call_deep": """
def find_${owner}(name):
    return $Owner.objects.filter(name=name).first()  #!QL104~


def ${owners}_of(rows):
    found = []
    for row in rows:
        $owner = find_${owner}(row["name"].strip())
        if $owner:
            found.append($owner)
    return found
""",
    "create": """
def add_${lines}($item, rows):
    for row in rows:
        $Line.objects.create($item=$item, note=row["note"], amount=row["amount"])  #!QL201
""",
    "save": """
def reprice_${items}(factor):
    for $item in $Item.objects.filter(is_active=True):
        $item.price = round($item.price * factor, 2)
        $item.save()  #!QL202
""",
    "update": """
def set_${item}_prices(prices):
    for pk, price in prices.items():
        $Item.objects.filter(pk=pk).update(price=price)  #!QL202
""",
    "delete": """
def drop_old_${lines}(before):
    for $line in $Line.objects.filter(created__lt=before):
        $line.delete()  #!QL203
""",
    "get_or_create": """
def ensure_${owners}(names):
    made = []
    for name in names:
        $owner, _ = $Owner.objects.get_or_create(name=name)  #!QL204
        made.append($owner)
    return made
""",
    "add": """
def tag_${items}(tag):
    for $item in $Item.objects.filter(is_active=True):
        $item.tags.add(tag)  #!QL205
""",
}

FAST = {
    "forward": """
def ${item}_rows_joined(limit):
    rows = []
    for $item in $Item.objects.filter(is_active=True).select_related("$owner")[:limit]:
        rows.append({"title": $item.title, "by": $item.$owner.name, "owner": $item.${owner}_id})
    return rows
""",
    "deep": """
def ${line}_report_joined(day):
    $lines = $Line.objects.filter(created__date=day).select_related("${item}__$owner")
    return [f"{$line.note}: {$line.$item.$owner.name}" for $line in $lines]
""",
    "branch": """
def ${items}_seen_by(user):
    if user.is_staff:
        return $Item.objects.select_related("$owner")
    return $Item.objects.filter(is_active=True).with_${owner}()


def ${item}_names(user):
    return {$item.pk: $item.$owner.name for $item in ${items}_seen_by(user)}
""",
    "reverse": """
def ${owner}_sums():
    sums = {}
    for $owner in $Owner.objects.order_by("name").prefetch_related("$items"):
        sums[$owner.name] = sum($item.price for $item in $owner.$items.all())
    return sums
""",
    "tags": """
def ${item}_tag_names():
    queryset = $Item.objects.prefetch_related("tags", "$lines")
    return {$item.pk: [tag.name for tag in $item.tags.all()] for $item in queryset}
""",
    "count": """
def ${owner}_counts():
    counted = $Owner.objects.annotate(size=Count("$items"))
    return [($owner.name, $owner.size) for $owner in counted]
""",
    "in_bulk": """
def ${items}_at_once(codes):
    by_code = $Item.objects.in_bulk(codes, field_name="code")
    return [by_code[code] for code in codes if code in by_code]
""",
    "create": """
def import_${lines}($item, rows):
    $Line.objects.bulk_create(
        $Line($item=$item, note=row["note"], amount=row["amount"]) for row in rows
    )
""",
    "save": """
def raise_${item}_prices(factor):
    changed = []
    for $item in $Item.objects.filter(is_active=True):
        $item.price = round($item.price * factor, 2)
        changed.append($item)
    $Item.objects.bulk_update(changed, ["price"], batch_size=500)
""",
    "update": """
def close_${items}(before):
    return $Item.objects.filter(created__lt=before).update(is_active=False)
""",
    "id": """
def ${owner}_ids_of(found):
    ids = set()
    for $item in $Item.objects.filter(code__in=found):
        ids.add($item.${owner}_id)
    return ids
""",
    "values": """
def ${item}_pairs():
    pairs = []
    for code, name in $Item.objects.values_list("code", "${owner}__name"):
        pairs.append(f"{code} ({name})")
    return pairs
""",
    "constants": """
def check_${items}_setup():
    missing = []
    for name in ("default", "archive"):
        if not $Tag.objects.filter(name=name).exists():
            missing.append(name)
    return missing
""",
    "one": """
def ${item}_page(code):
    $item = $Item.objects.get(code=code)
    rows = [($line.note, $line.amount) for $line in $item.$lines.all()]
    return {"title": $item.title, "by": $item.$owner.name, "rows": rows}
""",
    "hit": """
def free_${item}_code(base):
    for number in itertools.count(1):
        code = f"{base}-{number}"
        if not $Item.objects.filter(code=code).exists():
            return code
""",
    "sum": """
def ${item}_turnover(day):
    found = $Line.objects.filter(created__date=day).aggregate(total=Sum("amount"))
    return found["total"] or 0
""",
}
