"""Documents reach the user's callback: in order, once, whatever the callback does in between."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse
from starlette.routing import Route

from dcc_sim import home
from dcc_sim.delivery import Callbacks
from dcc_sim.gateway import build
from dcc_sim.media import XML
from dcc_sim.pace import Stage
from dcc_sim.server import LOOPBACK, serving
from tests.dcc_sim.services import SERVICES
from tests.pairs import START, Pair, set_state


class Callback:
    """A user's Receive Response service, that can be out of order."""

    def __init__(self) -> None:
        self.status = 204
        self.asked = 0
        self.bodies: list[bytes] = []
        self.app = Starlette(routes=[Route("/{user}", self._take, methods=["POST"])])

    async def _take(self, request: HttpRequest) -> HttpResponse:
        self.asked += 1
        assert request.headers["content-type"] == XML
        if 200 <= self.status < 300:
            self.bodies.append(await request.body())
        return HttpResponse(status_code=self.status)


Story = Callable[[Pair, Callback, Callbacks, httpx.AsyncClient], Awaitable[None]]


def play(pair: Pair, story: Story) -> None:
    """Run a story with a gateway that posts to a callback, all in process."""

    async def run() -> None:
        callback = Callback()
        transport = httpx.ASGITransport(callback.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://user") as client:
            callbacks = Callbacks(pair.store, client, pair.world.delivered)
            gateway = httpx.ASGITransport(build(pair.world, callbacks))
            async with httpx.AsyncClient(transport=gateway, base_url="http://gateway") as control:
                await story(pair, callback, callbacks, control)

    asyncio.run(run())


def ask(pair: Pair, count: int) -> None:
    """So many commands, each with a device response waiting in the world."""
    for level in range(count):
        pair.command(pair.supplier, home.CHARGER, "7.13", set_state(START, START + timedelta(hours=1), level))


def register(control: httpx.AsyncClient, user: object = home.SUPPLIER) -> Awaitable[httpx.Response]:
    """Register the callback's address."""
    return control.put(f"/sim/users/{user}/callback", json={"url": f"http://user/{user}"})


async def advance(control: httpx.AsyncClient) -> None:
    """Ten virtual seconds."""
    (await control.post("/sim/clock/advance", json={"seconds": 10})).raise_for_status()


def documents(pair: Pair, user: object = home.SUPPLIER) -> list[bytes]:
    """The mailbox as stored."""
    return [each.document for each in pair.store.mailbox(user)]  # type: ignore[arg-type]


def test_posted_once_and_in_order(pair: Pair) -> None:
    """Each document of the mailbox arrives byte for byte, and never again."""

    async def story(pair: Pair, callback: Callback, callbacks: Callbacks, control: httpx.AsyncClient) -> None:
        assert (await register(control)).status_code == 204
        await advance(control)
        assert callback.bodies == documents(pair)
        assert len(callback.bodies) == 3
        await advance(control)
        assert await callbacks.deliver() == 0
        assert callback.asked == 3
        assert all(each.delivered for each in pair.store.mailbox(home.SUPPLIER))

    ask(pair, 3)
    play(pair, story)


@pytest.mark.parametrize("status", [500, 503, 404, 302, 400])
def test_callback_down_then_up(pair: Pair, status: int) -> None:
    """Anything but 2xx: tried again, then kept; nothing is lost and the order stays when it comes back."""

    async def story(pair: Pair, callback: Callback, callbacks: Callbacks, control: httpx.AsyncClient) -> None:
        await register(control)
        callback.status = status
        await advance(control)
        assert callback.asked == 4, "one document tried four times; those behind it wait"
        assert not callback.bodies
        assert len(pair.store.undelivered()) == 2
        callback.status = 200
        await advance(control)
        assert callback.bodies == documents(pair)
        assert not pair.store.undelivered()

    ask(pair, 2)
    play(pair, story)


def test_callback_comes_back_between_tries(pair: Pair) -> None:
    """A short fault costs a pause, not a document."""

    async def story(pair: Pair, callback: Callback, callbacks: Callbacks, control: httpx.AsyncClient) -> None:
        await register(control)
        callback.status = 503
        going = asyncio.create_task(advance(control))
        while not callback.asked:
            await asyncio.sleep(0.01)
        callback.status = 200
        await going
        assert callback.bodies == documents(pair)
        assert callback.asked == 3

    ask(pair, 2)
    play(pair, story)


def test_nobody_listening(pair: Pair) -> None:
    """A refused connection is a fault like others: the documents stay, and one user's fault holds up no other."""

    async def run() -> None:
        callback = Callback()
        async with httpx.AsyncClient(timeout=5) as client, serving(callback.app) as port:
            callbacks = Callbacks(pair.store, client, pair.world.delivered)
            callbacks.register(home.SUPPLIER, f"http://{LOOPBACK}:1/")
            callbacks.register(home.OTHER_USER, f"http://{LOOPBACK}:{port}/x")
            assert await callbacks.deliver() == 1
            assert callback.bodies == documents(pair, home.OTHER_USER)
            callbacks.register(home.SUPPLIER, f"http://{LOOPBACK}:{port}/x")
            assert await callbacks.deliver() == 2
            assert callback.bodies[1:] == documents(pair)

    ask(pair, 2)
    pair.read(pair.other_user, home.CHARGER, "7.15", SERVICES["7.15"][1])
    pair.pass_time()
    asyncio.run(run())


def test_two_deliveries_at_once(pair: Pair) -> None:
    """Two calls at the same time still post each document once."""

    async def story(pair: Pair, callback: Callback, callbacks: Callbacks, control: httpx.AsyncClient) -> None:
        await register(control)
        assert sum(await asyncio.gather(*(callbacks.deliver() for _ in range(4)))) == 3
        assert callback.bodies == documents(pair)

    ask(pair, 3)
    pair.pass_time()
    play(pair, story)


def test_no_address_no_post(pair: Pair) -> None:
    """A user without an address reads its mailbox; with one, what waits is posted too."""

    async def story(pair: Pair, callback: Callback, callbacks: Callbacks, control: httpx.AsyncClient) -> None:
        await register(control, home.OTHER_SUPPLIER)
        assert await callbacks.deliver() == 0
        assert callback.asked == 0
        await register(control)
        assert await callbacks.deliver() == 2

    ask(pair, 2)
    pair.pass_time()
    play(pair, story)


@pytest.mark.parametrize(
    ("user", "url", "status"),
    [
        ("00-00-00-00-00-00-00-00", "http://user/x", 404),
        ("nobody", "http://user/x", 404),
        (str(home.SUPPLIER), "file:///etc/passwd", 422),
        (str(home.SUPPLIER), "ftp://user/x", 422),
        (str(home.SUPPLIER), "", 422),
    ],
)
def test_addresses_that_are_none(pair: Pair, user: str, url: str, status: int) -> None:
    """Only users of the DCC, only HTTP."""

    async def story(pair: Pair, callback: Callback, callbacks: Callbacks, control: httpx.AsyncClient) -> None:
        assert (await control.put(f"/sim/users/{user}/callback", json={"url": url})).status_code == status

    play(pair, story)


def test_mailbox_after_a_number(pair: Pair) -> None:
    """A user reads on where it left off, and never another user's documents."""
    ask(pair, 3)
    pair.pass_time()
    path = f"/sim/users/{home.SUPPLIER}/responses"
    numbers = [each["number"] for each in pair.http("GET", path).json()]
    assert numbers == sorted(numbers)
    rest = pair.http("GET", path, params={"after": numbers[0]}).json()
    assert [each["number"] for each in rest] == numbers[1:]
    assert pair.http("GET", path, params={"after": numbers[-1]}).json() == []
    assert pair.http("GET", f"/sim/users/{home.OTHER_USER}/responses").json() == []


def test_what_was_not_taken_is_posted_again_while_the_clock_stands_still(pair: Pair) -> None:
    """A callback that was down when the clock moved gets its documents when it is up; so does one after a restart."""
    ask(pair, 2)

    async def story(pair: Pair, callback: Callback, callbacks: Callbacks, control: httpx.AsyncClient) -> None:
        await register(control)
        callback.status = 503
        await advance(control)
        assert callback.bodies == []
        callback.status = 204
        again = asyncio.create_task(Stage(pair.world, callbacks, again=0.01).run())
        for _ in range(500):
            if len(callback.bodies) == 2:
                break
            await asyncio.sleep(0.01)
        again.cancel()
        assert len(callback.bodies) == 2
        assert pair.store.undelivered() == []

    play(pair, story)
