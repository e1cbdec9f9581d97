"""Alembic migrations: from the form in which an older version left the database to the newest one."""
