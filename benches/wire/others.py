"""Other people's mocks, for a comparison: each is started if it is installed, and told to answer chat requests."""

import json
import os
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path

import rig


def vidaimock(stack: ExitStack, folder: Path) -> str | None:
    """`cargo install vidaimock`, in the mode that it has for this."""
    return served(stack, folder, "vidaimock", lambda port: ["--port", port, "--latency", "0", "--mode", "benchmark"])


def aimock(stack: ExitStack, folder: Path) -> str | None:
    """npm's @copilotkit/aimock, whose server for language models is called llmock."""
    fixture = {"match": {"userMessage": "order"}, "response": {"content": "Your order is on its way."}}
    (folder / "fixtures.json").write_text(json.dumps({"fixtures": [fixture]}))
    return served(stack, folder, "llmock", lambda port: ["-p", port, "-f", "fixtures.json", "--log-level", "silent"])


def wiremock(stack: ExitStack, folder: Path) -> str | None:
    """npm's wiremock, or any other that is called so, with its journal of requests as it comes."""
    (folder / "mappings").mkdir()
    reply = {"id": "chatcmpl-1", "object": "chat.completion", "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "Your order is on its way."}, "finish_reason": "stop"}]}
    mapping = {"request": {"method": "POST", "urlPath": rig.CHAT}, "response": {"status": 200, "jsonBody": reply}}
    (folder / "mappings" / "chat.json").write_text(json.dumps(mapping))
    return served(stack, folder, "wiremock", lambda port: ["--port", port, "--root-dir", "."])


ALL = {"vidaimock": vidaimock, "aimock": aimock, "wiremock": wiremock}


def served(stack: ExitStack, folder: Path, program: str, arguments) -> str | None:
    """Starts a program of the PATH; where it answers chat requests. `None`: it is not installed."""
    path = shutil.which(program)
    if path is None:
        return None
    port = str(rig.free_port())
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    # In a group of its own: some start their server as a process behind them.
    command = [*rig.on_core(rig.SERVER_CORE), path, *arguments(port)]
    process = subprocess.Popen(command, cwd=folder, start_new_session=True, **quiet)
    stack.callback(os.killpg, process.pid, 9)
    return f"http://127.0.0.1:{port}{rig.CHAT}"
