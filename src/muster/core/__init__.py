"""What every layer may use: errors, ids, secrets, time, JSON pointers and paging. It imports nothing of Muster."""
