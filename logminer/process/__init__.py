"""This process and its neighbours: the wish to stop, what is sent, what memory holds."""
