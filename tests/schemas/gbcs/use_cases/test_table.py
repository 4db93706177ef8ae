"""The table of use cases against the DUIS grammar: what a declaration reads from a body can be there."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dcc_sim.identities import BROKER
from dcc_sim.transform import CREDENTIALS, Broker, transform
from schemas.duis.bodies import BODIES
from schemas.duis.document import parse
from schemas.duis.node import Node
from schemas.duis.request import read_request
from schemas.duis.shape import Choice, Element, Part, Repeat, Sequence, Shape
from schemas.errors import Malformed, NotAllowed
from schemas.eui import EUI64
from schemas.gbcs.use_cases.declare import DeviceType, HubLog, Known, OtherDevice, UseCase
from schemas.gbcs.use_cases.table import USE_CASES, by_code, by_name, by_service, for_request
from tests.dcc_sim.services import SERVICES
from tests.schemas.gbcs.use_cases.test_round_trip import request
from tests.schemas.gbcs.use_cases.vectors import ROOT, templates


class Watched(Node):
    """A body that checks every path it is asked for against the shape of its element."""

    shape: Shape

    def find(self, path: str) -> Node | None:
        """As Node's, after the check."""
        self.check(path)
        return super().find(path)

    def all(self, path: str) -> tuple[Node, ...]:
        """As Node's, after the check."""
        self.check(path)
        return super().all(path)

    def has(self, path: str) -> bool:
        """As Node's, after the check."""
        self.check(path)
        return super().has(path)

    def value_of(self, path: str) -> object:  # type: ignore[override]
        """As Node's, after the check."""
        self.check(path)
        return super().value_of(path)

    def check(self, path: str) -> None:
        """The path must be one of the grammar's."""
        shape = self.shape
        for name in path.split("/") if path else ():
            if name.startswith("@"):
                assert name[1:] in shape.attributes, f"{self.name} has no attribute {path}"
                return
            shapes = dict(elements(shape.parts))
            assert name in shapes, f"{self.name} has no {path}"
            shape = shapes[name]


def elements(parts: tuple[Part, ...]) -> Iterator[tuple[str, Shape]]:
    """The child elements of a shape."""
    for part in parts:
        match part:
            case Element(name, shape, _):
                yield name, shape
            case Sequence(inner) | Choice(inner):
                yield from elements(inner)
            case Repeat(inner_part, _, _):
                yield from elements((inner_part,))


def watched(node: Node, shape: Shape, kind: type[Watched] = Watched) -> Watched:
    """A body that watches what is asked of it, and of all below it."""
    shapes = dict(elements(shape.parts))
    children = tuple(watched(child, shapes[child.name], kind) for child in node.children)
    copy = kind(node.name, node.attributes, node.value, node.lexical, children)
    copy.shape = shape
    return copy


def samples() -> Iterator[tuple[str, str, Node]]:
    """Bodies of load control of our own, and those of the public templates: use case, service, body."""
    for service, (_, body) in SERVICES.items():
        asked = request(service, body)
        yield for_request(asked).name, service, asked.body
    for template in templates():
        yield template.use_case.name, template.use_case.service, template.request.body


@pytest.mark.parametrize(("name", "service", "body"), list(samples()))
def test_every_path_is_in_the_grammar(name: str, service: str, body: Node) -> None:
    """A misspelt path would read as absent; here it fails."""
    use_case = by_name(name)
    asked = request(service, body)
    watching = watched(asked.body, BODIES[use_case.element])
    changed = replace(asked, body=watching)
    assert use_case.applies(watching)
    assert transform(changed, use_case) == transform(asked, use_case)


EVERYTHING = Known(
    "1234",
    HubLog(bytes(8), ()),
    twin=True,
    other=OtherDevice(DeviceType.GSME),
    proxy_log=((EUI64(bytes(8)), DeviceType.ESME),),
)


class Asked(Watched):
    """A body that watches what is read of it; a part that several services share may ask whether something is there."""

    def has(self, path: str) -> bool:
        """As Node's."""
        return Node(*self).has(path)


@pytest.mark.parametrize("path", sorted((ROOT / "duis-templates").glob("*.XML")), ids=lambda path: path.stem)
def test_every_path_of_every_template_is_in_the_grammar(path: Path) -> None:
    """The same for all service requests that reach a device."""
    asked = read_request(parse(path.read_bytes()))
    name, service = path.name.split("_")[0], asked.service_reference_variant
    for use_case in (each for each in USE_CASES if each.name == name and each.service == service):
        watching = replace(asked, body=watched(asked.body, BODIES[use_case.element], Asked))
        broker = Broker(BROKER, 1) if use_case.brokered or asked.body.has(CREDENTIALS) else None
        assert use_case.applies(watching.body)
        expected = transform(asked, use_case, broker, EVERYTHING)
        assert transform(watching, use_case, broker, EVERYTHING) == expected


def test_watching_finds_a_misspelt_path() -> None:
    """The test above can fail."""
    body = watched(request("7.13", SERVICES["7.13"][1]).body, BODIES["SetAuxiliaryControllerState"])
    with pytest.raises(AssertionError, match="CommandedStateLevels"):
        body.has("CommandedStateLevels")
    with pytest.raises(AssertionError, match="attribute"):
        body.has("@controller")


@pytest.mark.parametrize("use_case", USE_CASES, ids=lambda use_case: use_case.name)
def test_declaration(use_case: UseCase) -> None:
    """Each use case is found by its name, its code and its service, and its element is one of DUIS's."""
    assert by_name(use_case.name) is use_case
    assert use_case in by_code(use_case.code)
    assert use_case in by_service(use_case.service)
    # Some are asked for by no service request: the DCC or a device sends them by itself.
    assert use_case.element in BODIES if use_case.service else not use_case.element
    assert use_case.devices
    assert 0 <= use_case.code <= 0xFFFF


def test_names_are_unique() -> None:
    """A stored request names its use case."""
    names = [use_case.name for use_case in USE_CASES]
    assert len(set(names)) == len(names)


def test_unknown_names() -> None:
    """Errors, not None."""
    with pytest.raises(Malformed):
        by_name("ECS0")
    assert by_code(0xFFFF) == ()
    assert by_service("9.9") == ()
    uncarried = replace(request("7.13", SERVICES["7.13"][1]), service_reference_variant="99.1")
    with pytest.raises(NotAllowed):
        for_request(uncarried)
