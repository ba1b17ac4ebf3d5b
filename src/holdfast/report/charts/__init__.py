"""Charts: view models drawn once, at build time, as inline SVG that needs no script."""
