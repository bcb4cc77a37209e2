"""The printer."""
