"""The neutral order file (docs/orders-file.md) in its three formats: a stream of bytes in, rows of text out. Pure.

A reader yields one `FileRow` after the other and never holds more than one row, so memory does not grow with
the file. What makes the whole file unreadable is an `Invalid` with its row; what is wrong in one row only is
that row's `fault`. What the texts mean is for the caller to judge.
"""
