"""From a configuration to findings: plan, run, judge, analyse.

The package is called *auditing* because `holdfast.audit` is the function that people call.
"""
