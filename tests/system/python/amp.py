"""A server that takes remote writes as Amazon Managed Service for Prometheus does: only if they are signed. The signature is
computed again by botocore. Prints its port, then a line a request: the scope of the signature, or why it was refused.

Credentials come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. With AMP_ROTATES the server hands them out
itself, as containers get them, at /credentials: each with another token, which is good for one write. With AMP_ANSWERS, a list of
statuses and texts as JSON, the first writes are answered so. Either adds a digest of the body to each line."""

import hashlib
import json
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
ROTATES = "AMP_ROTATES" in os.environ
ANSWERS = json.loads(os.environ.get("AMP_ANSWERS", "[]"))
DIGESTS = ROTATES or "AMP_ANSWERS" in os.environ
# The token that was handed out last, and the writes that were signed with it.
TOKENS = {"last": 0, "writes": 0}
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

    def do_GET(self):
        TOKENS["last"] += 1
        TOKENS["writes"] = 0
        CREDENTIALS.token = "token-%d" % TOKENS["last"]
        pair = {"AccessKeyId": CREDENTIALS.access_key, "SecretAccessKey": CREDENTIALS.secret_key}
        self.answer(200, json.dumps({**pair, "Token": CREDENTIALS.token, "Expiration": "2999-01-01T00:00:00Z"}))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.digest = " " + hashlib.sha256(body).hexdigest() if DIGESTS else ""
        refusal = self.refusal(body)
        self.answer(*((200, "") if refusal is None else refusal))

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def refuse(self, message):
        return 403, '{"message":"%s"}' % message

    def refusal(self, body):
        scope = AUTHORIZATION.fullmatch(self.headers.get("authorization", ""))
        if scope is None:
            print("refused: Missing Authentication Token", flush=True)
            return self.refuse("Missing Authentication Token")
        if self.headers.get("x-amz-security-token") != CREDENTIALS.token or scope["key"] != CREDENTIALS.access_key:
            print("refused: The security token included in the request is invalid", flush=True)
            return self.refuse("The security token included in the request is invalid")
        missing = SIGNED - set(scope["headers"].split(";"))
        request = AWSRequest(method="POST", url="http://" + self.headers["host"] + self.path, data=body)
        request.context["timestamp"] = self.headers["x-amz-date"]
        verifier = Verifier(scope, self.headers)
        text = verifier.string_to_sign(request, verifier.canonical_request(request))
        if missing or verifier.signature(text, request) != scope["signature"]:
            print("refused: The request signature we calculated does not match", *sorted(missing), flush=True)
            return self.refuse("The request signature we calculated does not match the signature you provided.")
        TOKENS["writes"] += 1
        if ROTATES and TOKENS["writes"] > 1:
            print("expired:" + self.digest, flush=True)
            return self.refuse("The security token included in the request is expired")
        if ANSWERS:
            status, text = ANSWERS.pop(0)
            print("answered: %d%s" % (status, self.digest), flush=True)
            return status, text
        print("signed: %s %s%s" % (scope["region"], scope["service"], self.digest), flush=True)
        return None

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
