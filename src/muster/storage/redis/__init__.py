"""Redis: what several servers share for a short while."""
