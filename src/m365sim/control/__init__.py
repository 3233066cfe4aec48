"""The control API below /_sim/: steering the tenant from tests, scripts and a page. Not part of Microsoft's wire."""
