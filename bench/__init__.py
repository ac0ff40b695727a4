"""The benchmark: a generator, contenders, and the report on them."""
