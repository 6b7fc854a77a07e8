"""The test endpoints: a state that is not what clients were told, and steps that are said to be done and are not."""

from typing import Any

from reference_server.answers import Refusal
from reference_server.clock import Clock
from reference_server.faults.fault import Fault
from reference_server.faults.request_parts import STATE_PATH, UPDATE_PATH, Handle, on_handler
from reference_server.shapes import UpdateRequest


def _as_of_the_last_photo(handle: Handle, _: Clock) -> Handle:
    """Keeps the state with each photo, and not with the end."""

    async def get_state(job_id: str) -> Any:  # noqa: ANN401 - what an operation answers
        state = await handle(job_id)
        return state | {"overallStatus": "processing"} if state["overallStatus"] in ("complete", "canceled") else state

    return get_state


def _unless_it_fits(handle: Handle, _: Clock) -> Handle:
    """Looks the photo up, and does nothing where it finds none."""

    async def update_photo(request: UpdateRequest) -> Any:  # noqa: ANN401 - what an operation answers
        try:
            return await handle(request)
        except Refusal as refusal:
            if refusal.status != 400:
                raise
            return {"success": True}

    return update_photo


FAULTS = (
    Fault(
        name="state-stays-processing",
        family="driving",
        symptom="asked for its state, a batch that has ended is still `processing`",
        killed_by=(
            "batch-scan/afterwards/settled/body",
            "progress-object/afterwards/settled/is-what-was-announced",
        ),
        told_as=("wrong-answer", "broken-relation"),
        apply=on_handler(_as_of_the_last_photo, STATE_PATH),
    ),
    Fault(
        name="update-of-no-photo-accepted",
        family="driving",
        symptom="an update of a photo that the batch has not is answered as if it were done",
        killed_by=("progress-object/refused/status",),
        told_as=("wrong-refusal",),
        apply=on_handler(_unless_it_fits, UPDATE_PATH),
    ),
)
