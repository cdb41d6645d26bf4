"""ECS Exec: interactive sessions in containers, by the protocol that the Session Manager plugin speaks.

::

    ExecuteCommand ─→ Sessions: a session, its token         AWS CLI starts session-manager-plugin with them
                          │
    plugin ─ WebSocket ─→ server ─→ channel (what a message means) ─→ message (bytes)
                          │
                          └─→ Runtime.terminal: a shell in the container

:mod:`~hatoba.cloud.ecs.session.channel` knows the conversation and does no I/O; both sides of it stand
there, for ``hatoba exec`` speaks it too.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
https://github.com/aws/session-manager-plugin
"""
