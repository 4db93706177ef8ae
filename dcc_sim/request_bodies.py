"""The body of a request from a few words: the element of its service, and values by their path."""

import re
from dataclasses import dataclass, field, replace

from dcc_sim.policy import RULES
from schemas.duis.bodies import BODIES
from schemas.duis.document import parse
from schemas.duis.node import Node
from schemas.duis.request import Request, read_request, write_request
from schemas.errors import Malformed, NotPossible
from schemas.gbcs.use_cases.declare import DeviceType
from schemas.gbcs.use_cases.table import by_service


def element_of(service: str, device: DeviceType | None = None) -> str:
    """The body's element for a service reference variant, and a type of device where that tells.

    Raises:
        Malformed: there is no such variant.
        NotPossible: its element is not known here.
    """
    if service not in RULES:
        raise Malformed("service request", f"is one of the {len(RULES)} variants of DUIS, not {service}")
    candidates = [each.element for each in by_service(service) if device is None or device in each.devices]
    if candidates:
        return candidates[0]
    name = "".join(re.findall(r"[A-Za-z0-9]+", RULES[service].name))
    if name in BODIES:
        return name
    raise NotPossible(f"body of {service}", "comes from a DUIS file: its element is not known by name")


@dataclass(slots=True)
class _Element:
    name: str
    text: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["_Element"] = field(default_factory=list)

    def node(self) -> Node:
        return Node(self.name, self.attributes, None, self.text, tuple(child.node() for child in self.children))


def body_of(element: str, values: list[tuple[str, str]]) -> Node:
    """A body of ``element`` with values by path, in order: ``Name/@attribute`` or ``Name/Name``, the last one is new.

    The shape is not checked.
    """
    root = _Element(element)
    for path, value in values:
        *parents, last = path.split("/")
        here = root
        for name in parents:
            if not here.children or here.children[-1].name != name:
                here.children.append(_Element(name))
            here = here.children[-1]
        if last.startswith("@"):
            here.attributes[last[1:]] = value
        else:
            here.children.append(_Element(last, value))
    return root.node()


def checked(request: Request) -> Request:
    """The request as DUIS reads it.

    Raises:
        Malformed: naming the path and the rule.
    """
    return read_request(parse(write_request(request)))


def from_file(xml: bytes, request: Request) -> Request:
    """The request of a DUIS file, in the name and with the counter of ``request``; a signature in it is left out.

    Raises:
        Malformed: it is no DUIS request.
    """
    found = read_request(parse(xml))
    return replace(found, request_id=request.request_id._replace(target=found.request_id.target))
