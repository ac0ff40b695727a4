"""What a change does to the figures: an old commit and the working tree, every mart row for row."""
