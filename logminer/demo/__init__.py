"""An invented dump, two small real models, and the whole way with them."""
