"""What every topic needs: frames, exact sums, quantiles, sums over pairs, errors."""
