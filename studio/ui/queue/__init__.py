"""The queue as a page of the window: its rows, their order, and what can be done to them."""
