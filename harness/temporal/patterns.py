"""Patterns of messages, judged by derivatives.

Theory of operation. A pattern says which sequences of events may come. `derive(pattern, event)` is the pattern
still owed once the event has been seen (Brzozowski, "Derivatives of Regular Expressions", 1964); it is `NOTHING`
exactly when no continuation allows the event, so a violation falls on the first wrong event. `expected(pattern)`
are the events that may come next, exactly; `nullable(pattern)` tells whether it may end here.

Rules of these modules: patterns are frozen data, without functions or expressions; build them with `sequence`,
`either`, `repeat`, `interleave`, `for_each` and `bind`, which keep them small; a residual is a pattern like any other
and leaves the one it came from as it was. Do not add intersection or complement: several things that must all hold are
several monitors, each with its own verdict.

`one`: a single event · `nodes`: what patterns are made of · `binding`: values that an earlier event brings ·
`derivatives`: judging · `dispatch`, `slots`: what makes thousands of interleaved items cheap · `generating`: the same
patterns the other way round. Import from here.
"""

from harness.temporal.binding import bind, substitute
from harness.temporal.derivatives import (
    choices,
    depends_on_kind_alone,
    derive,
    expected,
    expects_only,
    mentions,
    names,
    nearest,
    stranger,
)  # fmt: skip
from harness.temporal.nodes import (
    EMPTY,
    MAX_ALTERNATIVES,
    NOTHING,
    Capture,
    Either,
    Empty,
    ForEach,
    Interleave,
    Later,
    Nothing,
    Pattern,
    Repeat,
    Sequence,
    Then,
    TooAmbiguousError,
    either,
    for_each,
    interleave,
    nullable,
    repeat,
    sequence,
)  # fmt: skip
from harness.temporal.one import One, Ref

__all__ = [
    "EMPTY", "MAX_ALTERNATIVES", "NOTHING", "Capture", "Either", "Empty", "ForEach", "Interleave", "Later", "Nothing",
    "One", "Pattern", "Ref", "Repeat", "Sequence", "Then", "TooAmbiguousError", "bind", "choices",
    "depends_on_kind_alone", "derive", "either", "expected", "expects_only", "for_each", "interleave", "mentions",
    "names", "nearest", "nullable", "repeat", "sequence", "stranger", "substitute",
]  # fmt: skip
