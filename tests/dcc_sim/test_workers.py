"""`dcc-sim serve --workers 2` as its users see it: one address, whoever answers."""

from pathlib import Path

import httpx
from click.testing import CliRunner

from dcc_sim.cli import main
from dcc_sim.identities import CHARGER, SUPPLIER
from dcc_sim.media import XML
from dcc_sim.user import StandInUser
from tests.dcc_sim.services import SERVICES
from tests.pairs import START
from tests.process import serving, url_of

CONNECTIONS = 12
"""So many that the system hardly deals all of them to one worker."""


def test_one_address_for_everything(tmp_path: Path) -> None:
    """Requests over many connections, each answered; the control API, trace and metrics tell of all of them."""
    from dcc_sim.world import World

    world = World(1, START, traced=False)
    user = StandInUser("Supplier", world.users[SUPPLIER], world.smki)
    with serving("--workers", "2", "--database", f"sqlite:///{tmp_path}/dcc.sqlite", "--smki-port", "0") as said:
        base = url_of(said["DUIS"][0])
        names = []
        for _ in range(CONNECTIONS):
            request = user.request(CHARGER, "7.15", 1, SERVICES["7.15"][1])
            xml = user.write(request)
            got = httpx.post(f"{base}/api/v1/serviceS", content=xml, headers={"Content-Type": XML}, timeout=30)
            assert user.read(got.content).code == "I99"
            names.append(str(request.request_id))
        with httpx.Client(base_url=base, timeout=30) as http:
            assert http.get("/api/v1/serviceS").status_code == 405
            assert http.post("/api/v1/serviceX").status_code == 404
            assert http.post("/sim/clock/advance", json={"seconds": -1}).status_code == 422
            assert http.post("/sim/clock/advance", json={"seconds": 10}).status_code == 200
            box = http.get(f"/sim/users/{SUPPLIER}/responses").json()
            assert [each["request"] for each in box] == names
            trace = http.get("/sim/trace", params={"request": names[-1]}).json()
            assert [each["what"].split()[0] for each in trace if each["kind"] == "DUIS"] == ["serviceS", "I99"]
            assert (
                f'{{command_variant="1",response_code="I99",service="7.15"}} {CONNECTIONS}.0'
                in http.get("/metrics").text
            )


def test_memory_is_refused_by_name() -> None:
    """Before anything starts, in one line."""
    answer = CliRunner().invoke(main, ["serve", "--workers", "2"])
    assert answer.exit_code == 1
    assert answer.output == "Error: database: is a SQLite file or a PostgreSQL one, where several processes share it\n"
