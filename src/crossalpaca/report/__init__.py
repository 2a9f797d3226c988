"""The report: what an experiment found, as JSON, as one HTML page, and as a table on the terminal."""
