"""Message classes from the text of .msg files, and their bytes. The whole room is private: import from `thumbox_ros`.

`definition` parses the text of a .msg or .srv file, with the constants and defaults of `literals`; `type_hash` hashes
it as RIHS01. The `registry` keeps definitions by name, and `classes` makes the class of one when it is first asked
for; `message` has the base class, `encode` and `decode`. A message is written by its class's compiled codec
(`compiled_codec`, which is Rust) or, where that has no answer, by the codec that knows every type and says what is
wrong (`codec`, on the reader and writer of `cdr`). Bytes that arrive go the same way back, and byte fields are views
of them (`views`). `packages` shows the registry as the modules `thumbox_ros.std_msgs` and so on, and `stubs` writes
their types. This room imports from no other.
"""
