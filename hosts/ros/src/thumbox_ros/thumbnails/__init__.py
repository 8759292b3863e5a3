"""Thumbnails of camera streams and a thumbnail service. The whole room is private: import from `thumbox_ros`.

Frames: `topics` watches the graph for topics that match and opens a `stream` for each, a subscriber and a publisher.
A stream on which a frame has arrived is put into a queue; the threads of `frames` take it out, have `convert` make
the thumbnail with a plugin, and publish it. `camera` is the public node that joins these. Requests: the `dispatcher`
owns the service's name, and its `scheduler` chooses a worker for each request, which goes to that worker's own key
(`pool`); the `worker` answers, and the dispatcher passes the answer on. `cli` has the commands, and `arguments` what
they take. This room stands on all others.
"""
