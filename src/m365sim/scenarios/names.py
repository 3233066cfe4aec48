"""Names for invented people: many languages and scripts, long ones, and ones with accents."""

#: Given name, surname, and a transliteration for the address when the script is not Latin.
NOTABLE: tuple[tuple[str, str, str | None], ...] = (
    ("José", "Álvarez", None),
    ("Ingrid", "Sørensen", None),
    ("Zoë", "Lefèvre", None),
    ("Łukasz", "Wójcik", None),
    ("Åsa", "Öhman", None),
    ("Thảo", "Đặng", None),
    ("Siobhán", "O’Donoghue", None),
    ("Maximiliane-Charlotte", "von Wittelsbach-Hohenlohe-Schillingsfürst", None),
    ("Alexandrina Philippa", "Featherstonehaugh-Cholmondeley", None),
    ("María Fernanda", "Rodríguez de la Fuente y Sánchez-Cabezudo", None),
    ("Çağla", "Yıldırım", None),
    ("Þórdís", "Guðmundsdóttir", None),
    ("Jürgen", "Groß", None),
    ("Ana", "Šimić", None),
    ("Nguyễn", "Văn Hùng", None),
    ("Дмитрий", "Соколов", "dmitry.sokolov"),
    ("Ольга", "Кузнецова", "olga.kuznetsova"),
    ("Катерина", "Шевченко", "kateryna.shevchenko"),
    ("Ελένη", "Παπαδοπούλου", "eleni.papadopoulou"),
    ("Γιώργος", "Νικολαΐδης", "giorgos.nikolaidis"),
    ("美咲", "佐藤", "misaki.sato"),
    ("健太", "山本", "kenta.yamamoto"),
    ("伟", "王", "wei.wang"),
    ("秀英", "李", "xiuying.li"),
    ("민준", "김", "minjun.kim"),
    ("서연", "박", "seoyeon.park"),
    ("ليلى", "حداد", "layla.haddad"),
    ("عمر", "الفارسي", "omar.alfarsi"),
    ("נועה", "כהן", "noa.cohen"),
    ("יוסף", "לוי", "yosef.levi"),
    ("आरव", "शर्मा", "aarav.sharma"),
    ("प्रिया", "पटेल", "priya.patel"),
    ("นภา", "ศรีสุข", "napha.srisuk"),
    ("X Æ", "Ng", "xae.ng"),
    ("Al", "Li", None),
)

GIVEN: tuple[str, ...] = (
    "Amelia", "Oliver", "Priya", "Mateo", "Fatima", "Noah", "Chloé", "Hiroshi", "Grace", "Liam", "Sofía",
    "Ethan", "Aisha", "Lucas", "Mia", "Omar", "Freya", "Jonas", "Nadia", "Samuel", "Ruth", "Pavel", "Iris",
    "Daniel", "Ines", "Felix", "Mei", "Gabriel", "Elif", "Hugo", "Marta", "Kofi", "Yara", "Anders", "Bianca",
    "Connor", "Dina", "Emil", "Farah", "Gustav", "Helena", "Ivan", "Jana", "Karim", "Leila", "Marco", "Nora",
    "Oskar", "Petra", "Quentin", "Rosa", "Stefan", "Tara", "Ulla", "Viktor", "Wanda", "Xavier", "Yusuf",
)  # fmt: skip

SURNAMES: tuple[str, ...] = (
    "Adeyemi", "Andersson", "Baptiste", "Bianchi", "Brown", "Castillo", "Clarke", "Dubois", "Evans",
    "Ferreira", "Fischer", "García", "Gupta", "Haddad", "Hansen", "Ibrahim", "Ito", "Jansen",
    "Johansson", "Kaya", "Kelly", "Kowalski", "Larsen", "Lopez", "Martin", "Mbeki", "Moreau",
    "Müller", "Murphy", "Nakamura", "Nilsen", "Novák", "Nowak", "Okonkwo", "Olsen", "Park", "Patel",
    "Peeters", "Pereira", "Petrov", "Popescu", "Rahman", "Ricci", "Rossi", "Santos", "Schmidt",
    "Silva", "Singh", "Smith", "Svensson", "Tanaka", "Taylor", "Thomas", "Torres", "Vega",
    "Virtanen", "Visser", "Weber", "White", "Williams", "Wilson", "Wright", "Young", "Zhang",
)  # fmt: skip

JOBS: tuple[tuple[str, str], ...] = (
    ("Account Manager", "Sales"),
    ("Accountant", "Finance"),
    ("Billing Specialist", "Billing"),
    ("Claims Handler", "Claims"),
    ("Content Designer", "Marketing"),
    ("Data Analyst", "Analytics"),
    ("Facilities Coordinator", "Facilities"),
    ("Field Technician", "Field Service"),
    ("HR Business Partner", "People"),
    ("Legal Counsel", "Legal"),
    ("Logistics Planner", "Logistics"),
    ("Network Engineer", "IT"),
    ("Office Manager", "Facilities"),
    ("Product Manager", "Product"),
    ("Quality Engineer", "Quality"),
    ("Security Analyst", "IT"),
    ("Senior Software Engineer", "Engineering"),
    ("Store Manager", "Retail"),
    ("Training Lead", "People"),
    ("Warehouse Supervisor", "Logistics"),
)

OFFICES: tuple[str, ...] = ("Dublin 2/114", "Porto 1/020", "Oslo 5/501", "Leeds 3/310", "Remote")
LANGUAGES: tuple[str | None, ...] = ("en-US", "en-GB", "pt-PT", "nb-NO", "de-DE", None)

PRESENCES: tuple[tuple[str, str], ...] = (
    ("Available", "Available"),
    ("Available", "Available"),
    ("Busy", "Busy"),
    ("Busy", "InACall"),
    ("Busy", "InAMeeting"),
    ("DoNotDisturb", "Presenting"),
    ("DoNotDisturb", "DoNotDisturb"),
    ("Away", "Away"),
    ("BeRightBack", "BeRightBack"),
    ("Offline", "Offline"),
    ("Offline", "OffWork"),
    ("Available", "OutOfOffice"),
    ("Away", "Away"),
)
