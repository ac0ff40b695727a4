"""What moves the overall verdict."""
