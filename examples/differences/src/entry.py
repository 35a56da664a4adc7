"""Works on this machine, and not in production: `sshim check` says why."""

import threading
import uuid

from workers import Response, WorkerEntrypoint

INSTANCE = uuid.uuid4()


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        done = []
        thread = threading.Thread(target=done.append, args=("a thread ran",))
        thread.start()
        thread.join()
        return Response(done[0])
