"""The durable side: SQLite through aiosqlite, one writer, one transaction per cycle."""
