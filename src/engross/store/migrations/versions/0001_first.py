"""The first tables.

A new database is made from ``database.metadata`` at once and marked with the newest step; this step is where the chain begins.
Later steps say what they change; a test makes the tables both ways and compares.
"""

from __future__ import annotations

from alembic import op

from engross.store.database import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables."""
    metadata.create_all(op.get_bind())
