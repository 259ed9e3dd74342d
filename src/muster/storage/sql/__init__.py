"""The control store: SQLAlchemy Core over SQLite or PostgreSQL, its schema raised by Alembic.

Everything but memberships: the account, projects, environments, access tokens, what is known of segments,
and the sync log. Both databases hold the same rows, so a dump of one fills the other.
"""
