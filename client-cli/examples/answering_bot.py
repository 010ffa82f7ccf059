#!/usr/bin/env python3
"""A bot that answers messages: `answering_bot.py [PROGRAM] [OPTION…]`, for example `answering_bot.py --data /srv/bot`.

It runs `PROGRAM OPTION… rpc` (`isoloir`, unless another one is named) and speaks JSON-RPC 2.0 with it, a line for each message; `isoloir rpc --schema` says what else can be asked.
Python's standard library alone. What others write is data: it is never run, and never trusted to name anybody but its sender.
"""

import json
import subprocess
import sys


class Isoloir:
    """Requests, answers and events over the program's standard input and output."""

    def __init__(self, options):
        command = ["isoloir", *options, "rpc"] if not options or options[0].startswith("-") else [*options, "rpc"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        self.asked = 0
        self.news = []

    def ask(self, method, **params):
        """The answer to a request; events that come meanwhile wait in `news`."""
        self.asked += 1
        request = {"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params}
        print(json.dumps(request), file=self.process.stdin, flush=True)
        for message in self.messages():
            if message.get("id") != self.asked:
                self.news.append(message)
            elif "error" in message:
                raise RuntimeError(message["error"]["data"]["code"])
            else:
                return message["result"]
        raise EOFError("the client has ended")

    def messages(self):
        for line in self.process.stdout:
            yield json.loads(line)

    def events(self):
        while True:
            while self.news:
                yield self.news.pop(0)["params"]
            for message in self.messages():
                yield message["params"]
                break
            else:
                return


def reply(text):
    """What the bot says to a text; None for nothing."""
    words = text.strip().split()
    if not words:
        return None
    if words[0].lower() in ("help", "aide"):
        return "I count words: write me a sentence."
    return f"{len(words)} words"


def main():
    isoloir = Isoloir(sys.argv[1:])
    isoloir.ask("watch")
    me = isoloir.ask("whoami")["login"]
    print(f"{me} is answering", file=sys.stderr, flush=True)
    # What came while nobody watched; events of the same messages come too and are passed over.
    answered = set()
    for message in unread(isoloir):
        answer(isoloir, me, message)
        answered.add(message["message_id"])
    for event in isoloir.events():
        # What is said in a group is not for a machine to answer in private.
        if event.get("event") != "message" or event.get("group_id") or event["message_id"] in answered:
            continue
        answer(isoloir, me, event)
        # What counts as read is not answered again by the next run.
        isoloir.ask("seen", who=event["from"], up_to=event["message_id"])
    return isoloir.process.wait()


def unread(isoloir):
    """The messages of two people that nobody has read; from now on they count as read."""
    for row in isoloir.ask("conversations"):
        if row["unread"] and "group" not in row:
            yield from isoloir.ask("history", who=row["login"], last=row["unread"])


def answer(isoloir, me, message):
    """Answers what somebody else said, if there is something to say. Files and deleted messages have no text."""
    text = reply(message.get("text") or "")
    if not text or message["from"] == me:
        return
    try:
        isoloir.ask("send", who=message["from"], text=text)
    except RuntimeError as refused:
        # One person who cannot be answered is no reason to leave the others alone.
        print(f"not sent: {refused}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
