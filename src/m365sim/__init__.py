"""m365sim: a Microsoft 365 tenant in a box, on the wire protocol of the identity platform and of Graph."""
