"""A Worker whose secret the whole team shares."""

from workers import Response, WorkerEntrypoint


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        key = await self.env.API_KEY.get()
        return Response(f"The key ends in {key[-4:]}.\n")
