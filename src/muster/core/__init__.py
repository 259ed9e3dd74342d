"""What every layer may use: errors, ids, secrets, time, JSON pointers, paging. Imports nothing of Muster."""
