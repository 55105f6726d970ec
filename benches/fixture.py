"""The server that compare.py measures against: GitLab-shaped answers, made once, sent as they are.

It runs in a process of its own, a thread per connection, on 127.0.0.1, over http and https. It is
fast and lenient on purpose: what is measured is the client. `glduo sandbox` is the strict one.
"""

import json
import multiprocessing
import re
import socket
import ssl
import subprocess
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PER_PAGE = 100
# Rows of each project that the server knows.
PROJECTS = {"hundred": 100, "many": 10_000}
TEXT_PER_EVENT = "word " * 4
MIB = 1024 * 1024


class Fixture:
    """A running server; `http`, `https` and `ca` say where it is and whom to trust."""

    def __init__(self, folder: Path):
        certificate, key, self.ca = make_certificate(folder)
        plain, secure = listener(), listener()
        # An address, so that no side looks up a name; TLS has a name to check.
        self.http = f"http://127.0.0.1:{plain.getsockname()[1]}"
        self.https = f"https://localhost:{secure.getsockname()[1]}"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        answers = {base: Answers(base) for base in (self.http, self.https)}
        self._process = multiprocessing.get_context("fork").Process(
            target=serve,
            args=[(plain, None, answers[self.http]), (secure, context, answers[self.https])],
            daemon=True,
        )
        self._process.start()

    def stop(self):
        self._process.terminate()
        self._process.join()


