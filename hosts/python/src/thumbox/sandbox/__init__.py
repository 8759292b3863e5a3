"""The sandbox: the component in WebAssembly, through wasmtime-py. This room is private; `thumbox.load` is its door.

The way of a call: `wasm` checks the arguments, `pool` takes a slot and an instance, `guest` puts the request into the
instance's memory and calls it, and the reply is copied out or lent. `component` finds the core module in the component
file, `engine` compiles it or gets it from the `cache`, and `program` holds its exports to the interface. `clock` makes
deadlines come; `signals` and `stack` ask whether a guest can end here without the process; `pages` saves page faults.
"""
