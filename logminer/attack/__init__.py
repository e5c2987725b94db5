"""Whether what is released gives anybody away: tried on people that are made up."""
