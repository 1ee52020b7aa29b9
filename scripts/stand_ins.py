#!/usr/bin/env python3
"""Stand-ins on this machine for what PayFlow sends to, for docs/walkthroughs.md. They print what comes, and keep nothing.

  stand_ins.py smtp PORT                       a mail server that takes every mail
  stand_ins.py twilio PORT                     Twilio's API, as far as PayFlow asks it: takes every SMS
  stand_ins.py webhooks PORT SECRET [STATUS]   an endpoint of webhooks that checks the signature with the secret (whsec_...)
                                               and answers STATUS (else 200)
"""
import base64
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import socketserver
import sys
import time
import urllib.parse


def say(*words):
    print(*words, flush=True)


class Mails(socketserver.StreamRequestHandler):
    def answer(self, text):
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self):
        self.answer("220 stand-in ESMTP")
        for line in self.rfile:
            command = line.split(b" ")[0].strip().upper()
            if command == b"EHLO":
                self.answer("250-stand-in\r\n250 8BITMIME")
            elif command == b"DATA":
                self.answer("354 go on")
                content = b"".join(part[part.startswith(b"."):] for part in iter(self.rfile.readline, b".\r\n"))
                mail = email.message_from_bytes(content, policy=email.policy.default)
                parts = [part.get_content_type() for part in mail.walk()]
                say("To:", mail["To"], "| Subject:", mail["Subject"], "|", ", ".join(parts))
                say(mail.get_body(("plain",)).get_content())
                self.answer("250 queued")
            elif command == b"QUIT":
                return self.answer("221 bye")
            else:
                self.answer("250 ok")


class Requests(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"] or 0))
        status, answer = self.server.take(self, body)
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def twilio(_, body):
    form = dict(urllib.parse.parse_qsl(body.decode()))
    say("SMS to", form["To"] + ":", form["Body"])
    return 201, json.dumps({"sid": f"SM{time.time_ns():032x}"}).encode()


def webhooks(secret, status):
    key = base64.b64decode(secret.removeprefix("whsec_"))

    def take(request, body):
        name, seconds = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        signed = f"{name}.{seconds}.".encode() + body
        expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        sent = request.headers["webhook-signature"].split(" ")
        good = any(hmac.compare_digest(expected, one) for one in sent) and abs(time.time() - int(seconds)) < 300
        event = json.loads(body)
        say(event["type"], event["subject"], name, "signature", "good" if good else "WRONG", "->", status)
        return status, b""

    return take


def serve_requests(port, take):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Requests)
    server.take = take
    server.serve_forever()


def main(words):
    match words:
        case ["smtp", port]:
            socketserver.ThreadingTCPServer.allow_reuse_address = True
            socketserver.ThreadingTCPServer(("127.0.0.1", int(port)), Mails).serve_forever()
        case ["twilio", port]:
            serve_requests(int(port), twilio)
        case ["webhooks", port, secret, *status] if len(status) < 2:
            serve_requests(int(port), webhooks(secret, int(status[0]) if status else 200))
        case ["--help"]:
            say(__doc__)
        case _:
            sys.exit(__doc__)


try:
    main(sys.argv[1:])
except KeyboardInterrupt:
    pass
