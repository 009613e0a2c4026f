"""With `-v`, a table of what was proved and how."""

from __future__ import annotations

from collections import Counter


def pytest_terminal_summary(terminalreporter, config):
    if config.option.verbose < 1:
        return
    from tests.fixes import by_hand, proving

    typed = Counter(proof.proposal.advice for proof in proving.PROOFS if not proof.faults)
    if not typed:
        return
    terminalreporter.section("fixes that were made")
    finished = Counter(done.advice for done in by_hand.all_done())
    for advice in sorted(typed | finished):
        line = f"{' '.join(advice):<50} typed {typed[advice]:3}x, by hand {finished[advice]:2}x"
        terminalreporter.write_line(line)
