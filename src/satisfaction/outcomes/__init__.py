"""What satisfaction does for behaviour."""
