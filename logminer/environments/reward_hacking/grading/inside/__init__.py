"""Scripts that are run inside a sandbox, beside what nobody trusts. They hold nothing secret, and import nothing of this package."""
