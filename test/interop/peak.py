"""Runs a command and tells what it printed and the most memory that it or a process of its held: JSON {command} on stdin, {status, stdout, stderr, bytes} on stdout."""
import json
import resource
import subprocess
import sys

done = subprocess.run(json.load(sys.stdin)["command"], capture_output=True, text=True)
held = 1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps({"status": done.returncode, "stdout": done.stdout, "stderr": done.stderr[-2000:], "bytes": held}))
