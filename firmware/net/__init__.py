"""The network half of the rim: HTTP, IPP over it, the printer's page, discovery."""
