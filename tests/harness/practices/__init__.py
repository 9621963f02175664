"""Do's and don'ts, judged from what clients did."""
