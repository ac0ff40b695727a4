"""How well the respondents of a wave stand for the customers."""
