from places.services.importing import Imported, import_hospitals
from places.services.looking import aliases_of, all_departments, cities, departments, find, hospitals, names_taken

__all__ = [
    "Imported",
    "aliases_of",
    "all_departments",
    "cities",
    "departments",
    "find",
    "hospitals",
    "import_hospitals",
    "names_taken",
]
