"""A Worker that asks a model through the AI Gateway, which adds the provider's key."""

import json

from workers import Response, WorkerEntrypoint, fetch


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        question = await request.text()
        gateway = f"https://gateway.ai.cloudflare.com/v1/{self.env.ACCOUNT_ID}/{self.env.GATEWAY}"
        answer = await fetch(
            f"{gateway}/openai/chat/completions",
            method="POST",
            headers={
                "cf-aig-authorization": f"Bearer {await self.env.AIG_TOKEN.get()}",
                "content-type": "application/json",
            },
            body=json.dumps({"model": "gpt-5", "messages": [{"role": "user", "content": question}]}),
        )
        if answer.status != 200:
            return Response(f"{answer.status}: {await answer.text()}\n", status=502)
        said = await answer.json()
        return Response(said["choices"][0]["message"]["content"] + "\n")
