"""A CSV import from the request to the close."""

import pytest

from tests.reference_server.client import Client, until

GOOD = "Title,Author,ISBN\nDune,Frank Herbert,9780441172719\nEmma,,\nUlysses,James Joyce,\n"


async def test_an_import_goes_through_its_steps(fast: Client) -> None:
    job_id = await fast.load(GOOD)
    story = await fast.story(job_id)
    assert [message["data"].get("progress") for message in story.job] == [0.02, 0.05, 0.5, 0.75, None]
    assert all(message["jobId"] == job_id for message in story.job)
    assert all(isinstance(message["timestamp"], int) for message in story.job)
    assert all(message["data"]["status"] and message["data"]["keepAlive"] is False for message in story.job[:-1])
    assert story.job[-1]["type"] == "complete"
    assert story.job[-1]["data"] == {
        "books": [
            {"title": "Dune", "author": "Frank Herbert", "isbn": "9780441172719"},
            {"title": "Ulysses", "author": "James Joyce"},
        ],
        "errors": [{"title": "Emma", "error": "no author"}],
        "successRate": "2/3",
    }
    assert story.close == 1000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \r\n\t",
        b"title,author\n",
        b"title,author\n" + b"a,b\n" * 10_001,
        b"title\nDune\n",
        b'title,author\n"Dune,x\n',
        b"title,author\na,b,c\n",
        b"name,author\na,b\n",
        b"title,writer\na,b\n",
        b"title,author\n,\n",
        bytes(range(256)) * 4,
    ],
)
async def test_a_file_that_is_no_usable_csv_ends_in_an_error(fast: Client, content: bytes) -> None:
    story = await fast.csv(content)
    assert story.kinds == ["progress", "error"]
    assert story.job[0]["data"]["progress"] == 0.02
    data = story.job[1]["data"]
    assert data["error"].startswith("Invalid CSV: ")
    assert data["fallbackAvailable"] is True
    assert data["suggestion"]
    assert story.close == 1000


async def test_a_file_of_the_greatest_size_and_rows_is_imported(fast: Client) -> None:
    start = b"title,author,notes\n" + b"a,b,c\n" * 9_999
    content = start + b"a,b," + b"x" * (10 * 1024 * 1024 - len(start) - 4)
    assert len(content) == 10 * 1024 * 1024
    assert (await fast.csv(content)).job[-1]["data"]["successRate"] == "10000/10000"


async def test_a_csv_import_is_no_batch_to_cancel(slow: Client) -> None:
    job_id = await slow.load(GOOD)
    async with slow.socket(job_id) as connection:
        await until(connection, type="progress")
        answer = await slow.http.post("/api/scan-bookshelf/cancel", json={"jobId": job_id})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "E_NOT_FOUND")


GOODREADS = (
    "Book Id,Title,Author,Author l-f,Additional Authors,ISBN,ISBN13,My Rating,Average Rating,Publisher,Binding,"
    "Number of Pages,Year Published,Original Publication Year,Date Read,Date Added,Bookshelves,"
    "Bookshelves with positions,Exclusive Shelf,My Review,Spoiler,Private Notes,Read Count,Owned Copies\r\n"
    '234225,"Dune (Dune, #1)",Frank Herbert,"Herbert, Frank",,"=""0441172717""","=""9780441172719""",5,4.27,Ace,'
    'Paperback,535,1999,1965,2020/01/02,2019/12/30,,,read,"Slow, then not.<br/>""Fear is the mind-killer""",,,1,0\r\n'
    '6185,Wuthering Heights,Emily Brontë,"Brontë, Emily",,"=""""","=""""",0,3.89,Norton,Paperback,464,2002,1847,,'
    "2021/05/06,to-read,to-read (#1),to-read,,,,0,0\r\n"
)
LIBRARYTHING = (
    "Book Id,Title,Sort Character,Primary Author,Primary Author Role,Secondary Author,Secondary Author Roles,"
    "Publication,Date,Review,Rating,Comment,Private Comment,Summary,Media,Physical Description,Weight,Height,"
    "Thickness,Length,Dimensions,Page Count,LCCN,Acquired,Date Started,Date Read,Barcode,BCID,Tags,Collections,"
    "Languages,Original Languages,LC Classification,ISBN,ISBNs,Subjects,Dewey Decimal,Dewey Wording,"
    "Other Call Number,Copies,Source,Entry Date,From Where,OCLC,Work id,Lending Patron,Lending Status,Lending Start,"
    "Lending End,List Price,Purchase Price,Value,Condition,ISSN\n"
    '1,Dune,1,"Herbert, Frank",,,,"Ace (1999)",1999,,5,,,,Paperback,,,,,,,535,,,,,,,,Your library,English,,,'
    '[0441172717],"0441172717, 9780441172719",,,,,1,,2020-01-02,,,,,,,,,,,,\n'
    '2,Emma,1,"Austen, Jane",,,,"Penguin",2003,,,,,,Paperback,,,,,,,474,,,,,,,,Your library,English,,,'
    ',"9780141439587, 0141439580",,,,,1,,2020-01-02,,,,,,,,,,,,\n'
)
STORYGRAPH = (
    "Title,Authors,Contributors,ISBN/UID,Format,Read Status,Date Added,Last Date Read,Dates Read,Read Count,Moods,Pace,"
    "Character- or Plot-Driven?,Strong Character Development?,Loveable Characters?,Diverse Characters?,"
    "Flawed Characters?,Star Rating,Review,Content Warnings,Content Warning Description,Tags,Owned?\n"
    'Dune,Frank Herbert,"",9780441172719,paperback,read,2020/01/02,2020/02/03,2020/01/02-2020/02/03,1,"dark, tense",'
    'slow,A mix,Yes,No,No,Yes,4.5,"<div>Long.\n\nVery.</div>","","","",No\n'
)


@pytest.mark.parametrize(
    ("export", "books"),
    [
        (
            GOODREADS,
            [("Dune (Dune, #1)", "Frank Herbert", "9780441172719"), ("Wuthering Heights", "Emily Brontë", None)],
        ),
        (LIBRARYTHING, [("Dune", "Herbert, Frank", "0441172717"), ("Emma", "Austen, Jane", "9780141439587")]),
        (STORYGRAPH, [("Dune", "Frank Herbert", "9780441172719")]),
    ],
    ids=["Goodreads", "LibraryThing", "StoryGraph"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
async def test_what_other_sites_export_is_imported(
    fast: Client, export: str, books: list[tuple[str, str, str | None]], encoding: str
) -> None:
    data = (await fast.csv(export.encode(encoding))).job[-1]["data"]
    assert [(book["title"], book["author"], book.get("isbn")) for book in data["books"]] == books
    assert data["errors"] == []
