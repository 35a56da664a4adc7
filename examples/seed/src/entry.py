"""A Worker with two secrets, which `secrets.seed.yaml` says where to get."""

from workers import Response, WorkerEntrypoint


class Default(WorkerEntrypoint):
    """Answers every request."""

    async def fetch(self, request):
        payments = await self.env.PAYMENTS_KEY.get()
        signing = await self.env.SIGNING_KEY.get()
        return Response(f"payments key: {len(payments)} characters, signing key: {len(signing)}\n")
