"""Bundles: one signed file with the native libraries and the component in it. This room is private; `thumbox.load` and
the command `thumbox bundle show` are its doors.

Data flow: `archive` reads the zip strictly, with the `names` that entries may have; `reader` has the order
of all checks: the manifest's `signature` by the trusted key, the `manifest`, the library's own signature and checksum,
and the `platform` that it is for. `extraction` makes it a file that the system's loader takes, and `native` loads that.
A component goes from `reader` to the sandbox as bytes. `inspect` looks at all of a bundle and reports what it finds.
"""
