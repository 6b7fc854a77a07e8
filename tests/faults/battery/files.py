"""CSV files as people and programs write them: what is found in each."""

from reference_server.components import Pace
from tests.faults.battery.bench import Bench, Noted

FILES: dict[str, bytes] = {
    "bom": b"\xef\xbb\xbftitle,author\nDune,Frank Herbert\n",
    "windows": "title,author\nChéri,Colette\n".encode("cp1252"),
    "utf-8": "title,author\nChéri,Colette\n".encode(),
    "quoted": b'title,author,note\n"Dune, again","Herbert, Frank",x\n',
    "newline": b'title,author,note\n"Dune\nMessiah",Frank Herbert,x\n',
    "doubled": b'title,author\n"The ""Dune"" book",Frank Herbert\n',
    "crlf": b"title,author\r\nDune,Frank Herbert\r\n",
    "blank": b"title,author\n\nDune,Frank Herbert\n  \nEmma,Jane Austen\n",
    "no-last-newline": b"title,author\nDune,Frank Herbert\nEmma,Jane Austen",
    "untrimmed": b"title, author\n Dune ,Frank Herbert\t\n",
    "synonyms": b"Book Title,Primary Author\nDune,Frank Herbert\n",
    "capitals": b"TITLE,AUTHOR\nDune,Frank Herbert\n",
    "turned": b"author,year,title\nFrank Herbert,1965,Dune\n",
    "incomplete": b"title,author\nDune,\nEmma,Jane Austen\n",
    "same-title": b"title,author\nPoems,Emily Dickinson\nPoems,W. H. Auden\n",
    "short": b"title,author,year\n" + b"Dune,Frank Herbert,1965\n" * 11 + b"Emma,Jane Austen\n",
    "unusable": b"name,year\nDune,1965\n",
    "hyphens": b"title,author,isbn\nDune,Frank Herbert,978-0-441-17271-9\n",
    "check-digit": b"title,author,isbn\nDune,Frank Herbert,044117271x\n",
    "two-isbns": b"title,author,isbn,isbn13\nDune,Frank Herbert,044117271X,9780441172719\n",
    "list": b'title,author,isbns\nDune,Frank Herbert,"9780441172719, 044117271X"\n',
    "150-rows": b"title,author\n" + b"Dune,Frank Herbert\n" * 150,
}


async def files(bench: Bench) -> Noted:
    """One after the other, so that nothing waits for everything."""
    async with bench.another(pace=Pace()) as fast:
        return {name: (await _imported(fast, name, content))["job"][-1:] for name, content in FILES.items()}


async def _imported(bench: Bench, name: str, content: bytes) -> Noted:
    job_id, _ = await bench.load(name, content)
    return await bench.story(job_id)


SCENARIOS = (files,)
