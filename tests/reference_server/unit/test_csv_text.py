import pytest

from reference_server.csv_text import UnusableCsv, read_table


@pytest.mark.parametrize(
    ("content", "header", "rows"),
    [
        (b"a,b\nc,d", ["a", "b"], [["c", "d"]]),
        (b"a,b\r\nc,d\r\n", ["a", "b"], [["c", "d"]]),
        (b"\xef\xbb\xbfa,b\nc,d", ["a", "b"], [["c", "d"]]),
        ("ä,b\nç,日本".encode(), ["ä", "b"], [["ç", "日本"]]),
        ("ä,b\nç,“d”".encode("cp1252"), ["ä", "b"], [["ç", "“d”"]]),
        (b'a,b\n"c,""x""","d\ne"', ["a", "b"], [['c,"x"', "d\ne"]]),
        (b'a,b\n"c\r\n\r\n d",e', ["a", "b"], [["c\r\n\r\n d", "e"]]),
        (b'a,b\nc"d"e, "f"', ["a", "b"], [['c"d"e', '"f"']]),
        (b"\n \t\r\na,b\n\n  \nc,d\n\t\n", ["a", "b"], [["c", "d"]]),
        (b"a,b\n,\n", ["a", "b"], [["", ""]]),
        (b"a,b\n \tc\xc2\xa0,\xc2\xa0d ", ["a", "b"], [["c", "d"]]),
        ("a,b\nc\u2028d,e\x0bf\x85g".encode(), ["a", "b"], [["c\u2028d", "e\x0bf\x85g"]]),
        (b"a,b\nc\x00d,e", ["a", "b"], [["c\x00d", "e"]]),
        (b"a,b\n" + b"x" * 1_000_000 + b",c", ["a", "b"], [["x" * 1_000_000, "c"]]),
        (b"a,b\n" + b"c,d\n" * 10 + b"c,d,e\n", ["a", "b"], [["c", "d"]] * 10 + [["c", "d", "e"]]),
    ],
)
def test_a_table_is_read(content: bytes, header: list[str], rows: list[list[str]]) -> None:
    table = read_table(content)
    assert (table.header, table.rows) == (header, rows)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b'a,b\n"c,d', "quote is not closed"),
        (b'a,b\nc"x,d', "quote is not closed"),
        (b"a,b\n\n \n", "no data row"),
        (b"a,b\n" + b"c,d\n" * 10_001, "more than 10,000 data rows"),
        (b"a;b\nc;d", "fewer than 2 columns"),
        (b"a,b\nc", "data row 1 has 1 columns where the header has 2"),
        (b"a,b\n" + b"c,d\n" * 9 + b"c,d,e\n", "data row 10 has 3 columns"),
        (b'a,b\n""\n', "data row 1 has 1 columns"),
        (b'a,b\n"  "\n', "data row 1 has 1 columns"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_a_suggestion(content: bytes, reason: str) -> None:
    with pytest.raises(UnusableCsv, match=reason) as refused:
        read_table(content)
    assert refused.value.suggestion


def test_ten_thousand_rows_are_allowed() -> None:
    assert len(read_table(b"a,b\n" + b"c,d\n" * 10_000).rows) == 10_000
