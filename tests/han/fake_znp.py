"""A coordinator of Texas Instruments as its serial port shows it: Z-Stack 3.0's MT frames over TCP.

Frames are written with zigpy-znp's own command types. It has a non-volatile memory, a network that was formed already,
and one device on the air, which is the test's. What it has no answer for, it says so as Z-Stack does.
"""

import asyncio
import contextlib
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import zigpy.types as zt
import zigpy_znp.commands as c
import zigpy_znp.types as t
from zigpy.zdo import types as zdo
from zigpy_znp.frames import TransportFrame
from zigpy_znp.types.nvids import OsalNvIds

from han.radio import energy_service_interface

PAN = 0x1A2B
EXTENDED = zt.EUI64.convert("00:12:4b:00:00:00:00:01")
IEEE = zt.EUI64.convert("00:12:4b:00:00:00:00:02")
MEMORY_ROOM = 244
SETTINGS = (
    OsalNvIds.CONCENTRATOR_ENABLE,
    OsalNvIds.CONCENTRATOR_DISCOVERY,
    OsalNvIds.CONCENTRATOR_RC,
    OsalNvIds.SRC_RTG_EXPIRY_TIME,
    OsalNvIds.NWK_CHILD_AGE_ENABLE,
    OsalNvIds.BCAST_DELIVERY_TIME,
    OsalNvIds.ZDO_DIRECT_CB,
)
HAS = t.MTCapabilities


def memory() -> dict[int, bytes]:
    """What is in the flash memory of a coordinator whose network runs."""
    key = t.KeyData(bytes(range(16)))
    nib = t.NIB(
        SequenceNum=0,
        PassiveAckTimeout=5,
        MaxBroadcastRetries=2,
        MaxChildren=0,
        MaxDepth=20,
        MaxRouters=0,
        dummyNeighborTable=0,
        BroadcastDeliveryTime=30,
        ReportConstantCost=0,
        RouteDiscRetries=0,
        dummyRoutingTable=0,
        SecureAllFrames=1,
        SecurityLevel=5,
        SymLink=1,
        CapabilityFlags=0x8F,
        TransactionPersistenceTime=7,
        nwkProtocolVersion=2,
        RouteDiscoveryTime=5,
        RouteExpiryTime=30,
        nwkDevAddress=0,
        nwkLogicalChannel=15,
        nwkCoordAddress=0,
        nwkCoordExtAddress=IEEE,
        nwkPanId=PAN,
        nwkState=t.NwkState.NWK_ROUTER,
        channelList=t.Channels.from_channel_list([15]),
        beaconOrder=15,
        superFrameOrder=15,
        scanDuration=4,
        battLifeExt=0,
        allocatedRouterAddresses=1,
        allocatedEndDeviceAddresses=1,
        nodeDepth=0,
        extendedPANID=EXTENDED,
        nwkKeyLoaded=t.Bool.true,
        spare1=t.NwkKeyDesc(KeySeqNum=0, Key=key),
        spare2=t.NwkKeyDesc(KeySeqNum=0, Key=key),
        spare3=0,
        spare4=0,
        nwkLinkStatusPeriod=60,
        nwkRouterAgeLimit=3,
        nwkUseMultiCast=t.Bool.false,
        nwkIsConcentrator=t.Bool.true,
        nwkConcentratorDiscoveryTime=120,
        nwkConcentratorRadius=10,
        nwkAllFresh=1,
        nwkManagerAddr=0,
        nwkTotalTransmissions=0,
        nwkUpdateId=0,
    )
    counter = t.NwkSecMaterialDesc(FrameCounter=1, ExtendedPanID=EXTENDED)
    return {
        OsalNvIds.NIB: nib.serialize(align=True),
        OsalNvIds.BDBNODEISONANETWORK: b"\x01",
        OsalNvIds.EXTADDR: IEEE.serialize(),
        OsalNvIds.LOGICAL_TYPE: b"\x00",
        OsalNvIds.NWK_ACTIVE_KEY_INFO: t.NwkKeyDesc(KeySeqNum=0, Key=key).serialize(align=True),
        OsalNvIds.LEGACY_NWK_SEC_MATERIAL_TABLE_START: counter.serialize(align=True),
        OsalNvIds.TCLK_SEED: bytes(range(16)),
        OsalNvIds.ZIGPY_ZNP_MIGRATION_ID: b"\x01",
        **dict.fromkeys(SETTINGS, b"\x00"),
    }


def descriptors(request: Any) -> list[Any]:
    """What the coordinator answers to the host's questions about itself."""
    command = zdo.ZDOCmd(request.ClusterId)
    here = zt.NWK(0).serialize()
    ok = b"\x00"
    if command is zdo.ZDOCmd.Node_Desc_req:
        described = zdo.NodeDescriptor(0x00, 0x40, 0x8E, 0x0000, 82, 1500, 0x2C00, 1500, 0x00)
        reply = ok + here + described.serialize()
    elif command is zdo.ZDOCmd.Active_EP_req:
        reply = ok + here + b"\x01\x01"
    elif command is zdo.ZDOCmd.Simple_Desc_req:
        endpoint = energy_service_interface().serialize()
        reply = ok + here + bytes([len(endpoint)]) + endpoint
    else:
        return []
    return [zdo_message(0, command + 0x8000, request.TSN, reply)]


def zdo_message(source: int, cluster: int, tsn: int, data: bytes) -> Any:
    """A ZDO message of a device, as the host sees it."""
    return c.ZDO.MsgCbIncoming.Callback(
        Src=zt.NWK(source),
        IsBroadcast=t.Bool.false,
        ClusterId=cluster,
        SecurityUse=0,
        TSN=tsn,
        MacDst=zt.NWK(0),
        Data=t.Bytes(data),
    )


