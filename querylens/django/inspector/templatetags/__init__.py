"""What the page's templates write."""
