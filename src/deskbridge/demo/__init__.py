"""`deskbridge demo`: m365sim and the product side by side, with people to be."""
