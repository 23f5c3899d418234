"""XML files, against what Python's own tree of the same file has."""

import gzip
import json
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lake import contract_with
from sluice_etl.errors import UnreadableFileError
from sluice_etl.formats.xml.rows import BrokenXmlError, Rows, Wanted, value_of

COMMON = dict(derive={}, latest_by=[], quarantine={"rules": {}}, curated={"partition_by": [], "target_file_mb": 128})
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=6)
NAMES = st.sampled_from(["a", "b", "c"])


@st.composite
def elements(draw, name="row", depth=2):
    element = ElementTree.Element(name, draw(st.dictionaries(NAMES, TEXTS, max_size=2)))
    inner = draw(st.lists(NAMES, max_size=3 if depth else 0))
    element.text = draw(TEXTS)
    for child in inner:
        element.append(draw(elements(child, depth - 1)))
    return element


@settings(deadline=None, max_examples=60)
@given(st.lists(elements(), min_size=1, max_size=3), st.sampled_from(["utf-8", "utf-16", "iso-8859-1"]), st.integers(1, 50))
def test_values_are_those_of_pythons_tree_however_the_bytes_come_in(rows, encoding, size):
    root = ElementTree.Element("root")
    root.extend(rows)
    data = ElementTree.tostring(root, encoding=encoding, xml_declaration=True)
    found = list(Rows("row").of(data[at : at + size] for at in range(0, len(data), size)))
    assert len(found) == len(rows)
    for row, tree in zip(found, ElementTree.fromstring(data)):
        for name in "abc":
            assert value_of(row, Wanted(((f"@{name}",),), False, False)) == tree.get(name)
            leaves = [element for element in tree.findall(name) if len(element) == 0]
            if leaves and len(leaves) == len(tree.findall(name)):
                texts = [element.text or None for element in leaves]
                expected = texts[0] if len(texts) == 1 else json.dumps(texts, ensure_ascii=False)
                assert value_of(row, Wanted(((name,),), False, False)) == expected
            below = [element.text or None for element in tree.findall(f"{name}/a") if len(element) == 0]
            if len(below) == len(tree.findall(f"{name}/a")):
                assert value_of(row, Wanted(((name, "a"),), True, True)) is None or below


@pytest.mark.parametrize("data", [b"<r><a></r>", b"<r>", b'<!DOCTYPE r [<!ENTITY x "y">]><r>&x;</r>', b"<r>&x;</r>", b"id,x\n", b'<?xml version="1.0" encoding="utf-8"?><r>\xff</r>'])
def test_a_file_that_is_not_well_formed_is_told_from_others(data):
    with pytest.raises(BrokenXmlError, match="not well-formed|declares entities"):
        list(Rows("r").of([data]))


def contract(columns: dict, **options) -> dict:
    return contract_with(columns=columns, source={"format": "xml", "options": {"row_tag": "order", **options}}, **COMMON)


@pytest.mark.nightly
def test_rows_are_elements_with_exact_values(lake):
    columns = {
        "id": {"type": "string", "from": "@id"}, "amount": "decimal(20,10)", "currency": {"type": "string", "from": "amount.@cur"}, "note": "string",
        "city": {"type": "string", "from": ["customer", "city"]}, "tags": {"type": "array<string>", "from": ["tags", "tag"]}, "customer": "struct<city:string,age:int>", "late": "string",
    }  # fmt: skip
    first = """<?xml version="1.0" encoding="iso-8859-1"?>
<s:orders xmlns:s="urn:x"><s:order id="1"><s:amount cur="CHF">1234567890.1234567890</s:amount><note>Zo\xeb &lt;&amp;&gt; <![CDATA[<b>]]></note>
<customer><city>Bern</city><age>7</age></customer><tags><tag>a</tag><tag>b</tag></tags></s:order>
<s:order id="2"><amount>1.5x</amount></s:order><s:order id="3"><note/><tags><tag>1</tag></tags><extra>y</extra></s:order></s:orders>""".encode("latin1")
    second = gzip.compress(b'<all><order id="4"><late>x</late></order></all>')
    manifest = lake.batch(contract(columns), keys=[lake.land("day=1/a b.xml", first), lake.land("day=1/b.xml.gz", second)])
    assert manifest["rows"] == {"read": 4, "written": 3, "duplicates": 0, "superseded": 0, "quarantined": 1}
    assert manifest["quarantinedByRule"] == {"invalid_type:amount": 1} and manifest["drift"]["unknown"] == {"extra": 1}
    found = {row["id"]: row for row in lake.arrow("curated")}
    one = found["1"]
    assert (one["amount"], one["currency"], one["note"], one["city"]) == (Decimal("1234567890.1234567890"), "CHF", "Zoë <&> <b>", "Bern")
    assert (one["tags"], one["customer"], found["3"]["note"], found["3"]["tags"], found["4"]["late"]) == (["a", "b"], {"city": "Bern", "age": 7}, None, ["1"], "x")


def test_files_without_rows_and_broken_ones_are_refused_by_name(lake):
    under = contract({"id": "string"})
    with pytest.raises(UnreadableFileError, match=r"day=1/a\.xml cannot be read: it has no element order\. Give source\.options the row_tag"):
        lake.batch(under, keys=[lake.land("day=1/a.xml", "<orders/>")])
    with pytest.raises(UnreadableFileError, match=r"day=1/b\.xml cannot be read: it is not well-formed XML \(mismatched tag: line 2, column 2\)"):
        lake.batch(under, keys=[lake.land("day=1/b.xml", "<orders><order><id>1</id></order>\n</x>")])
