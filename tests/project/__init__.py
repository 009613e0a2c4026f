"""A small Django project that the tests run: one app and every kind of relation."""
