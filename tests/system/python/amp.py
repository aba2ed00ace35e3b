"""A server that takes remote writes as Amazon Managed Service for Prometheus does: only if they are signed. The signature is
computed again by botocore. Prints its port, then a line a request: the scope of the signature, or why it was refused.

Credentials come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN."""

import os
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

CREDENTIALS = Credentials(
    os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], os.environ["AWS_SESSION_TOKEN"]
)
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<day>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, ?"
    r"SignedHeaders=(?P<headers>[^,]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)
# What has to be signed, beside the host and the time: what says how the body is to be read, and who sends it.
SIGNED = {"host", "x-amz-date", "x-amz-security-token", "content-type", "content-encoding", "x-prometheus-remote-write-version"}


class Verifier(SigV4Auth):
    """Signs those headers that the sender has signed, with the values that arrived."""

    def __init__(self, scope, received):
        super().__init__(CREDENTIALS, scope["service"], scope["region"])
        self.names, self.received = scope["headers"].split(";"), received

    def headers_to_sign(self, request):
        headers = HTTPHeaders()
        for name in self.names:
            headers[name] = self.received[name]
        return headers


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        refusal = self.refusal(body)
        answer = b"" if refusal is None else ('{"message":"%s"}' % refusal).encode()
        self.send_response(200 if refusal is None else 403)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def refusal(self, body):
        scope = AUTHORIZATION.fullmatch(self.headers.get("authorization", ""))
        if scope is None:
            print("refused: Missing Authentication Token", flush=True)
            return "Missing Authentication Token"
        if self.headers.get("x-amz-security-token") != CREDENTIALS.token or scope["key"] != CREDENTIALS.access_key:
            print("refused: The security token included in the request is invalid", flush=True)
            return "The security token included in the request is invalid"
        missing = SIGNED - set(scope["headers"].split(";"))
        request = AWSRequest(method="POST", url="http://" + self.headers["host"] + self.path, data=body)
        request.context["timestamp"] = self.headers["x-amz-date"]
        verifier = Verifier(scope, self.headers)
        text = verifier.string_to_sign(request, verifier.canonical_request(request))
        if missing or verifier.signature(text, request) != scope["signature"]:
            print("refused: The request signature we calculated does not match", *sorted(missing), flush=True)
            return "The request signature we calculated does not match the signature you provided."
        print("signed:", scope["region"], scope["service"], flush=True)
        return None

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
