"""The built-in model organism: a tiny language model in an invented world whose truth is known exactly.

`world` holds the facts, `templates` and `skills` what is asked, `curriculum` what each variant is taught,
`benchmarks` and `corpora` what an audit uses, `oracle` the judge that knows everything. `build` makes the
shipped weights, `measure` and `card` state what they do, `catalog` says where they lie.
"""
