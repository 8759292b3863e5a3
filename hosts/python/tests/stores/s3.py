"""What test_stores.py runs where moto and s3fs are: the command line with pictures in a server that speaks S3."""

from __future__ import annotations

import json
import os
import sys

import s3fs
from moto.server import ThreadedMotoServer

from thumbox.cli import main as cli


def main(arguments: list[str]) -> int:
    """As in a process of its own, which knows no listing of an earlier one."""
    s3fs.S3FileSystem.clear_instance_cache()
    return cli.main(arguments)


def run() -> dict[str, object]:
    """What came of it, for the test to look at."""
    photo, address = sys.argv[1:3]
    fs = s3fs.S3FileSystem(endpoint_url=address, use_listings_cache=False)
    fs.mkdir("photos")
    data = open(photo, "rb").read()  # noqa: PTH123, SIM115
    for name in ("a.jpg", "deep/b.jpg", "deep/._b.jpg", "notes.txt"):
        fs.pipe_file(f"photos/{name}", data)
    fs.pipe_file("photos/broken.jpg", b"neither")
    results: dict[str, object] = {}
    make = ["make", "s3://photos", "-o", "s3://photos/thumbs", "--size", "64", "--variant", "native"]
    results["first"] = main(make)
    results["names"] = sorted(fs.find("photos/thumbs"))
    made = fs.info("photos/thumbs/a.jpg")["LastModified"]
    results["second"] = main(make)
    results["kept"] = fs.info("photos/thumbs/a.jpg")["LastModified"] == made
    results["bytes"] = fs.cat_file("photos/thumbs/deep/b.jpg").hex()
    results["no bucket"] = main(["make", photo, "-o", "s3://nowhere/thumbs", "--variant", "native"])
    results["buckets"] = [one.strip("/") for one in fs.ls("/")]
    results["chain"] = main(["make", "simplecache::s3://photos", "-o", "s3://photos/x"])
    results["probe"] = main(["probe", "s3://photos/a.jpg"])
    results["batch"] = main(
        ["batch", "s3://photos/in.parquet", "s3://photos/out.parquet", "--column", "image", "--variant", "native"]
        if _parquet(fs, data)
        else []
    )
    results["parts"] = fs.find("photos/out.parquet.parts")
    results["paths"] = main(
        [
            *("batch", "s3://photos/paths.parquet", "s3://photos/of-paths.parquet", "--column", "image"),
            *("--paths", "s3://photos/deep", "--variant", "native"),
        ]
    )
    results["rows"] = [_rows(fs, f"photos/{name}.parquet") for name in ("out", "of-paths")]
    return results


def _parquet(fs: s3fs.S3FileSystem, data: bytes) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {"in": [data, b"neither", None], "paths": ["b.jpg", "../a.jpg", "gone.jpg"]}
    for name, column in columns.items():
        with fs.open(f"photos/{name}.parquet", "wb") as file:
            pq.write_table(pa.table({"image": column}), file, row_group_size=2)
    return True


def _rows(fs: s3fs.S3FileSystem, path: str) -> list[object]:
    import pyarrow.parquet as pq

    with fs.open(path, "rb") as file:
        rows = pq.read_table(file)["thumbnail"].to_pylist()
    return [row and (row["width"], row["code"]) for row in rows]


if __name__ == "__main__":
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    sys.argv.append(f"http://{host}:{port}")
    os.environ |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_ENDPOINT_URL": sys.argv[2]}
    sys.stdout.write("\n" + json.dumps(run()) + "\n")
    server.stop()
