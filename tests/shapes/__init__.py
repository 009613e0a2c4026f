"""The corpus: code as projects write it, and what must be found in it or must not."""
