from listings.search.facets import Facets
from listings.search.filters import Filters
from listings.search.finding import Found, find, people_here
from listings.search.sorts import Sort

__all__ = ["Facets", "Filters", "Found", "Sort", "find", "people_here"]
