"""Drawing: dots in, bytes out. Pure: no Django, no settings, no clock, no database.

A document is laid out once on a `Canvas` in whole dots (8 a millimetre); `pdf.py` and `zpl.py` are two
writers of the same canvas, so what a browser shows and what a label printer prints is one description.
"""
