"""The configuration: read, checked, and resolved, with every problem reported at once."""

from holdfast.auditing.config.digest import audit_digest, plugin_identity
from holdfast.auditing.config.reading import load_config

__all__ = ["audit_digest", "load_config", "plugin_identity"]
