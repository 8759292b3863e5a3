"""The sandbox: the component in WebAssembly, through wasmtime-py. This room is private; `thumbox.load` is its door.

Data flow: `wasm` checks the arguments, `pool` takes a slot and an instance, and `guest` copies the request into the
instance's `memory` and calls it through Wasmtime's C API, `capi`. The reply is copied out or lent; `traps` makes errors
of the ways in which guests end. Before that, `component` finds the core module in the component file, `engine` compiles
it or gets it from the `cache`, and `program` holds its exports to the interface. `clock` makes deadlines come,
`signals` and `stack` tell whether a guest can end here without the process, `pages` saves page faults, and `runtime`
checks the version of wasmtime-py.
"""
