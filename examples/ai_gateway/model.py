"""Stands in for OpenAI on this machine: it repeats the question and says with which key it was asked."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if not key.startswith("sk-"):
            return self.say(401, {"error": {"message": "You didn't provide an API key."}})
        question = asked["messages"][-1]["content"]
        said = f"{asked['model']} heard {question!r} from the owner of the key …{key[-4:]}."
        return self.say(200, {"choices": [{"message": {"role": "assistant", "content": said}}]})

    def say(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Model)
    print(f"A model at http://localhost:{server.server_port}", flush=True)
    server.serve_forever()
