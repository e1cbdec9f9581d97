"""People who sign in, and the way from a person to the sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engross.store.database import people, signins, tickets, tries

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the tables, and the index where an older version made the table of sessions."""
    for table in (people, signins, tickets, tries):
        table.create(op.get_bind(), checkfirst=True)
    if not any(index["column_names"] == ["person_id"] for index in sa.inspect(op.get_bind()).get_indexes("sessions")):
        op.create_index("ix_sessions_person_id", "sessions", ["person_id"])
