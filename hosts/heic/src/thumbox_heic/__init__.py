"""The component `thumbox-heic.wasm`, which `thumbox` finds here when a HEIC comes. There is nothing to import."""
