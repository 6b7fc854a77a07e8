from dataclasses import replace

from reference_server.channel import Channel
from reference_server.clock import Clock
from reference_server.components import Components
from reference_server.faults.parts import BatchCalls, EditedChannel, edited, on_batch_calls, on_channel, stacked
from tests.reference_server.memory import MemoryJournal


def said(channel: type[Channel], *kinds: str) -> list[str]:
    opened = channel("job", Clock(), MemoryJournal())
    opened.publish([{"type": kind} for kind in kinds], state="{}", last=False)
    return [text.removeprefix('{"type":"').removesuffix('"}') for text in opened.since(0)]


def test_edits_are_made_one_after_the_other() -> None:
    twice = edited(lambda message: (message, message))
    louder = edited(lambda message: ({"type": message["type"] + "!"},))
    assert said(twice(Components()).stream.channel, "a") == ["a", "a"]
    assert said(louder(twice(Components())).stream.channel, "a", "b") == ["a!", "a!", "b!", "b!"]
    assert said(twice(twice(Components())).stream.channel, "a") == ["a", "a"]


def test_an_edit_of_one_channel_is_not_one_of_another() -> None:
    class Numbering(EditedChannel):
        def edit(self, message: dict[str, str]) -> list[dict[str, str]]:
            return [message | {"type": self.job_id}]

    assert said(on_channel(Numbering)(Components()).stream.channel, "a") == ["job"]
    assert said(Components().stream.channel, "a") == ["a"]


def test_a_part_is_put_on_top_once() -> None:
    class Part(Channel):
        pass

    once = stacked(Part, Channel)
    assert once.__mro__[1:3] == (Part, Channel)
    assert stacked(Part, once) is once


def test_reporters_stand_before_one_another() -> None:
    class Outer(BatchCalls):
        pass

    inner = on_batch_calls(BatchCalls)(replace(Components()))
    reporter = on_batch_calls(Outer)(inner).calls.batch_reporter(None)  # type: ignore[arg-type]
    assert isinstance(reporter, Outer)
    assert type(reporter.inner) is BatchCalls
    assert reporter.inner.inner is None
