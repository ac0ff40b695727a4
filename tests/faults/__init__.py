"""Random kills, surveys and bad inputs against what the documents promise: `make test-faults`."""
