"""The control API's tenants: worlds apart in one process."""

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from dcc_sim.control_answers import BAD, CONFLICT, UNKNOWN
from dcc_sim.control_models import Asked, Eui
from dcc_sim.tenants import PREFIX, Tenant, Tenants
from schemas.errors import SmartMeterError


class NewTenant(Asked):
    """What a tenant is made of."""

    name: str = Field(pattern="^[A-Za-z0-9_-]{1,40}$", examples=["team-a"])
    seed: int = Field(1, ge=0, le=2**31 - 1, description="of all its keys and all its chance")


class TenantShown(BaseModel):
    """A tenant, and where it is served."""

    name: str
    seed: int
    path: str = Field(description="before every path of the emulator", examples=["/t/team-a"])
    users: dict[str, Eui] = Field(description="EUI-64 by name")


def tenant_routes(tenants: Tenants) -> APIRouter:
    """Create, list and remove tenants."""
    router = APIRouter(prefix="/sim/tenants", tags=["tenants"], responses=BAD)

    @router.get("")
    async def list_tenants() -> list[TenantShown]:
        """Those that are there."""
        return [_shown(tenants[name]) for name in tenants.names()]

    @router.post("", status_code=201, responses=CONFLICT)
    async def create_tenant(asked: NewTenant) -> TenantShown:
        """A DCC with a home, users, a clock and records of its own, ready when this answers."""
        try:
            return _shown(tenants.create(asked.name, asked.seed))
        except SmartMeterError as error:
            raise HTTPException(409, str(error)) from None

    @router.delete("/{name}", status_code=204, responses=UNKNOWN)
    async def remove_tenant(name: str) -> None:
        """End it, with all it knows."""
        try:
            tenants.remove(name)
        except SmartMeterError as error:
            raise HTTPException(404, str(error)) from None

    return router


def _shown(tenant: Tenant) -> TenantShown:
    world = tenant.stage.world
    users = {user.name: str(user.eui) for user in world.dcc.inventory.users.values()}
    return TenantShown(name=tenant.name, seed=world.seed, path=f"{PREFIX}{tenant.name}", users=users)
