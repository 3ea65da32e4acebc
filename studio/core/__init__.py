"""What a render is: parameters, photos, events and clips, without Qt and without torch."""
