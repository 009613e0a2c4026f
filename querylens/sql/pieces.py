"""What is written for a token: its text and the space after it.

A token that wants no space before it takes that of the piece before away. So most tokens only
have to be appended.
"""

from __future__ import annotations

# Letters, digits, `_`, `$`, and whatever is not ASCII: so no Unicode table of the running Python
# has a say. Named by what it is not, because `re` takes a millisecond to compile a wide range.
WORD = r"[^\x00-\x23\x25-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]"

_KEYWORDS = """
    ABSOLUTE ALL AND AS BACKWARD BETWEEN BY CASE CHECK CONFLICT DEFAULT DISTINCT DIV ELSE ESCAPE
    EXCEPT FETCH FILTER FOR FORWARD FROM GLOB HAVING ILIKE IN INTERSECT INTERVAL INTO IS JOIN KEY
    LATERAL LIKE LIMIT MATERIALIZED MOD NEXT NOT OFFSET ON OR OVER RECURSIVE REGEXP RELATIVE RETURN
    RETURNING RLIKE SELECT SET THEN TO UNION UPDATE USING VALUES WHEN WHERE WINDOW WITH WITHIN XOR
"""
_OPERATORS = """
    + - * / % = < > ! ~ & | ^ # @ : <> != <= >= == <=> << >> || && := => -> ->> #> #>> #- @> <@ @@
    @? ?| ?& <-> <#> -|- <<| |>> &< &> &<| |&> |/ ||/ ~~ ~* !~ !~* ~~* !~~ !~~* ^@ !! **
"""
VALUE = "? "
SIGNS = frozenset({"- ", "+ "})
OPERATORS = frozenset(f"{operator} " for operator in _OPERATORS.split())

#: After these an operand follows: a sign there belongs to the number, and a parenthesis does not
#: hold the arguments of a function.
BEFORE_OPERAND = OPERATORS | {f"{word} " for word in _KEYWORDS.split()} | {"(", "[", ", "}
