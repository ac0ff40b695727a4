"""What of a published table must be withheld, so that it says nothing of a few people."""
