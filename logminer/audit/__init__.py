"""Looking for what should not be there: raw values in everything that a study has written."""
