"""Java's and Python's decoders, over every encoding that a contract may name: they read each byte and each pair of bytes alike."""

import codecs
import json
from pathlib import Path

import pytest

TABLE = json.loads((Path(__file__).parent.parent.parent / "functions/domain/contract/encodings.json").read_text("utf-8"))
LINE_END = 10
SINGLES = [bytes([byte]) for byte in range(256) if byte != LINE_END]
PAIRS = [bytes([first, second]) for first in range(0x80, 256) for second in range(256) if second != LINE_END]


@pytest.mark.parametrize("encoding", TABLE)
def test_bytes_are_read_alike(spark, encoding):
    decoded = spark._jvm.java.lang.String(bytearray(b"\n".join(SINGLES + PAIRS)), encoding)
    for source, java in zip(SINGLES + PAIRS, str(decoded).split("\n"), strict=True):
        try:
            python = source.decode(encoding)
        except UnicodeDecodeError:
            python = None
        assert python == (None if "\ufffd" in java else java), source.hex()


@pytest.mark.parametrize("encoding", TABLE)
def test_every_other_name_is_the_same_encoding_in_both(spark, encoding):
    charset = spark._jvm.java.nio.charset.Charset
    for name in TABLE[encoding]:
        assert codecs.lookup(name).name == codecs.lookup(encoding).name
        assert charset.forName(name).equals(charset.forName(encoding))
