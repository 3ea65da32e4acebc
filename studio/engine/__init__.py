"""What makes the pictures: Wan 2.2 through diffusers' parts, in a process of its own."""
