"""GBZ content, described component by component."""

from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.dlms.times import from_seconds
from schemas.gbcs.gbz import Component, Gbz, GbzAlert
from schemas.gbcs.names.alerts import alert
from schemas.gbcs.names.zigbee import cluster, command

_NOW, _NEVER = 0, 0xFFFFFFFF


def describe_gbz(content: Gbz) -> tuple[Tree, ...]:
    """The fields of a GBZ content."""
    if isinstance(content, GbzAlert):
        fields = [
            Tree("alert code", f"{content.code:04X} {alert(content.code)}"),
            Tree("time", f"{from_seconds(content.time):%Y-%m-%d %H:%M:%S}Z"),
        ]
        if content.content:
            fields.append(Tree("alert content", content.content.hex().upper()))
        return tuple(fields)
    return tuple(_component(number, each) for number, each in enumerate(content.components, start=1))


def _component(number: int, component: Component) -> Tree:
    fields = [Tree("cluster", f"{component.cluster:04X} {cluster(component.cluster)}")]
    if component.from_time is not None:
        fields.append(Tree("from date-time", _from_time(component.from_time)))
    fields += [
        Tree("frame control", f"{component.frame_control:02X}"),
        Tree("sequence", str(component.sequence)),
        Tree("command", command(component.frame_control, component.command)),
    ]
    name = "encrypted payload" if component.encrypted else "ZCL payload"
    fields.append(Tree(name, component.payload.hex().upper() or "empty"))
    return Tree(f"component {number}", "last" if component.last else "", tuple(fields))


def _from_time(seconds: int) -> str:
    if seconds == _NOW:
        return "now"
    if seconds == _NEVER:
        return "never (cancel)"
    return f"{from_seconds(seconds):%Y-%m-%d %H:%M:%S}Z"
