"""Publishers, subscribers, clients and servers. The whole room is private: import from `thumbox_ros`.

The `builder` opens a `context`, which is a session with nodes; a node makes endpoints, and `endpoint` is what all
four kinds have in common: key, token, gid. A message is encoded, numbered and given to Zenoh in the caller's thread
(`publisher`). What arrives waits in a bounded queue of the extension module (`_native`), without Python; the thread
that reads, or the one that runs the callback, takes it out and decodes it (`subscriber`, `server`). A `client` sends
its request as a Zenoh query, and `replies` answers one. This room stands on `graph` and `messages`.
"""
