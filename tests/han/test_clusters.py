"""The cluster table: every command has its own id in its own direction, and zigpy's registry has our cluster."""

from zigpy.zcl import Cluster

from han.clusters import Tunneling


def test_replaces_zigpys_empty_cluster() -> None:
    assert Cluster._registry[0x0704] is Tunneling
    assert Tunneling.aps_encryption


def test_ids_follow_zse() -> None:
    assert {c.id: c.name for c in Tunneling.ServerCommandDefs} == {
        0: "request_tunnel",
        1: "close_tunnel",
        2: "transfer_data",
        3: "transfer_data_error",
        4: "ack_transfer_data",
        5: "ready_data",
        6: "get_supported_tunnel_protocols",
    }
    assert {c.id: c.name for c in Tunneling.ClientCommandDefs} == {
        0: "request_tunnel_response",
        1: "transfer_data",
        2: "transfer_data_error",
        3: "ack_transfer_data",
        4: "ready_data",
        5: "supported_tunnel_protocols_response",
        6: "tunnel_closure_notification",
    }


def test_both_transfer_data_keep_their_own_id() -> None:
    assert Tunneling.ServerCommandDefs.transfer_data.schema.command.id == 2
    assert Tunneling.ClientCommandDefs.transfer_data.schema.command.id == 1
