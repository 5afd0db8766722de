"""A run as one HTML file that opens anywhere: `report_of`."""

from core.report.document import report_of

__all__ = ["report_of"]
