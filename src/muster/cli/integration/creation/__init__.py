"""Making a new integration: what is asked and how, what a sample body shows, and the folder it ends in."""
