"""The forms of benchmark files, one module each, read tolerantly: a row that is broken hides no other.

Every reader answers with a `Table` of `Row`s, from which the audit says what is broken and the benchmarks make their
examples; both call an item by `Row.name`. Files are plain or gzipped, CSV, JSON or JSON lines, told apart by name and
first character.
"""
