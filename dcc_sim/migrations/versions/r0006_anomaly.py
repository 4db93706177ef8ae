"""Anomaly detection: settings, what was counted, limits that a pre-command's request broke, quarantine."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the four tables."""
    op.create_table(
        "anomaly_settings",
        sa.Column("name", sa.String(120), primary_key=True),
        sa.Column("setting", sa.Text, nullable=False),
    )
    op.create_table(
        "anomaly_counted",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("user", sa.String(23), nullable=False),
        sa.Column("service", sa.String(8), nullable=False),
        sa.Column("moment", sa.DateTime, nullable=False),
    )
    op.create_index("ix_anomaly_counted_moment", "anomaly_counted", ["moment"])
    op.create_table(
        "anomaly_outside",
        sa.Column("request_id", sa.String(80), primary_key=True),
        sa.Column("name", sa.String(120), primary_key=True),
    )
    op.create_table(
        "quarantine",
        sa.Column("event", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("request_id", sa.String(80), nullable=False, unique=True),
        sa.Column("breach", sa.String(30), nullable=False),
        sa.Column("setting", sa.Text, nullable=False),
        sa.Column("moment", sa.DateTime, nullable=False),
    )
