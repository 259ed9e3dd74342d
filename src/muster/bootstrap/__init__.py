"""The one composition root: settings -> container -> app. Nothing else wires anything together."""
