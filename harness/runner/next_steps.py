"""What to do about each class of failure, where the contract does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract import classes

if TYPE_CHECKING:
    from collections.abc import Mapping

HANDSHAKE = "look at what answers the upgrade: its `Sec-WebSocket-...` headers, and the subprotocol that it chooses"
"""Of `not-upgraded`, where the answer was a 101."""

NEXT_STEPS: Mapping[str, str] = {
    classes.NO_ANSWER: "does the service run, and does the handler answer before it does the work?",
    classes.REFUSED: "look at the socket's host, port and TLS, and whether something listens there",
    classes.NOT_UPGRADED: (
        "look at the socket's path, its credentials, and whether a proxy on the way passes the `Upgrade` on"
    ),
    classes.OPEN_BUT_NOTHING: (
        "does the socket's handler know this job, and does it read what the client sends? start there, then at the work"
    ),
    classes.ACKNOWLEDGED_BUT_NOTHING: (
        "the socket works, so look at the work: was it started and kept alive after the answer, and does an error in "
        "its calls that report progress go unseen?"
    ),
    classes.STOPPED: "look at what the work does right after that message: it died or hangs there, and told nobody",
    classes.CLOSED_WITHOUT_END: "look at who closed: a server that restarted or crashed, a proxy's idle time-out",
    classes.NOT_CLOSED: (
        "close the socket after the terminal message, or take `close` out of the contract if it is not promised"
    ),
    classes.SERVER_ERROR: (
        "find the error in the service by the time of this request: what it told the client is all that is known here"
    ),
    classes.WRONG_REFUSAL: "look at how the handler checks its input, before it makes a job",
    classes.WRONG_ANSWER: "send the request by hand and compare; was the answer changed without the contract?",
    classes.AFTER_THE_END: "something still works on a job that has ended: let it stop before the terminal message",
    classes.REPEATED_MESSAGE: "look for work that is done twice, or a report that is tried again after it had arrived",
    classes.FOREIGN_MESSAGE: (
        "who sends it? if it is meant, declare it under `messages`, and under `anytime` if it has no place in the order"
    ),
    classes.LOST_MESSAGE: "find where this message is sent: is it skipped, does sending it fail unseen, is it dropped?",
    classes.WRONG_ORDER: "are messages sent by several workers, or without waiting for the one before?",
    classes.WRONG_CLOSE: "look at what ends the connection; an error after the terminal message is still an error",
    classes.WRONG_SHAPE: "compare the message with the schema: which of the two was changed last?",
    classes.WRONG_TOTALS: "recount from the messages in the trace, then look at where the service keeps its count",
    classes.BROKEN_RELATION: "look at the values: which of the two sides is right?",
    classes.TOO_LATE: (
        "is the target slower than it was, or only far away (then give it `slack`), or the deadline too tight?"
    ),
    classes.LOST_TO_LATE_CLIENT: (
        "keep a job's messages and send them to whoever connects, or promise less with `late_join: {snapshot: KIND}`"
    ),
    classes.LOST_ON_RESTART: (
        "is the job written down before it is accepted, with all that it has said, and does the service look for "
        "unfinished jobs when it starts?"
    ),
}
"""By stage, or by class where it has no stages."""
