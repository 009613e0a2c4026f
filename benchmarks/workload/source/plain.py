"""Code without a database, as most of a project is: it has loops, too."""

from __future__ import annotations

PLAIN = (
    '''
def parse_${word}_${number}(text, separator=";"):
    """Reads `key=value` pairs; what has no value gets an empty one."""
    found = {}
    for part in text.split(separator):
        part = part.strip()
        if not part:
            continue
        key, _, value = part.partition("=")
        found[key.strip().lower()] = value.strip()
    return found
''',
    '''
def group_${word}_${number}(rows, key="code", fallback="none"):
    """Rows by the value of a key, each group in the order of the rows."""
    groups = collections.defaultdict(list)
    for position, row in enumerate(rows):
        value = row.get(key) or fallback
        groups[str(value)].append((position, row))
    return {name: [row for _, row in sorted(items)] for name, items in groups.items()}
''',
    '''
class ${Word}Error${number}(ValueError):
    """A value of a ${word} that is not allowed."""

    def __init__(self, name, value, allowed=()):
        super().__init__(name)
        self.name = name
        self.value = value
        self.allowed = tuple(allowed)

    def __str__(self):
        if self.allowed:
            listed = ", ".join(str(item) for item in self.allowed)
            return f"{self.name} must be one of {listed}, not {self.value!r}"
        return f"{self.name} must not be {self.value!r}"
''',
    '''
@dataclasses.dataclass
class ${Word}Window${number}:
    """A stretch of days in which a ${word} is open."""

    first: datetime.date
    last: datetime.date
    days_off: frozenset = frozenset()

    def __contains__(self, day):
        return self.first <= day <= self.last and day.weekday() not in self.days_off

    def days(self):
        day = self.first
        while day <= self.last:
            if day in self:
                yield day
            day += datetime.timedelta(days=1)

    def overlaps(self, other):
        return self.first <= other.last and other.first <= self.last
''',
    '''
def table_of_${word}_${number}(rows, columns):
    """A table in plain text, each column as wide as its widest cell."""
    cells = [[str(row.get(column, "")) for column in columns] for row in rows]
    widths = [len(column) for column in columns]
    for line in cells:
        for index, cell in enumerate(line):
            widths[index] = max(widths[index], len(cell))
    out = ["  ".join(name.ljust(width) for name, width in zip(columns, widths))]
    for line in cells:
        out.append("  ".join(cell.ljust(width) for cell, width in zip(line, widths)))
    return "\\n".join(out)
''',
    '''
def is_valid_${word}_${number}(value, length=${number}):
    """Whether the check digit of a ${word} number is right."""
    digits = [int(sign) for sign in str(value) if sign.isdigit()]
    if len(digits) < 2 or len(digits) > length + 20:
        return False
    total = 0
    for index, digit in enumerate(reversed(digits[:-1])):
        if index % 2 == 0:
            digit *= 2
            if digit > 9:
                digit -= 9
        total += digit
    return (total + digits[-1]) % 10 == 0
''',
    '''
def split_${word}_${number}(amount, shares):
    """An amount in cents, split by shares so that nothing is lost."""
    total = sum(shares)
    if total <= 0:
        raise ValueError("shares must be positive")
    parts = [amount * share // total for share in shares]
    rest = amount - sum(parts)
    for index in range(rest):
        parts[index % len(parts)] += 1
    return parts
''',
    '''
class ${Word}Parser${number}:
    """Reads the lines of a ${word} file, and keeps what is wrong with them."""

    separator = ","
    required = ("code", "title", "price")

    def __init__(self, lines):
        self.lines = lines
        self.errors = []
        self.rows = []

    def run(self):
        header = None
        for number, line in enumerate(self.lines, start=1):
            fields = [field.strip() for field in line.rstrip("\\n").split(self.separator)]
            if header is None:
                header = fields
                self._check_header(header)
                continue
            if len(fields) != len(header):
                self.errors.append((number, f"{len(fields)} fields"))
                continue
            self.rows.append(dict(zip(header, fields)))
        return self.rows

    def _check_header(self, header):
        for name in self.required:
            if name not in header:
                self.errors.append((1, f"no column {name}"))
''',
    '''
def retry_${word}_${number}(action, times=3, wait=0.5, errors=(OSError,)):
    """Runs an action again when it fails; the last error is raised."""
    for attempt in range(1, times + 1):
        try:
            return action()
        except errors as error:
            logger.warning("attempt %d of ${word} failed: %s", attempt, error)
            if attempt == times:
                raise
            time.sleep(wait * 2**attempt)
    return None
''',
    '''
${WORD}_STATES_${number} = {
    "new": ("open", "cancelled"),
    "open": ("paid", "cancelled", "failed"),
    "paid": ("sent", "refunded"),
    "sent": ("received", "returned"),
    "received": ("closed",),
    "returned": ("refunded",),
}


def path_of_${word}_${number}(start, end):
    """The shortest way from one state to another; empty when there is none."""
    seen = {start: None}
    queue = collections.deque([start])
    while queue:
        state = queue.popleft()
        if state == end:
            break
        for following in ${WORD}_STATES_${number}.get(state, ()):
            if following not in seen:
                seen[following] = state
                queue.append(following)
    way = []
    while end is not None and end in seen:
        way.append(end)
        end = seen[end]
    return list(reversed(way))
''',
    '''
def diff_${word}_${number}(before, after, ignored=("modified",)):
    """What is different between two dictionaries, as lines for a log."""
    changes = []
    for key in sorted({*before, *after}):
        if key in ignored:
            continue
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if key not in before:
            changes.append(f"{key}: added {new!r}")
        elif key not in after:
            changes.append(f"{key}: removed {old!r}")
        else:
            changes.append(f"{key}: {old!r} became {new!r}")
    return changes
''',
)
