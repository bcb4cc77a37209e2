"""The parts: what a board plugs into the firmware's ports, the simulated one beside the real one."""
