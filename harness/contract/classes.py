"""The classes of failure and the stages of silence, by the names that contracts, reports and docs have for them.

Every class has a page in `docs/diagnosis`; a contract may give a hint for each class and each stage.
"""

from __future__ import annotations

SILENT_JOB = "silent-job"
NOT_CLOSED = "not-closed"
LOST_TO_LATE_CLIENT = "lost-to-a-late-client"
LOST_ON_RESTART = "lost-on-restart"
SERVER_ERROR = "server-error"
WRONG_REFUSAL = "wrong-refusal"
WRONG_ANSWER = "wrong-answer"
AFTER_THE_END = "message-after-the-end"
REPEATED_MESSAGE = "repeated-message"
FOREIGN_MESSAGE = "foreign-message"
LOST_MESSAGE = "lost-message"
WRONG_ORDER = "wrong-order"
WRONG_CLOSE = "wrong-close"
WRONG_SHAPE = "wrong-shape"
WRONG_TOTALS = "wrong-totals"
BROKEN_RELATION = "broken-relation"
TOO_LATE = "too-late"
CLASSES = (
    SILENT_JOB, NOT_CLOSED, LOST_TO_LATE_CLIENT, LOST_ON_RESTART, SERVER_ERROR, WRONG_REFUSAL, WRONG_ANSWER,
    AFTER_THE_END, REPEATED_MESSAGE, FOREIGN_MESSAGE, LOST_MESSAGE, WRONG_ORDER, WRONG_CLOSE, WRONG_SHAPE,
    WRONG_TOTALS, BROKEN_RELATION, TOO_LATE,
)  # fmt: skip
"""What a violation can look like, the most specific first."""

LOSSES = frozenset({SILENT_JOB, LOST_MESSAGE, WRONG_ORDER})
"""What messages that are lost to a late client, or on a restart, look like by themselves."""

NO_ANSWER = "no-answer"
REFUSED = "refused"
NOT_UPGRADED = "not-upgraded"
OPEN_BUT_NOTHING = "open-but-nothing"
ACKNOWLEDGED_BUT_NOTHING = "acknowledged-but-nothing"
STOPPED = "stopped-after-message"
ENDED_WITHOUT_CLOSE = "ended-without-close"
CLOSED_WITHOUT_END = "closed-without-end"
STAGES = (
    NO_ANSWER, REFUSED, NOT_UPGRADED, OPEN_BUT_NOTHING, ACKNOWLEDGED_BUT_NOTHING, STOPPED, CLOSED_WITHOUT_END,
    ENDED_WITHOUT_CLOSE,
)  # fmt: skip
"""The stages at which a job goes quiet; the last is that of `not-closed`, the others those of `silent-job`."""

HINT_KEYS = (*STAGES, *CLASSES)
"""What a contract's `hints` may be given for."""
