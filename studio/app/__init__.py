"""What starts and wires the rooms: the command line and, later, the window."""
