"""The configuration: read, checked, and resolved, with every problem reported at once."""

from holdfast.auditing.config.codec import spec_from_dict, spec_to_dict
from holdfast.auditing.config.digest import audit_digest, plugin_identity
from holdfast.auditing.config.reading import load_config

__all__ = ["audit_digest", "load_config", "plugin_identity", "spec_from_dict", "spec_to_dict"]
