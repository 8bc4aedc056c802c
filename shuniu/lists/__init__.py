"""Lists as offices keep them, in a spreadsheet: read and checked the same way by the command and by the hub's pages."""
