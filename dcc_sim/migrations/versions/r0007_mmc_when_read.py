"""MMC is written when a mailbox is read, so a document keeps the use case of the response in it instead."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_DELIVERIES = sa.table("deliveries", sa.column("request"), sa.column("use_case"))
_REQUESTS = sa.table("requests", sa.column("request_id"), sa.column("use_case"))


def upgrade() -> None:
    """Add the column, from the request that each document answers; alerts have none."""
    op.add_column("deliveries", sa.Column("use_case", sa.String(40), nullable=False, server_default=""))
    asked = sa.select(_REQUESTS.c.use_case).where(_REQUESTS.c.request_id == _DELIVERIES.c.request).scalar_subquery()
    op.execute(sa.update(_DELIVERIES).values(use_case=sa.func.coalesce(asked, "")))
    with op.batch_alter_table("deliveries") as table:
        table.alter_column("use_case", server_default=None)
        table.drop_column("mmc")
