"""What others see of an Identity, with its source and its age; *unknown* is a value of its own."""
