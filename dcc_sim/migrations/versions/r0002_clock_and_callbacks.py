"""The virtual clock and the users' callback addresses outlive the process."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the two tables."""
    op.create_table(
        "clock",
        sa.Column("world", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("moment", sa.DateTime, nullable=False),
    )
    op.create_table(
        "callbacks",
        sa.Column("user", sa.String(23), primary_key=True),
        sa.Column("url", sa.String(2100), nullable=False),
    )
