"""The body: which parts are plugged in, the parts themselves, and the command that starts them."""
