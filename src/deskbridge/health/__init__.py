"""How the product is: for admins on a page, for Prometheus as metrics, for load balancers as one answer."""
