"""What no request can cause: the application itself breaks."""

import httpx

from reference_server import application
from reference_server.components import Calls, Components
from reference_server.supervisor import Supervisor
from reference_server.work import Work


class Broken:
    def __init__(self, supervisor: Supervisor) -> None:
        pass

    def start(self, work: Work) -> None:
        raise RuntimeError("secret")


async def test_a_failure_inside_a_handler_is_an_answer_in_the_envelope() -> None:
    app = application.build(Components(calls=Calls(csv_background=Broken)))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        answer = await client.post("/api/import/csv-gemini", files={"file": ("books.csv", b"title,author\na,b")})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error"]["code"] == "E_INTERNAL"
    assert "secret" not in answer.text
