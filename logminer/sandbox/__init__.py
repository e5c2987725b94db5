"""Running what nobody trusts: a process with its own tree of files, without network, within limits."""
