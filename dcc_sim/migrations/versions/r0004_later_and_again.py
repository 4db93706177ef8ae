"""Requests kept for later, schedules, and the readings that they cause."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create two tables, and say of a request whose schedule caused it."""
    op.create_table(
        "waiting",
        sa.Column("request_id", sa.String(80), primary_key=True),
        sa.Column("due", sa.DateTime, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "schedules",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("user", sa.String(23), nullable=False),
        sa.Column("device", sa.String(23), nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("due", sa.DateTime, nullable=True),
    )
    op.add_column("requests", sa.Column("schedule", sa.Integer, nullable=True))
    op.add_column("requests", sa.Column("user", sa.String(23), nullable=True))
