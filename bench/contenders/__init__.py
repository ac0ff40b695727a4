"""What is measured: one script a contender, run in a process of its own."""
