"""The templates: one module each, found by being here. README.md tells how to add one."""
