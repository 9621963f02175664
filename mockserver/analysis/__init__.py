"""What the code interpreter makes of an attached data file: figures really computed, a chart on request.

`attachments` is the door. `tables` and the readers beside it (`delimited`, `records`, `workbooks`) bring any
file into one form; `columns`, `aggregates` and `drawing` each compute something and have the Python that
prints or draws the same.
"""

from mockserver.analysis.attachments import ANALYSED, Analysis, analyse
from mockserver.analysis.tables import NotDataError

__all__ = ["ANALYSED", "Analysis", "NotDataError", "analyse"]
