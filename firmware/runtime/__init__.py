"""The rim: keeps time, moves bytes, writes to disk, runs the press. No protocol and no policy lives here."""
