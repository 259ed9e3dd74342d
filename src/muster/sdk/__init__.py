"""The face that SDKs and partners' connection tests speak to."""
