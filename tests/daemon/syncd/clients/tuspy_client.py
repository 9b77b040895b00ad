"""One clip by tuspy, the published client of PyPI, with SHA-1 checksums.

tuspy_client.py <configuration.json>; prints "chunk <bytes>" as the server acknowledges, then "done".
"""
import json
import os
import sys
import time

config = json.load(open(sys.argv[1], encoding="utf-8"))
os.environ["REQUESTS_CA_BUNDLE"] = config["ca"]

from tusclient import client  # noqa: E402  (reads the environment)
from tusclient.exceptions import TusCommunicationError, TusUploadFailed  # noqa: E402


def uploader(url=None):
    tus = client.TusClient(config["endpoint"], client_cert=(config["cert"], config["key"]))
    return tus.uploader(config["file"], chunk_size=config["chunk"], metadata=config["metadata"], url=url,
                        upload_checksum=True, retries=3, retry_delay=0.1)


size = os.path.getsize(config["file"])
upload = uploader()
chunks = 0
while upload.offset < size:
    try:
        upload.upload_chunk()
    except (TusCommunicationError, TusUploadFailed, OSError):
        if config["mode"] != "restart":
            raise
        time.sleep(0.2)
        for _ in range(100):  # the registry is being started again
            try:
                upload = uploader(upload.url)
                break
            except (TusCommunicationError, OSError):
                time.sleep(0.2)
        continue
    chunks += 1
    print("chunk", upload.offset, flush=True)
    if config["mode"] == "pause" and chunks == 2:
        time.sleep(0.2)
        upload = uploader(upload.url)  # asks the server where it is
    if config["mode"] == "wrong_offset" and chunks == 2:
        upload.offset += 1000  # 409; its own retry asks and goes on
print("done", flush=True)
