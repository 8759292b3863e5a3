"""How a ROS 2 graph is said in Zenoh. The whole room is private: import from `thumbox_ros`.

A name that a caller gives is checked, expanded and remapped (`names`). With the type and its hash it becomes the key
that messages travel on, and with the quality of service (`qos`) the liveliness token that shows the endpoint to
others (`keys`). The `graph_cache` listens to everybody's tokens and keeps who is there; Zenoh's threads call it
through `callbacks`. `router` starts a Zenoh router where no other runs.
"""