def make_certificate(folder: Path):
    """A certificate for localhost and the authority that signed it, both for this run only."""

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=bench CA")
    openssl("req", *curve, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=localhost")
    (folder / "leaf.ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "leaf.ext"]
    openssl("x509", "-req", "-in", "leaf.csr", "-out", "leaf.pem", *signing)
    return folder / "leaf.pem", folder / "leaf.key", folder / "ca.pem"


def listener():
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    sock.listen(64)
    return sock


def serve(*doors):
    accepting = [threading.Thread(target=accept, args=door, daemon=True) for door in doors]
    for thread in accepting:
        thread.start()
    for thread in accepting:
        thread.join()


def accept(door, context, answers):
    while True:
        connection, _ = door.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=converse, args=(connection, context, answers), daemon=True).start()


def converse(connection, context, answers):
    """Answers requests on one connection until the other side leaves."""
    try:
        if context:
            connection = context.wrap_socket(connection, server_side=True)
        reader = connection.makefile("rb")
        while line := reader.readline():
            method, target, _ = line.decode("latin-1").split()
            length = 0
            while (header := reader.readline().strip()):
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            for piece in answers.to(method, target, reader.read(length)):
                connection.sendall(piece)
    except (OSError, ValueError):
        pass
    finally:
        connection.close()


class Answers:
    """Every answer under one base URL, as bytes with its head."""

    def __init__(self, base: str):
        self.base = base
        self.pages = {
            (project, page): self.page(project, page)
            for project, rows in PROJECTS.items()
            for page in range(1, rows // PER_PAGE + 1)
        }
        headers = {"X-Gitlab-Realm": "self-managed", "x-gitlab-unit-primitive": "ai_gateway_model_provider_proxy"}
        self.token = whole(201, json.dumps({"token": "bench-gateway-token", "headers": headers}).encode())
        # What is sent for the streams: name in the prompt -> (how often, what) between start and end.
        event = delta(TEXT_PER_EVENT)
        bundle = event * (64 * 1024 // len(event))
        self.streams = {
            "short": (1, b"".join(map(chunk, [event] * 20))),
            "bundled": (50 * MIB // len(bundle), chunk(bundle)),
            "single": (5 * MIB // (len(event) * 400), chunk(event) * 400),
        }

    def to(self, method, target, body):
        url = urlsplit(target)
        if method == "POST" and url.path.endswith("/direct_access"):
            return [self.token]
        if method == "POST" and url.path.endswith("/v1/messages"):
            name = re.search(rb"stream=(\w+)", body)
            return self.stream(name[1].decode() if name else "short")
        if found := re.search(r"/projects/bench%2F(\w+)/merge_requests$", url.path):
            page = int(parse_qs(url.query).get("page", ["1"])[0])
            if answer := self.pages.get((found[1], page)):
                return [answer]
        return [whole(404, b'{"message":"404 Not Found"}')]

    def page(self, project, page):
        rows = PROJECTS[project]
        first = (page - 1) * PER_PAGE
        numbers = range(first + 1, first + PER_PAGE + 1)
        body = json.dumps([row(number, self.base) for number in numbers], separators=(",", ":"))
        last = rows // PER_PAGE
        path = f"/api/v4/projects/bench%2F{project}/merge_requests"
        target = f"{self.base}{path}?state=opened&scope=all&per_page={PER_PAGE}&page="
        links = {"first": 1, "last": last} | ({"next": page + 1} if page < last else {})
        link = ", ".join(f'<{target}{number}>; rel="{rel}"' for rel, number in links.items())
        following = str(page + 1) if page < last else ""
        return whole(200, body.encode(), [
            f"Link: {link}", f"X-Page: {page}", f"X-Per-Page: {PER_PAGE}", f"X-Next-Page: {following}",
            f"X-Total: {rows}", f"X-Total-Pages: {last}", "X-Request-Id: bench",
        ])

    def stream(self, name):
        times, piece = self.streams[name]
        head = ["HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Transfer-Encoding: chunked", "", ""]
        yield "\r\n".join(head).encode() + chunk(START)
        for _ in range(times):
            yield piece
        yield chunk(END) + b"0\r\n\r\n"


def whole(status, body, headers=()):
    reason = {200: "OK", 201: "Created", 404: "Not Found"}[status]
    lines = [f"HTTP/1.1 {status} {reason}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def event(name, **fields):
    return f"event: {name}\ndata: {json.dumps({'type': name, **fields}, separators=(',', ':'))}\n\n".encode()


def delta(text):
    return event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})


MESSAGE = {
    "id": "msg_bench", "type": "message", "role": "assistant", "model": "bench", "content": [],
    "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 10, "output_tokens": 1},
}
START = event("message_start", message=MESSAGE)
START += event("content_block_start", index=0, content_block={"type": "text", "text": ""})
STOP = {"stop_reason": "end_turn", "stop_sequence": None}
END = event("content_block_stop", index=0) + event("message_delta", delta=STOP, usage={"output_tokens": 20})
END += event("message_stop")


def row(number, base):
    """A merge request of about 1.77 kB with the members that GitLab's lists have."""

    def user(name):
        shown = {"username": name, "name": name.title(), "state": "active"}
        return {"id": 40 + len(name), **shown, "avatar_url": None, "web_url": f"{base}/{name}"}

    full = f"bench/hundred!{number}"
    return {
        "id": 155_000_000 + number, "iid": number, "project_id": 278_964,
        "title": f"Measure the cost of row {number} before deciding to change how it is fetched",
        "description": "The cart total is rounded before tax.\n\n* add a test\n* round \"late\"\n",
        "state": "opened", "created_at": "2026-11-02T09:41:17.520Z", "updated_at": "2026-11-20T15:02:44.101Z",
        "merged_by": None, "merge_user": None, "merged_at": None, "closed_by": None, "closed_at": None,
        "target_branch": "main", "source_branch": f"measure-row-{number}",
        "user_notes_count": 3, "upvotes": 1, "downvotes": 0, "author": user("amara"),
        "assignees": [user("jonas")], "assignee": user("jonas"), "reviewers": [user("mei-ling")],
        "source_project_id": 278_964, "target_project_id": 278_964,
        "labels": ["backend", "performance", "type::maintenance"], "draft": False, "imported": False,
        "milestone": None, "merge_when_pipeline_succeeds": False, "merge_status": "can_be_merged",
        "detailed_merge_status": "mergeable", "sha": "8888888888888888888888888888888888888888",
        "merge_commit_sha": None, "squash_commit_sha": None, "force_remove_source_branch": True,
        "reference": f"!{number}", "references": {"short": f"!{number}", "relative": f"!{number}", "full": full},
        "web_url": f"{base}/bench/hundred/-/merge_requests/{number}",
        "time_stats": {"time_estimate": 0, "total_time_spent": 0}, "squash": False,
        "task_completion_status": {"count": 0, "completed_count": 0}, "has_conflicts": False,
        "blocking_discussions_resolved": True,
    }
