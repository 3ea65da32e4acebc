"""What starts and wires the rooms: the command line and the window."""
