"""How a ROS 2 graph is said in Zenoh. The whole room is private: import from `thumbox_ros`.

A `session` is a Zenoh session in one domain. A name that a caller gives is checked, expanded and remapped (`names`).
With the type and its hash it becomes the key that messages travel on (`keys`); with the quality of service (`qos`) it
becomes the liveliness token that shows the endpoint to others (`tokens`). Beside each message travels an
`attachment`. The session's `graph_cache` listens to everybody's tokens and keeps who is there; the one thread of
`callbacks` tells it, since Zenoh's own never enter Python. `base_node` is a node without the endpoints that it makes,
which stand in the room above. `router` starts a Zenoh router where no other runs. This room imports from no other.
"""
