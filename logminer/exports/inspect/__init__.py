"""The scorers that ask no model, as scorers of inspect_ai and scanners of inspect_scout."""
