"""Documents: what each kind of label and slip holds and how it is laid out. Pure, like `drawing`.

Every module is one frozen dataclass, `layout(doc)` in dots, and the same three doors: `render_pdf(doc)`,
`render_zpl(doc)`, and `render_pdf_many(docs)` for one PDF of a whole batch. Any text is welcome in a
field that people read; a field that becomes a barcode refuses what can't be scanned (`DrawingError`).
"""
