"""A Worker with one Secrets Store binding."""

from workers import Response, WorkerEntrypoint


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        key = await self.env.API_KEY.get()
        return Response(f"{self.env.GREETING}! The API key has {len(key)} characters.\n")
