"""Publishers, subscribers, clients and servers. The whole room is private: import from `thumbox_ros`.

The `builder` opens a session with nodes, and a node (`context`) makes endpoints. A message is encoded, numbered and
given to Zenoh in the caller's thread (`publisher`). What arrives comes in Zenoh's thread and goes into a bounded
receive queue (`receive_queue`); the thread that reads, or the one that runs the callback, takes it out and decodes it
(`subscriber`, `server`). A `client` sends its request as a Zenoh query. `endpoint` is what all four have in common:
key, token, gid. This room stands on `graph` and `messages`.
"""
