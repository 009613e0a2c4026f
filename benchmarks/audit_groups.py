"""Whether what was found in the inputs of `audit_inputs` is what was put there.

    python -m benchmarks.audit_groups --statements 200000 --seed 7

Run as a program, it makes the same statements again and takes the fingerprint of each text: a
template with two fingerprints was *split*, and templates with one fingerprint were *merged*.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from benchmarks.workload.requests import Sent, Workload
from benchmarks.workload.texts import mysql_text, postgres_text, sent_text
from querylens.sql import fingerprint

#: For each input, which text of a template in `truth.json` it tells, and the vendor.
TEXTS = {
    "traces": ("sent", "postgresql"),
    "otlp.jsonl": ("sent", "postgresql"),
    "postgresql.log": ("postgresql", "postgresql"),
    "mysql-slow.log": ("mysql", "mysql"),
}


class Made(Protocol):
    """A report, and the input that it is about."""

    input: str
    output: Path


def found_by_us(run: Made, truth: dict) -> str:
    """Of the templates in bodies, how many our report has with the true number of queries."""
    key, vendor = TEXTS[run.input]
    templates = {each["number"]: fingerprint(each[key], vendor) for each in truth["templates"]}
    true: Counter[str] = Counter()
    for _, template, count, _ in truth["bodies"]:
        true[templates[template]] += count
    found: Counter[str] = Counter()
    for finding in json.loads(run.output.read_text())["findings"]:
        if finding["fingerprint"] is not None:
            tally = finding.get("tally") or {"queries": finding["count"]}
            found[finding["fingerprint"]["id"]] += tally["queries"]
    exact = sum(found[each] == count for each, count in true.items())
    told = [f"{exact:,} of {len(true):,} exact"]
    told += [f"{len(true.keys() - found.keys()):,} missed"] * bool(true.keys() - found.keys())
    told += [f"{len(found.keys() - true.keys()):,} others"] * bool(found.keys() - true.keys())
    return ", ".join(told)


def found_by_peer(run: Made, truth: dict) -> str:
    """How many different statements a peer tells of, beside the number of templates."""
    templates = truth["inputs"][run.input]["templates"]
    if run.output.suffix == ".json":
        normalised = json.loads(run.output.read_text(errors="replace"))["normalyzed_info"]
        found = f"{sum(map(len, normalised.values())):,}"
    elif run.output.suffix == ".txt":
        # `# Overall: 200.00k total, 2.11k unique, …`
        match = re.search(r"^# Overall: .* ([\d.]+k?) unique", run.output.read_text(), re.MULTILINE)
        found = match[1] if match else "?"
    else:
        return ""
    return f"{found} for {templates:,}"


def split_and_merged(workload: Workload) -> dict[str, tuple[int, int, int]]:
    """For each kind of text: the templates, how many were split, how many were merged."""
    texts: dict[str, Callable[[Sent], str]] = {
        "sent": _sent,
        "postgresql": lambda sent: postgres_text(sent.step.template, sent.values, sent.size),
        "mysql": lambda sent: mysql_text(sent.step.template, sent.values, sent.size),
    }
    fingerprints = {name: defaultdict(set) for name in texts}
    for _, sent, _ in workload.sent():
        for name, text in texts.items():
            vendor = "mysql" if name == "mysql" else "postgresql"
            shape = fingerprint(text(sent), vendor)
            fingerprints[name][sent.step.template.number].add(shape)
    counted = {}
    for name, by_template in fingerprints.items():
        owners = Counter(shape for shapes in by_template.values() for shape in shapes)
        split = sum(len(shapes) > 1 for shapes in by_template.values())
        merged = sum(owners[shape] > 1 for shapes in by_template.values() for shape in shapes)
        counted[name] = (len(by_template), split, merged)
    return counted


def _sent(sent: Sent) -> str:
    template = sent.step.template
    return template.sql % sent.values if template.is_transaction else sent_text(template, sent.size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--statements", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--one-request", action="store_true", help="that never ends")
    options = parser.parse_args()
    workload = Workload(options.statements, options.seed, one_request=options.one_request)
    for name, (templates, split, merged) in split_and_merged(workload).items():
        print(
            f"fingerprints of {name} texts: {templates:,} templates, {split} split, {merged} merged"
        )


if __name__ == "__main__":
    main()
