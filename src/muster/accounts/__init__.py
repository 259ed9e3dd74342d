"""The account: its projects, their environments, its members and their access tokens."""
