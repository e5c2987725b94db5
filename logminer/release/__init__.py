"""What may leave the building: counts of many people, and nothing else of a study."""
