"""Requests and answers as files of a batch API."""
