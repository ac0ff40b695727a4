"""From the export of a survey platform to a case folder: what `make import` does."""
