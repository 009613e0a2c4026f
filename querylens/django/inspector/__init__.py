"""The live page: the last requests in a browser, each with what it found and how to mend it."""
