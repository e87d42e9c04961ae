"""Words for made-up addresses, per country: real cities, streets and postcode shapes, nobody's names.

In a postcode shape `#` becomes a digit, `@` a letter that British postcodes may end in, `&` a Dutch one.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Locale:
    """How addresses look in one country. `cities` are (city, postcode shape, region)."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[tuple[str, str, str], ...]
    number_first: bool = False


_EN = ("Olivia", "Amelia", "Isla", "Freya", "Zoë", "Siân", "Harry", "Rhys", "Callum", "Aidan", "Máire", "Niamh")
_EN_LAST = ("Carter", "Whitfield", "O'Hara", "Llewellyn", "Fairbairn", "Hughes-Dale", "Ó Briain", "Ashworth", "Penrose")
_NL = ("Sanne", "Noor", "Floor", "Daniël", "Jürgen", "Chloë", "Mees", "Eefje", "Çiğdem", "René", "Jort", "Zoë")
_NL_LAST = ("de Vries", "van den Berg", "Kuiper", "’t Hart", "Brouwer", "Koçak", "van der Meulen", "Mulder", "Baars")
_DE = ("Jörg", "Käthe", "Björn", "Lena", "Sören", "Ulrike", "Günter", "Anneliese", "Mareike", "Jannik")
_DE_LAST = ("Müller", "Weiß", "Schröder", "Köhler", "Jäger", "Großmann", "Böhm", "Förster", "Lüdtke")
_FR = ("Chloé", "Éloïse", "Maëlle", "François", "Jérôme", "Anaïs", "Loïc", "Noémie", "Théo")
_FR_LAST = ("Lefèvre", "Bérenger", "Dupré", "Le Goff", "Hébrard", "Guérin", "d’Orsay", "Marchand")
_PL = ("Zofia", "Małgorzata", "Łukasz", "Wojciech", "Agnieszka", "Paweł", "Żaneta", "Grażyna", "Michał")
_PL_LAST = ("Wójcik", "Kowalczyk", "Dąbrowski", "Śliwa", "Zając", "Błaszczyk", "Jabłońska", "Żak")
_GR = ("Ελένη", "Γιώργος", "Αικατερίνη", "Δημήτρης", "Ξένια", "Θάνος", "Ιωάννα", "Νίκος")
_GR_LAST = ("Παπαδόπουλος", "Γεωργίου", "Νικολαΐδης", "Οικονόμου", "Κωνσταντίνου", "Βλάχου")
_ES = ("Lucía", "Íñigo", "Begoña", "Andrés", "Concepción", "João", "Inês", "Gonçalo", "Núria")
_ES_LAST = ("Ibáñez", "Núñez", "Magalhães", "Araújo", "Pérez", "Muñoz", "Simões", "Cañizares")
_IT = ("Niccolò", "Giulia", "Letizia", "Matteo", "Ilaria", "Fabrizio", "Chiara", "Désirée")
_IT_LAST = ("Rossi", "D’Amico", "Bianchi", "Nicolò", "De Luca", "Cascarà", "Ferrero")
_NORDIC = ("Åse", "Søren", "Frøya", "Håkan", "Malin", "Öystein", "Päivi", "Väinö", "Jökull")
_NORDIC_LAST = ("Ødegård", "Sjöberg", "Nørgaard", "Lindström", "Mäkelä", "Björnsdóttir", "Bergström")
_CZ = ("Jiří", "Božena", "Ondřej", "Šárka", "Ľubomír", "Žofie", "Dovilė", "Jūratė")
_CZ_LAST = ("Dvořák", "Němcová", "Růžička", "Šťastný", "Kazlauskas", "Žemaitis")
_WORLD = ("Yuki", "Mei", "Noa", "Omar", "Layla", "Thabo", "Ana", "Kenji", "Priya")
_WORLD_LAST = ("Tanaka", "Wong", "Haddad", "Nkosi", "Oliveira", "Cohen", "Al Mansoori", "Reid")

