"""One problem a folder: its cases, the slow solution that an agent finds, and others that are right."""
