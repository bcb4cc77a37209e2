"""The printer's page."""