class FakeZnp:
    """One coordinator, in a thread of its own, at ``url`` while the ``with`` block lasts.

    Args:
        on_air: told every data request, and gives what comes back: commands for the host.

    Attributes:
        asked: every request by its class, in order.
    """

    def __init__(self, on_air: Callable[[Any], list[Any]]) -> None:
        self.asked: list[Any] = []
        self._on_air = on_air
        self._memory = memory()
        self._loop: asyncio.AbstractEventLoop
        self._listening = Event()
        self._thread = Thread(target=self._serve, daemon=True)
        self._writer: asyncio.StreamWriter | None = None

    def __enter__(self) -> "FakeZnp":
        self._loop = asyncio.new_event_loop()
        self._thread.start()
        assert self._listening.wait(5)
        return self

    def __exit__(self, *of: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def say(self, command: Any) -> None:
        """Tell the host something of our own accord."""
        self._loop.call_soon_threadsafe(self._write, command)

    def unplug(self) -> None:
        """Close the port."""
        assert self._writer is not None
        self._loop.call_soon_threadsafe(self._writer.close)

    def _serve(self) -> None:
        async def listen() -> asyncio.Server:
            server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
            self.url = f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            self._listening.set()
            return server

        server = self._loop.run_until_complete(listen())
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        if self._writer is not None:
            self._writer.close()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        with contextlib.suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            while True:
                head = await reader.readexactly(2)
                rest = await reader.readexactly(head[1] + 3)
                frame, _ = TransportFrame.deserialize(head + rest)
                kind = c.COMMANDS_BY_ID[frame.payload.header]
                request = kind.from_frame(frame.payload, align=True)
                self.asked.append(request)
                for answer in self._answers(request):
                    self._write(answer)

    def _write(self, command: Any) -> None:
        if self._writer is not None:
            self._writer.write(TransportFrame(command.to_frame(align=True)).serialize())

    def _answers(self, request: Any) -> list[Any]:
        ok = t.Status.SUCCESS
        match request:
            case c.SYS.Ping.Req():
                return [c.SYS.Ping.Rsp(Capabilities=HAS.SYS | HAS.AF | HAS.ZDO | HAS.UTIL | HAS.APP_CNF)]
            case c.SYS.ResetReq.Req():
                version = {"TransportRev": 2, "ProductId": 1, "MajorRel": 2, "MinorRel": 7, "MaintRel": 1}
                return [c.SYS.ResetInd.Callback(Reason=t.ResetReason.PowerUp, **version)]
            case c.SYS.Version.Req():
                version = {"TransportRev": 2, "ProductId": 1, "MajorRel": 2, "MinorRel": 7, "MaintRel": 1}
                return [c.SYS.Version.Rsp(**version, CodeRevision=20220219)]
            case c.UTIL.AssocFindDevice.Req():
                return [c.UTIL.AssocFindDevice.Rsp(Device=t.Bytes(bytes(36)))]
            case c.SYS.OSALNVLength.Req():
                return [c.SYS.OSALNVLength.Rsp(ItemLen=len(self._memory.get(request.Id, b"")))]
            case c.SYS.OSALNVReadExt.Req():
                part = self._memory[request.Id][request.Offset : request.Offset + MEMORY_ROOM]
                return [c.SYS.OSALNVReadExt.Rsp(Status=ok, Value=t.ShortBytes(part))]
            case c.SYS.OSALNVItemInit.Req():
                self._memory[request.Id] = bytes(request.ItemLen)
                return [c.SYS.OSALNVItemInit.Rsp(Status=t.Status.NV_ITEM_UNINIT)]
            case c.SYS.OSALNVWriteExt.Req():
                held, at = self._memory[request.Id], request.Offset
                self._memory[request.Id] = held[:at] + request.Value + held[at + len(request.Value) :]
                return [c.SYS.OSALNVWriteExt.Rsp(Status=ok)]
            case c.AppConfig.BDBStartCommissioning.Req():
                done = c.app_config.BDBCommissioningMode
                return [
                    c.AppConfig.BDBStartCommissioning.Rsp(Status=ok),
                    c.AppConfig.BDBCommissioningNotification.Callback(
                        Status=c.app_config.BDBCommissioningStatus.Success,
                        Mode=done.NwkFormation,
                        RemainingModes=done.NONE,
                    ),
                    c.ZDO.StateChangeInd.Callback(State=t.DeviceState.StartedAsCoordinator),
                ]
            case c.ZDO.MgmtPermitJoinReq.Req():
                return [
                    c.ZDO.MgmtPermitJoinReq.Rsp(Status=ok),
                    c.ZDO.MgmtPermitJoinRsp.Callback(Src=t.NWK(0), Status=t.ZDOStatus.SUCCESS),
                ]
            case c.AF.DataRequestExt.Req(DstEndpoint=0) if request.DstAddrModeAddress.address == 0:
                return [c.AF.DataRequestExt.Rsp(Status=ok), *descriptors(request)]
            case c.AF.DataRequestExt.Req():
                return [c.AF.DataRequestExt.Rsp(Status=ok), *self._on_air(request)]
            case (
                c.AF.Register.Req()
                | c.ZDO.MsgCallbackRegister.Req()
                | c.AppConfig.BDBAddInstallCode.Req()
                | c.AppConfig.BDBSetJoinUsesInstallCodeKey.Req()
            ):
                return [request.Rsp(Status=ok)]
        unknown = c.rpc_error.ErrorCode.InvalidCommandId
        return [c.RPCError.CommandNotRecognized.Rsp(ErrorCode=unknown, RequestHeader=request.header)]
