"""One module per strategy; the registry names them."""
