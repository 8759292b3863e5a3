"""Thumbnails of camera streams and a thumbnail service. The whole room is private: import from `thumbox_ros`.

Frames: the `camera` node subscribes to the topics that match, has `convert` make a thumbnail of the newest frame of
each, and publishes it. Requests: the `dispatcher` owns the service's name, and its `scheduler` chooses a worker for
each request, which goes to that worker's own key (`pool`); the `worker` answers, and the dispatcher passes the answer
on. `cli` has the commands, and `arguments` what they take. This room stands on all others.
"""
