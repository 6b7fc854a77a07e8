"""Books to plant in photos: public-domain titles with made-up ISBNs.

The ISBN-13s are valid to the check digit and lie in a range (979-9) where no real book has one. Titles and authors
are Latin, Greek or Cyrillic, which the font that draws them has, and contain no `|`. A spec names a book by its place
in `BOOKS`: add new books at the end, and do not reorder.

The first few are near-twins on purpose, for they are drawn most: the same title and author with an ISBN, without and
with another; the same ISBN under another title; titles that differ in case alone.
"""

# ruff: noqa: RUF001 - letters that look alike are meant: titles are Greek and Cyrillic too

from __future__ import annotations

from harness.records import NamedTuple


class Book(NamedTuple):
    """A book as its spine names it."""

    title: str
    author: str
    isbn: str | None


TWINS = 10
"""How many books at the start are near-twins of one another."""

BOOKS: tuple[Book, ...] = (
    Book("Pride and Prejudice", "Jane Austen", "9799202600002"),
    Book("Frankenstein", "Mary Shelley", "9799202601375"),
    Book("The Odyssey", "Homer", None),
    Book("Pride and Prejudice", "Jane Austen", None),
    Book("Pride and Prejudice", "Jane Austen", "9799202605489"),
    Book("Frankenstein; or, The Modern Prometheus", "Mary Shelley", "9799202601375"),
    Book("the odyssey", "Homer", None),
    Book("Moby-Dick; or, The Whale", "Herman Melville", "9799202609593"),
    Book("Poems", "Emily Dickinson", None),
    Book("Poems", "Oscar Wilde", None),
    Book("Dracula", "Bram Stoker", "9799202613705"),
    Book("Emma", "Jane Austen", "9799202615075"),
    Book("Persuasion", "Jane Austen", "9799202616447"),
    Book("Sense and Sensibility", "Jane Austen", "9799202617819"),
    Book("Jane Eyre", "Charlotte Bronte", "9799202619189"),
    Book("Villette", "Charlotte Bronte", "9799202620550"),
    Book("Wuthering Heights", "Emily Bronte", "9799202621922"),
    Book("Middlemarch", "George Eliot", "9799202623292"),
    Book("Silas Marner", "George Eliot", "9799202624664"),
    Book("Great Expectations", "Charles Dickens", "9799202626033"),
    Book("A Tale of Two Cities", "Charles Dickens", "9799202627405"),
    Book("Bleak House", "Charles Dickens", "9799202628778"),
    Book("Oliver Twist", "Charles Dickens", "9799202630146"),
    Book("The Pickwick Papers", "Charles Dickens", None),
    Book("Vanity Fair", "William Makepeace Thackeray", "9799202632881"),
    Book("The Moonstone", "Wilkie Collins", "9799202634250"),
    Book("The Woman in White", "Wilkie Collins", "9799202635622"),
    Book("Treasure Island", "Robert Louis Stevenson", "9799202636995"),
    Book("Kidnapped", "Robert Louis Stevenson", "9799202638364"),
    Book("The Time Machine", "H. G. Wells", "9799202639736"),
    Book("The War of the Worlds", "H. G. Wells", "9799202641104"),
    Book("The Invisible Man", "H. G. Wells", "9799202642477"),
    Book("The Picture of Dorian Gray", "Oscar Wilde", "9799202643849"),
    Book("The Importance of Being Earnest", "Oscar Wilde", "9799202645218"),
    Book("Tess of the d'Urbervilles", "Thomas Hardy", "9799202646581"),
    Book("Far from the Madding Crowd", "Thomas Hardy", "9799202647953"),
    Book("Heart of Darkness", "Joseph Conrad", "9799202649322"),
    Book("Lord Jim", "Joseph Conrad", "9799202650694"),
    Book("Kim", "Rudyard Kipling", "9799202652063"),
    Book("The Jungle Book", "Rudyard Kipling", "9799202653435"),
    Book("Alice's Adventures in Wonderland", "Lewis Carroll", "9799202654807"),
    Book("Through the Looking-Glass", "Lewis Carroll", "9799202656177"),
    Book("The Scarlet Letter", "Nathaniel Hawthorne", "9799202657549"),
    Book("Walden", "Henry David Thoreau", "9799202658911"),
    Book("Leaves of Grass", "Walt Whitman", None),
    Book("Little Women", "Louisa May Alcott", "9799202661652"),
    Book("Adventures of Huckleberry Finn", "Mark Twain", "9799202663021"),
    Book("The Adventures of Tom Sawyer", "Mark Twain", "9799202664394"),
    Book("The Portrait of a Lady", "Henry James", "9799202665766"),
    Book("The Turn of the Screw", "Henry James", "9799202667135"),
    Book("The Age of Innocence", "Edith Wharton", "9799202668507"),
    Book("The Awakening", "Kate Chopin", "9799202669870"),
    Book("The Call of the Wild", "Jack London", "9799202671248"),
    Book("War and Peace", "Leo Tolstoy", "9799202672610"),
    Book("Anna Karenina", "Leo Tolstoy", "9799202673983"),
    Book("Crime and Punishment", "Fyodor Dostoevsky", "9799202675352"),
    Book("The Brothers Karamazov", "Fyodor Dostoevsky", "9799202676724"),
    Book("Dead Souls", "Nikolai Gogol", "9799202678094"),
    Book("The Count of Monte Cristo", "Alexandre Dumas", "9799202679466"),
    Book("Twenty Thousand Leagues Under the Seas", "Jules Verne", "9799202680837"),
    Book("Madame Bovary", "Gustave Flaubert", "9799202682206"),
    Book("Candide", "Voltaire", "9799202683579"),
    Book("Don Quixote", "Miguel de Cervantes", "9799202684941"),
    Book("The Iliad", "Homer", None),
    Book("Les Misérables", "Victor Hugo", "9799202674003"),
    Book("Война и мир", "Лев Толстой", "9799202674973"),
    Book("Οδύσσεια", "Όμηρος", None),
    Book("Die Leiden des jungen Werthers", "Johann Wolfgang von Goethe", "9799202676915"),
    Book("Преступление и наказание", "Фёдор Достоевский", "9799202677882"),
    Book("Émile, ou De l'éducation", "Jean-Jacques Rousseau", "9799202678858"),
    Book("Ἀνάβασις", "Ξενοφῶν", None),
    Book("Don Quijote de la Mancha", "Miguel de Cervantes Saavedra", "9799202680790"),
    Book("Memórias Póstumas de Brás Cubas", "Machado de Assis", "9799202681766"),
    Book("Os Maias", "Eça de Queirós", "9799202682732"),
    Book("Babička", "Božena Němcová", "9799202683708"),
    Book("Ogniem i mieczem", "Henryk Sienkiewicz", "9799202684675"),
    Book("Nad Niemnem", "Eliza Orzeszkowa", "9799202685641"),
    Book("Fröken Julie", "August Strindberg", "9799202686617"),
    Book("Gösta Berlings saga", "Selma Lagerlöf", "9799202687584"),
    Book("Brand", "Henrik Ibsen", "9799202688550"),
    Book("Brennu-Njáls saga", "Óþekktur höfundur", None),
    Book("Az ember tragédiája", "Imre Madách", "9799202690492"),
    Book("Кобзар", "Тарас Шевченко", None),
    Book("Truyện Kiều", "Nguyễn Du", "9799202692434"),
    Book("Die Räuber", "Friedrich Schiller", "9799202693400"),
    Book("Aşk-ı Memnu", "Halit Ziya Uşaklıgil", "9799202694377"),
    Book("À rebours", "Joris-Karl Huysmans", "9799202695343"),
    Book("Sämtliche Märchen", "Brüder Grimm", "9799202696319"),
    Book(
        "The Life and Strange Surprizing Adventures of Robinson Crusoe, of York, Mariner",
        "Daniel Defoe",
        "9799202697286",
    ),
    Book("Twenty Years After, or, The Further Adventures of the Three Musketeers", "Alexandre Dumas", None),
)
