"""The words that choose rules, and which of two decides."""

from __future__ import annotations

import pytest

from querylens.codes import GROUPS, RULE_NAMES, closest_selector, codes_of, exactness
from querylens.config import Config, load_config
from querylens.errors import ConfigError


@pytest.mark.parametrize(
    ("given", "meant"),
    [("QL1O4", "QL104"), ("ql104", "QL104"), ("lookup-in-lop", "lookup-in-loop"), ("zzz", "")],
)
def test_an_unknown_rule_is_told_with_the_one_that_was_meant(tmp_path, given, meant):
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path, environment={"QUERYLENS_SELECT": given})

    assert closest_selector(given) == meant
    assert (f"Did you mean '{meant}'?" in str(caught.value)) == bool(meant)


@pytest.mark.parametrize(
    ("select", "extend", "ignore", "on", "off"),
    [
        (["any"], [], [], ["QL101", "QL901"], []),
        ([], [], [], [], ["QL101", "QL901"]),
        (["any"], [], ["QL1"], ["QL201"], ["QL101", "QL109"]),
        (["QL104"], [], ["QL1"], ["QL104"], ["QL101"]),
        (["QL1"], [], ["lookup-in-loop"], ["QL101"], ["QL104"]),
        (["QL104"], [], ["QL104"], [], ["QL104"]),
        (["n-plus-one"], [], [], ["QL101", "QL205", "QL502"], ["QL301", "QL501"]),
        (["any"], [], ["n-plus-one"], ["QL301"], ["QL101", "QL502"]),
        (["QL10"], ["QL301"], ["QL3"], ["QL109", "QL301"], ["QL201", "QL302"]),
        (["budget"], ["unused"], [], ["QL501", "QL401"], ["QL502", "QL101"]),
    ],
)
def test_the_longest_selector_decides(select, extend, ignore, on, off):
    config = Config(select=tuple(select), extend_select=tuple(extend), ignore=tuple(ignore))

    assert [code for code in on if not config.selects(code)] == []
    assert [code for code in off if config.selects(code)] == []


def test_every_code_and_name_is_a_selector_of_one_rule():
    assert {name: codes_of(name) for _, name in RULE_NAMES} == {
        name: (code,) for code, name in RULE_NAMES
    }
    assert all(codes_of(code) == (code,) for code, _ in RULE_NAMES)
    assert all(codes_of(group) for group in GROUPS)
    assert codes_of("any") == tuple(code for code, _ in RULE_NAMES)
    assert exactness("Q", "QL101") == 0
