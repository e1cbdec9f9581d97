"""Run by alembic inside ``database.migrate``: the steps run in the transaction that is open there."""

from __future__ import annotations

from alembic import context

from engross.store.database import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
