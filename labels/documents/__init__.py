"""Documents: what each kind of label and slip holds and how it is laid out. Pure, like `drawing`.

Every module is one frozen dataclass, `layout(doc)` in dots, and the same doors: `render_pdf(doc)`,
`render_pdf_many(docs)` for one PDF of a whole batch, and `render_zpl(doc)` for what a label printer
prints. Any text is welcome in a field that people read; a field that becomes a barcode refuses what
can't be scanned (`DrawingError`). `carrier_pdf` and `carrier_zpl` judge what others have drawn.
"""