LOCALES: dict[str, Locale] = {
    "NL": Locale(
        _NL,
        _NL_LAST,
        ("Prinsengracht", "Dorpsstraat", "Kerkstraat", "’s-Gravelandseweg", "Laan van Meerdervoort", "Vondelstraat"),
        (
            ("Amsterdam", "10## &&", ""),
            ("Rotterdam", "30## &&", ""),
            ("Utrecht", "35## &&", ""),
            ("’s-Hertogenbosch", "52## &&", ""),
            ("Groningen", "97## &&", ""),
        ),
    ),
    "BE": Locale(
        _NL, _NL_LAST, ("Meir", "Rue Haute", "Veldstraat"), (("Antwerpen", "20#0", ""), ("Liège", "40#0", ""))
    ),
    "DE": Locale(
        _DE,
        _DE_LAST,
        ("Hauptstraße", "Königsallee", "Am Bäckerweg", "Schützenstraße"),
        (("Köln", "506##", ""), ("München", "803##", ""), ("Düsseldorf", "402##", ""), ("Berlin", "101##", "")),
    ),
    "AT": Locale(_DE, _DE_LAST, ("Währinger Straße", "Mühlgasse"), (("Wien", "10#0", ""), ("Graz", "801#", ""))),
    "CH": Locale(_DE, _DE_LAST, ("Zähringerstrasse", "Rue du Rhône"), (("Zürich", "80##", ""), ("Genève", "120#", ""))),
    "FR": Locale(
        _FR,
        _FR_LAST,
        ("rue de l’Église", "avenue des Érables", "boulevard Saint-Michel"),
        (("Paris", "750##", ""), ("Besançon", "250##", ""), ("Orléans", "450##", "")),
        number_first=True,
    ),
    "PL": Locale(
        _PL,
        _PL_LAST,
        ("ul. Świętokrzyska", "ul. Źródlana", "al. Niepodległości"),
        (("Warszawa", "00-###", ""), ("Łódź", "90-###", ""), ("Gdańsk", "80-###", "")),
    ),
    "GR": Locale(
        _GR,
        _GR_LAST,
        ("Οδός Αθηνάς", "Λεωφόρος Κηφισίας", "Αγίου Δημητρίου"),
        (("Αθήνα", "10# ##", ""), ("Θεσσαλονίκη", "54# ##", "")),
    ),
    "CY": Locale(_GR, _GR_LAST, ("Ledra", "Makariou III"), (("Nicosia", "10##", ""), ("Limassol", "30##", ""))),
    "GB": Locale(
        _EN,
        _EN_LAST,
        ("High Street", "Station Road", "Mill Lane", "St Mary’s Walk", "Queen’s Crescent"),
        (
            ("London", "N1 #@@", ""),
            ("Manchester", "M4 #@@", ""),
            ("Leeds", "LS6 #@@", ""),
            ("Cardiff", "CF10 #@@", ""),
            ("Edinburgh", "EH3 #@@", ""),
        ),
        number_first=True,
    ),
    "JE": Locale(
        _EN, _EN_LAST, ("Rouge Bouillon", "La Route du Fort"), (("St Helier", "JE2 #@@", ""),), number_first=True
    ),
    "GG": Locale(
        _EN, _EN_LAST, ("Les Banques", "Smith Street"), (("St Peter Port", "GY1 #@@", ""),), number_first=True
    ),
    "IE": Locale(
        _EN,
        _EN_LAST,
        ("Grafton Street", "Patrick Street", "Bóthar na Trá"),
        (("Dublin", "D02 &##&", ""), ("Cork", "T12 &##&", "")),
        number_first=True,
    ),
    "ES": Locale(_ES, _ES_LAST, ("Calle de Alcalá", "Calle Muñoz Seca"), (("Madrid", "280##", "Madrid"),)),
    "PT": Locale(_ES, _ES_LAST, ("Rua Augusta", "Rua da Conceição"), (("Lisboa", "1100-###", ""),)),
    "BR": Locale(_ES, _ES_LAST, ("Rua Augusta",), (("São Paulo", "01310-###", "SP"),)),
    "IT": Locale(
        _IT, _IT_LAST, ("Via Garibaldi", "Corso Libertà"), (("Roma", "001##", "RM"), ("Milano", "201##", "MI"))
    ),
    "MT": Locale(_IT, _IT_LAST, ("Triq ir-Repubblika",), (("Valletta", "VLT 11##", ""),), number_first=True),
    "DK": Locale(
        _NORDIC, _NORDIC_LAST, ("Nørrebrogade", "Strøget"), (("København", "22##", ""), ("Århus", "80##", ""))
    ),
    "SE": Locale(_NORDIC, _NORDIC_LAST, ("Drottninggatan", "Sankt Göransgatan"), (("Göteborg", "411 ##", ""),)),
    "NO": Locale(_NORDIC, _NORDIC_LAST, ("Grünerløkka", "Bygdøy allé"), (("Oslo", "05##", ""), ("Tromsø", "90##", ""))),
    "FI": Locale(_NORDIC, _NORDIC_LAST, ("Hämeentie", "Mannerheimintie"), (("Helsinki", "001##", ""),)),
    "IS": Locale(_NORDIC, _NORDIC_LAST, ("Laugavegur", "Skólavörðustígur"), (("Reykjavík", "101", ""),)),
    "CZ": Locale(_CZ, _CZ_LAST, ("Národní třída", "Křižíkova"), (("Praha", "110 ##", ""), ("Plzeň", "301 ##", ""))),
    "LT": Locale(_CZ, _CZ_LAST, ("Gedimino pr.", "Žvėryno g."), (("Vilnius", "LT-01###", ""),)),
    "JP": Locale(_WORLD, _WORLD_LAST, ("Marunouchi", "Jingūmae"), (("Chiyoda-ku", "100-00##", "Tokyo"),)),
    "HK": Locale(_WORLD, _WORLD_LAST, ("Nathan Road", "Queen’s Road Central"), (("Kowloon", "", "Kowloon"),)),
    "SG": Locale(_WORLD, _WORLD_LAST, ("Orchard Road",), (("Singapore", "2388##", ""),), number_first=True),
    "AU": Locale(_EN, _EN_LAST, ("King Street", "Kooyong Road"), (("Sydney", "20##", "NSW"),), number_first=True),
    "US": Locale(_EN, _EN_LAST, ("Maple Avenue", "Cañon Drive"), (("Portland", "972##", "OR"),), number_first=True),
    "CA": Locale(_EN, _EN_LAST, ("Yonge Street",), (("Toronto", "M5V 2T#", "ON"),), number_first=True),
    "ZA": Locale(_WORLD, _WORLD_LAST, ("Long Street",), (("Cape Town", "80##", ""),), number_first=True),
    "IL": Locale(_WORLD, _WORLD_LAST, ("Dizengoff Street",), (("Tel Aviv", "64#####", ""),)),
    "LB": Locale(_WORLD, _WORLD_LAST, ("Hamra Street",), (("Beirut", "1103 ####", ""),)),
    "SA": Locale(_WORLD, _WORLD_LAST, ("King Fahd Road",), (("Riyadh", "122##", ""),)),
    "BH": Locale(_WORLD, _WORLD_LAST, ("Government Avenue, Block 305,",), (("Manama", "305", ""),)),
    "AE": Locale(_WORLD, _WORLD_LAST, ("Al Wasl Road",), (("Dubai", "", "Dubai"),)),
}
