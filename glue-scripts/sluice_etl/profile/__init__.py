"""What the good rows of a batch look like, column by column: taken beside its scan, summed up on the driver."""
